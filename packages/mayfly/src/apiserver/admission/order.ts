/** The order of admission, written once. @see kubernetes/kubernetes pkg/kubeapiserver/options/plugins.go, AllOrderedPlugins */
import { type NamespaceGetter, newNamespaceLifecycle } from './namespacelifecycle/namespace-lifecycle.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { newServiceAccount, type ServiceAccountAdmissionDeps } from './serviceaccount/service-account.ts';

export interface AdmissionDeps extends ServiceAccountAdmissionDeps {
  readonly namespaces: NamespaceGetter;
}

/** @param disabled   names of plugins to leave out; all others are on */
export function admissionPlugins(deps: AdmissionDeps, disabled: readonly string[]): readonly AdmissionPlugin[] {
  const all = [newNamespaceLifecycle(deps.namespaces), newServiceAccount(deps)];
  return all.filter(({ name }) => !disabled.includes(name));
}
