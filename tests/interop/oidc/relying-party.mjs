/**
 * A stranger's relying party: openid-client finds the issuer's metadata, jose fetches its keys and verifies. Nothing of
 * Mayfly is imported. Usage: node relying-party.mjs ISSUER AUDIENCE < TOKEN. Prints the verified claims as JSON, or exits 1
 * with the library's error code. Trust in the server's CA comes from NODE_EXTRA_CA_CERTS, as for any Node.js program.
 */
import { text } from 'node:stream/consumers';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { discovery } from 'openid-client';

const [issuer, audience] = process.argv.slice(2);
const token = (await text(process.stdin)).trim();
try {
  const metadata = (await discovery(new URL(issuer), 'relying-party')).serverMetadata();
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
  const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: metadata.issuer, audience });
  console.log(JSON.stringify({ payload, protectedHeader }));
} catch (error) {
  console.error(error.code ?? error.message);
  process.exitCode = 1;
}
