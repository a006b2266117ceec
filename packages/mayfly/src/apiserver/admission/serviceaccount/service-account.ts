/**
 * Gives every pod its service account, and the files by which its containers prove who they are.
 *
 * A pod that names no account gets `default`; the account must exist. Unless pod or account object, each container finds a
 * bound token, the CA bundle and its namespace mounted. Mirror pods, which a node made from a file, are changed in nothing
 * and may hold no credential of this server. An account may limit which Secrets its pods read.
 *
 * Only creation is judged, and new ephemeral containers: nothing of this can change in a pod that exists.
 *
 * @see kubernetes/kubernetes plugin/pkg/admission/serviceaccount/admission.go; spec service-account-tokens §10
 */
import { MIRROR_POD_ANNOTATION, type Pod, serviceAccountNameOf, setServiceAccount } from '@mayfly/api/core/v1/pod';
import { DEFAULT_SERVICE_ACCOUNT, type ServiceAccount } from '@mayfly/api/core/v1/service-account';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { Clock } from '../../../clock/clock.ts';
import { nameSuffix, type Random } from '../../../random/random.ts';
import { admissionForbidden } from '../forbidden.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { findServiceAccount, type ServiceAccountReader } from './lookup.ts';
import { mirrorPodRefusal } from './mirror-pod.ts';
import { enforcesMountableSecrets, ephemeralSecretRefusal, secretRefusal } from './mountable-secrets.ts';
import { mountToken, TOKEN_VOLUME_PREFIX } from './token-volume.ts';

export interface ServiceAccountAdmissionDeps {
  readonly serviceAccounts: ServiceAccountReader;
  readonly clock: Clock;
  readonly random: Random;
}

export function newServiceAccount(deps: ServiceAccountAdmissionDeps): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    async admit(attributes) {
      const pod = createdPod(attributes);
      if (pod === undefined) return;
      if (!isMirror(pod)) await complete(pod, attributes, deps);
      await judge(pod, attributes, deps);
    },
    async validate(attributes) {
      const pod = createdPod(attributes);
      if (pod !== undefined) await judge(pod, attributes, deps);
      else if (addsEphemeralContainers(attributes)) await judgeEphemeral(attributes, deps);
    },
  };
}

function createdPod({ group, resource, subresource, operation, object }: AdmissionAttributes): Pod | undefined {
  const isPod = group === '' && resource === 'pods' && subresource === '';
  return isPod && operation === 'CREATE' ? (object as Pod | undefined) : undefined;
}

function addsEphemeralContainers({ group, resource, subresource, operation }: AdmissionAttributes): boolean {
  return group === '' && resource === 'pods' && subresource === 'ephemeralcontainers' && operation === 'UPDATE';
}

function isMirror({ metadata }: Pod): boolean {
  return metadata?.annotations?.[MIRROR_POD_ANNOTATION] !== undefined;
}

/** The five steps, in the order in which upstream takes them. */
async function complete(pod: Pod, attributes: AdmissionAttributes, deps: ServiceAccountAdmissionDeps): Promise<void> {
  pod.spec ??= { containers: [] }; // the validator refuses it; until then it is a pod like any other
  const { spec } = pod;
  setServiceAccount(spec, serviceAccountNameOf(spec) || DEFAULT_SERVICE_ACCOUNT);
  const account = await requireServiceAccount(pod, attributes, deps);
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
    mountToken(spec, () => TOKEN_VOLUME_PREFIX + nameSuffix(deps.random));
  const pullSecrets = account.imagePullSecrets ?? [];
  if ((spec.imagePullSecrets ?? []).length === 0 && pullSecrets.length > 0)
    spec.imagePullSecrets = pullSecrets.map(({ name = '' }) => ({ name }));
}

async function judge(pod: Pod, attributes: AdmissionAttributes, deps: ServiceAccountAdmissionDeps): Promise<void> {
  const why = isMirror(pod)
    ? mirrorPodRefusal(pod.spec)
    : secretRefusalFor(await requireServiceAccount(pod, attributes, deps), pod);
  if (why !== undefined) throw admissionForbidden(attributes, why);
}

function secretRefusalFor(account: ServiceAccount, { spec }: Pod): string | undefined {
  return enforcesMountableSecrets(account) ? secretRefusal(account, spec) : undefined;
}

/** Upstream returns these as plain errors, which leave as 500. */
async function judgeEphemeral(attributes: AdmissionAttributes, deps: ServiceAccountAdmissionDeps): Promise<void> {
  const pod = attributes.object as Pod;
  const account = await requireServiceAccount(pod, attributes, deps);
  const why = enforcesMountableSecrets(account) ? ephemeralSecretRefusal(account, pod.spec) : undefined;
  if (why !== undefined) throw new StatusError('', why);
}

/** @throws StatusError Forbidden */
async function requireServiceAccount(
  pod: Pod,
  attributes: AdmissionAttributes,
  deps: ServiceAccountAdmissionDeps,
): Promise<ServiceAccount> {
  const { namespace, context } = attributes;
  const name = serviceAccountNameOf(pod.spec);
  if (name === '') {
    const why = `no service account specified for pod ${namespace}/${pod.metadata?.name ?? ''}`;
    throw admissionForbidden(attributes, why);
  }
  const account = await findServiceAccount(deps, namespace, name, context);
  if (account !== undefined) return account;
  const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
  throw admissionForbidden(attributes, why);
}
