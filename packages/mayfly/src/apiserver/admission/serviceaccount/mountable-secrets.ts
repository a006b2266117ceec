/**
 * Which Secrets the pods of a service account may read, where its annotation asks for the limit.
 *
 * Deprecated upstream since 1.32 and full of holes by design: projected volumes are not looked at. A namespace is the
 * boundary that holds.
 *
 * @see spec service-account-tokens §10.4
 */
import type { Container, PodSpec } from '@mayfly/api/core/v1/pod';
import { ENFORCE_MOUNTABLE_SECRETS_ANNOTATION, type ServiceAccount } from '@mayfly/api/core/v1/service-account';

/** What Go's `strconv.ParseBool` takes for true; anything else, unreadable text too, is false. */
const TRUE_TEXTS = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

export function enforcesMountableSecrets({ metadata }: ServiceAccount): boolean {
  return TRUE_TEXTS.has(metadata?.annotations?.[ENFORCE_MOUNTABLE_SECRETS_ANNOTATION] ?? '');
}

/** @returns the first violation in the order volumes, init containers, containers, pull secrets */
export function secretRefusal(account: ServiceAccount, spec: PodSpec): string | undefined {
  const { volumes = [], initContainers = [] } = spec;
  const mountable = namesOf(account.secrets);
  const volume = volumes.find(({ secret }) => secret !== undefined && !mountable.has(secret.secretName ?? ''));
  if (volume !== undefined) return `volume with ${notReferenced(volume.secret?.secretName, account)}`;
  return (
    containersRefusal('init container', initContainers, mountable, account) ??
    containersRefusal('container', spec.containers ?? [], mountable, account) ??
    pullSecretRefusal(account, spec)
  );
}

/** The same for containers that are added to a pod that runs. */
export function ephemeralSecretRefusal(account: ServiceAccount, spec: PodSpec): string | undefined {
  return containersRefusal('ephemeral container', spec.ephemeralContainers ?? [], namesOf(account.secrets), account);
}

function containersRefusal(
  what: string,
  containers: readonly Container[],
  mountable: ReadonlySet<string>,
  account: ServiceAccount,
): string | undefined {
  for (const { name: container, env = [], envFrom = [] } of containers) {
    for (const { name, valueFrom } of env) {
      const secret = valueFrom?.secretKeyRef;
      if (secret !== undefined && !mountable.has(secret.name ?? ''))
        return `${what} ${container} with envVar ${name} referencing ${notReferenced(secret.name, account)}`;
    }
    for (const { secretRef } of envFrom) {
      if (secretRef !== undefined && !mountable.has(secretRef.name ?? ''))
        return `${what} ${container} with envFrom referencing ${notReferenced(secretRef.name, account)}`;
    }
  }
  return undefined;
}

function pullSecretRefusal(account: ServiceAccount, { imagePullSecrets = [] }: PodSpec): string | undefined {
  const known = namesOf(account.imagePullSecrets);
  const index = imagePullSecrets.findIndex(({ name = '' }) => !known.has(name));
  if (index === -1) return undefined;
  const name = imagePullSecrets[index]?.name ?? '';
  return `imagePullSecrets[${index}].name="${name}" is not allowed because service account ${account.metadata?.name ?? ''} does not reference that imagePullSecret`;
}

function notReferenced(secret = '', { metadata }: ServiceAccount): string {
  return `secret.secretName="${secret}" is not allowed because service account ${metadata?.name ?? ''} does not reference that secret`;
}

function namesOf(references: readonly { readonly name?: string }[] = []): ReadonlySet<string> {
  return new Set(references.map(({ name = '' }) => name));
}
