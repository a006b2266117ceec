import { type PodSpec, podReferencesSecrets, serviceAccountNameOf } from '@mayfly/api/core/v1/pod';

/**
 * Why a mirror pod may not be: whoever writes files on a node would else get the credentials of any account through it.
 *
 * @returns undefined when nothing speaks against it
 * @see spec service-account-tokens §10.3
 */
export function mirrorPodRefusal(spec: PodSpec | undefined): string | undefined {
  if (spec === undefined) return undefined; // the validator refuses it
  if (serviceAccountNameOf(spec) !== '') return 'a mirror pod may not reference service accounts';
  if (podReferencesSecrets(spec)) return 'a mirror pod may not reference secrets';
  if (projectsToken(spec)) return 'a mirror pod may not use ServiceAccountToken volume projections';
  return undefined;
}

function projectsToken({ volumes = [] }: PodSpec): boolean {
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  return sources.some(({ serviceAccountToken }) => serviceAccountToken !== undefined);
}
