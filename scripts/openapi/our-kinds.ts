/** What the Swagger of all our own kinds is made of. */
import type { PathItem, Schema } from './swagger.ts';

export const PREFIX = 'dev.mayfly.identity.v1alpha1';
export const ROOT = '/apis/identity.mayfly.dev/v1alpha1';
export const META = '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1';

/** The operations of a Kubernetes kind, on one of ours. */
export function renamed(item: PathItem | undefined, path: string, from: string, to: string): PathItem {
  if (item === undefined) throw new Error(`the document has no ${path} to shape ours after`);
  const text = JSON.stringify(item)
    .replaceAll(/io\.k8s\.api\.(?:rbac|authentication)\.v1\./g, `${PREFIX}.`)
    .replaceAll(/"group":"(?:rbac\.authorization|authentication)\.k8s\.io"/g, '"group":"identity.mayfly.dev"')
    .replaceAll('"version":"v1"', '"version":"v1alpha1"')
    .replaceAll(/(?:rbacAuthorization|authentication)_v1/g, 'identity_v1alpha1')
    .replaceAll(/(?:RbacAuthorization|Authentication)V1/g, 'IdentityV1alpha1')
    .replaceAll(from, to);
  return JSON.parse(text) as PathItem;
}

export const gvk = (kind: string) => ({ group: 'identity.mayfly.dev', version: 'v1alpha1', kind });

/** The first two members of every object. */
export const TYPE: Readonly<Record<string, Schema>> = {
  apiVersion: {
    description:
      'APIVersion defines the versioned schema of this representation of an object: identity.mayfly.dev/v1alpha1.',
    type: 'string',
  },
  kind: { description: 'Kind is the name of the type that this object represents.', type: 'string' },
};

export function reference($ref: string, description: string): Schema {
  return { $ref, description };
}

export function text(description: string): Schema {
  return { description, type: 'string', default: '' };
}

export function time(description: string): Schema {
  return reference(`${META}.Time`, description);
}
