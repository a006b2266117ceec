import { SERVICE_ACCOUNT_TOKEN_TYPE, type Secret } from '@mayfly/api/core/v1/secret';
import { parseCompactJWS } from '@mayfly/sdk/verify/compact';
import { secretStrategy } from '../core/secret/strategy.ts';
import { newKind, type RegistryDeps } from '../generic/kind.ts';
import { newReader } from '../generic/reader.ts';
import type { Strategy } from '../generic/strategy.ts';

/** Counts the Secrets that hold a token of a key. It reads every Secret. */
export function newLegacyTokenCounter(deps: RegistryDeps): (kid: string) => Promise<number> {
  const secrets = newReader<Secret>(newKind(secretStrategy as Strategy, deps));
  return async (kid) => {
    const all = await secrets.list();
    return all.filter((secret) => secret.type === SERVICE_ACCOUNT_TOKEN_TYPE && mayNeed(secret, kid)).length;
  };
}

/** A token that names no key may be anybody's; one that cannot be read is nobody's. */
function mayNeed({ data }: Secret, kid: string): boolean {
  const token = Buffer.from(data?.token ?? '', 'base64').toString();
  if (token === '') return false;
  const parsed = parseCompactJWS(token);
  return parsed.ok && (parsed.jws.header.kid === kid || parsed.jws.header.kid === '');
}
