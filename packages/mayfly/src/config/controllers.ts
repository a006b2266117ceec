/** Which controllers run, by kube-controller-manager's names. @see kubernetes/controller-manager app/helper.go, IsControllerEnabled */

/** Every controller there is, and its older name, which is understood too. */
const ALIASES = {
  'namespace-controller': 'namespace',
  'serviceaccount-controller': 'serviceaccount',
  'serviceaccount-token-controller': 'serviceaccount-token',
  'legacy-serviceaccount-token-cleaner-controller': 'legacy-service-account-token-cleaner',
  'root-ca-certificate-publisher-controller': 'root-ca-cert-publisher',
  'clusterrole-aggregation-controller': 'clusterrole-aggregation',
} as const;

export type ControllerName = keyof typeof ALIASES;

/** @param controllers   names to run, `-name` not to run, `*` for all that are not mentioned; the first mention counts */
export function isControllerEnabled(controllers: readonly string[], name: ControllerName): boolean {
  for (const item of controllers) {
    if (item === name || item === ALIASES[name]) return true;
    if (item === `-${name}` || item === `-${ALIASES[name]}`) return false;
  }
  return controllers.includes('*');
}

/** @returns the complaint about the first name that means nothing */
export function unknownController(controllers: readonly string[]): string | undefined {
  const known = new Set<string>(['*', ...Object.entries(ALIASES).flat()]);
  const unknown = controllers.find((item) => !known.has(item) && !(item.startsWith('-') && known.has(item.slice(1))));
  return unknown === undefined ? undefined : `"${unknown}" is not in the list of known controllers`;
}
