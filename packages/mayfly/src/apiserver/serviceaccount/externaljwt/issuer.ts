/**
 * Has tokens signed outside. What comes back is judged before it goes on: the header by `header.ts`, the key by what the
 * signer itself publishes.
 *
 * Differs: each signature is verified. Upstream trusts it, and where key and signature do not belong together, say because
 * a signer lost its keys and gave new ones the old names, tokens are refused later, far from the cause. Beside the call it
 * costs little.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/externaljwt/plugin/plugin.go, signAndAssembleJWT
 */
import { boundTokenPayload } from '../claims.ts';
import { signedByOne, type TokenIssuer } from '../issuer.ts';
import type { KeySource } from '../keyring.ts';
import type { SignerClient } from './client.ts';
import { isBase64URL, readSignedHeader } from './header.ts';
import { codeLabel, whileDoing } from './rpc-error.ts';

interface SignedToken {
  readonly token: string;
  readonly keyID: string;
}

export interface ExternalTokenIssuerDeps {
  /** The first configured issuer. */
  readonly issuer: string;
  readonly client: Pick<SignerClient, 'sign'>;
  readonly keys: KeySource;
  /** `apiserver_externaljwt_sign_request_total` */
  readonly signed: (code: string) => void;
}

export function newExternalTokenIssuer(deps: ExternalTokenIssuerDeps): TokenIssuer {
  return {
    issuer: deps.issuer,
    async issue(claims, record) {
      const payload = boundTokenPayload({ ...claims, issuer: deps.issuer });
      const { token, keyID } = await signCounted(deps, payload);
      await record(keyID); // only now it is known which key signs
      return token;
    },
  };
}

async function signCounted(deps: ExternalTokenIssuerDeps, payload: string): Promise<SignedToken> {
  try {
    const issued = await signOutside(deps, payload);
    deps.signed('OK');
    return issued;
  } catch (error) {
    deps.signed(codeLabel(error));
    throw error;
  }
}

async function signOutside({ client, keys }: ExternalTokenIssuerDeps, payload: string): Promise<SignedToken> {
  const claims = Buffer.from(payload).toString('base64url');
  const { header, signature } = await client.sign(claims).catch((error: unknown) => {
    throw whileDoing('signing jwt', error);
  });
  const { kid } = await judgeHeader(header, keys).catch((error: unknown) => {
    throw whileDoing('validating header', error);
  });
  if (signature === '') throw new Error('empty signature returned');
  if (!isBase64URL(signature)) throw new Error('the signature returned is not base64url');
  const token = `${header}.${claims}.${signature}`;
  await requireHoldingNow(token, kid, keys);
  return { token, keyID: kid };
}

/** A key unknown even after a fetch is let pass, as upstream does: the signer may announce it later than it uses it. */
async function requireHoldingNow(token: string, kid: string, keys: KeySource): Promise<void> {
  const named = keys.candidates(kid);
  if (named.length === 0 || signedByOne(token, named)) return;
  await keys.fetchNewest?.(); // the name may stand for another key by now
  if (!signedByOne(token, keys.candidates(kid))) throw new Error('the signature does not verify with its own key');
}

/** The key is known by now, if the signer publishes it at all. */
async function judgeHeader(header: string, keys: KeySource): Promise<{ readonly kid: string }> {
  const { kid } = readSignedHeader(header);
  if (keys.candidates(kid).length === 0) await keys.fetchNewest?.();
  const named = keys.snapshot.entries.filter(({ key }) => key.kid === kid);
  if (named.some(({ isPublished }) => !isPublished)) {
    throw new Error(`key used for signing JWT (kid: ${kid}) is excluded from OIDC discovery docs`);
  }
  return { kid };
}
