/**
 * A service that lets in workloads by their token and never calls the API server for a single request: it fetches the key
 * set once, through OIDC discovery, and verifies offline. Nothing of Mayfly is imported.
 *
 * Usage: node service.mjs ISSUER AUDIENCE [PORT]. Trust in a private CA comes from NODE_EXTRA_CA_CERTS.
 */
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const [issuer = '', audience = '', port = '8080'] = process.argv.slice(2);
const response = await fetch(`${issuer}/.well-known/openid-configuration`);
if (!response.ok) throw new Error(`discovery answered ${response.status}; may everybody read it?`);
const metadata = await response.json();
if (metadata.issuer !== issuer) throw new Error(`discovery is of issuer ${metadata.issuer}`); // OpenID Connect Discovery §4.3
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));

const server = createServer(async (request, reply) => {
  const [, token = ''] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms: ['RS256', 'ES256'] });
    reply.end(`hello ${payload.sub}\n`);
  } catch {
    reply.writeHead(401, { 'www-authenticate': 'Bearer' }).end('who are you?\n'); // why is nobody's business
  }
});
server.listen(Number(port), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
