/**
 * The look-ups that token decisions need, owned here and handed in by whoever assembles the server.
 *
 * Objects are shared and immutable. Undefined means: certainly absent (the implementation asked the store, not only a
 * cache). A look-up that cannot tell rejects, and the token with it.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/claims.go, ServiceAccountTokenGetter
 */
import type { ObjectMeta } from '@mayfly/api/meta/v1/object-meta';

export interface ReferencedObject {
  readonly metadata: Pick<ObjectMeta, 'name' | 'namespace' | 'uid' | 'deletionTimestamp' | 'annotations'>;
}

export interface ReferencedPod extends ReferencedObject {
  readonly metadata: ReferencedObject['metadata'] & Pick<ObjectMeta, 'labels' | 'ownerReferences'>;
  readonly spec?: { readonly serviceAccountName?: string; readonly nodeName?: string };
}

export interface ServiceAccountGetter {
  serviceAccount(namespace: string, name: string): Promise<ReferencedObject | undefined>;
  pod(namespace: string, name: string): Promise<ReferencedPod | undefined>;
  secret(namespace: string, name: string): Promise<ReferencedObject | undefined>;
  node(name: string): Promise<ReferencedObject | undefined>;
  namespace(name: string): Promise<ReferencedObject | undefined>;
}
