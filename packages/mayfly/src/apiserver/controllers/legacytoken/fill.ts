/**
 * What a token Secret lacks. A value somebody wrote stays, but for the CA, which is ours to tell.
 *
 * @see kubernetes/kubernetes pkg/controller/serviceaccount/tokens_controller.go, generateTokenIfNeeded; spec
 *   service-account-tokens §8.3
 */
import {
  SERVICE_ACCOUNT_NAME_ANNOTATION,
  SERVICE_ACCOUNT_UID_ANNOTATION,
  type Secret,
} from '@mayfly/api/core/v1/secret';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import type { LegacyTokenSigner } from '../../serviceaccount/legacy/signer.ts';

export interface FillOptions {
  /** PEM, as it is now. Empty: clients know their root already, and what stands in the Secret stays. */
  readonly rootCA: () => string;
  readonly signer: LegacyTokenSigner;
}

/**
 * The Secret with everything in it that it lacked.
 *
 * @returns undefined when nothing is missing
 * @throws Error when signing fails
 */
export async function filledSecret(
  secret: Secret,
  account: ServiceAccount,
  { rootCA, signer }: FillOptions,
): Promise<Secret | undefined> {
  const { namespace = '', name: secretName = '', annotations } = secret.metadata ?? {};
  const { name: serviceAccountName = '', uid: serviceAccountUID = '' } = account.metadata ?? {};
  const missing: Record<string, string> = {};
  const ca = rootCA();
  if (ca !== '' && textOf(secret, 'ca.crt') !== ca) missing['ca.crt'] = base64(ca);
  if (textOf(secret, 'namespace') === '') missing.namespace = base64(namespace);
  if (textOf(secret, 'token') === '') {
    const claims = { namespace, secretName, serviceAccountName, serviceAccountUID };
    missing.token = base64(await signer.signLegacyToken(claims));
  }
  if (Object.keys(missing).length === 0) return undefined;
  const named = {
    [SERVICE_ACCOUNT_NAME_ANNOTATION]: serviceAccountName,
    [SERVICE_ACCOUNT_UID_ANNOTATION]: serviceAccountUID,
  };
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations: { ...annotations, ...named } },
    data: { ...secret.data, ...missing },
  };
}

function textOf({ data }: Secret, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString();
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
