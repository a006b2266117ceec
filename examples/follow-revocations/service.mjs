/**
 * A service that verifies service account tokens by itself and follows revocations through token status lists.
 *
 * Usage: node service.mjs ISSUER AUDIENCE PORT
 */
import { createServer } from 'node:http';
import { newStatusLists } from '@mayfly/sdk/verify/status-list';
import { newJWTVerifier } from '@mayfly/sdk/verify/verifier';

const [, , issuer, audience, port] = process.argv;
const { jwks_uri } = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();

let keySet;
async function keys() {
  keySet ??= await (await fetch(jwks_uri)).json(); // a real service fetches it again now and then
  return keySet;
}

const shared = { keys, algorithms: ['RS256', 'ES256'], nowMs: () => Date.now(), leewaySeconds: 30 };
const status = newStatusLists({
  ...shared,
  fetch,
  allows: (uri) => uri.startsWith(`${issuer}/openid/v1/token-status-lists/`),
  whenUnknown: 'refuse',
});
const verifier = newJWTVerifier({ ...shared, issuer, audiences: [audience], status });

const server = createServer(async (request, response) => {
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
  const verdict = await verifier.verify(token);
  const isGood = verdict.outcome === 'accepted';
  response.writeHead(isGood ? 200 : 401, { 'content-type': 'text/plain' });
  response.end(isGood ? `hello ${verdict.claims.sub}\n` : `no: ${verdict.refusal}\n`);
});
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
