/** The order of admission, written once. @see kubernetes/kubernetes pkg/kubeapiserver/options/plugins.go, AllOrderedPlugins */
import { type NamespaceGetter, newNamespaceLifecycle } from './namespacelifecycle/namespace-lifecycle.ts';
import type { AdmissionPlugin } from './plugin.ts';

export interface AdmissionDeps {
  readonly namespaces: NamespaceGetter;
}

export function admissionPlugins({ namespaces }: AdmissionDeps): readonly AdmissionPlugin[] {
  return [newNamespaceLifecycle(namespaces)];
}
