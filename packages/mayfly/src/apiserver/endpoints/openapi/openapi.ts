/** OpenAPI v3 documents, read on first use. @see kubernetes/kube-openapi pkg/handler3/handler.go; spec kubernetes-wire §5 */

export interface OpenAPI {
  /** `/openapi/v3`. */
  index(): { body: Buffer; etag: string };
  /** @param key such as `api/v1` @returns `hash` in upper-case hex, also the ETag; undefined when not served */
  document(key: string): { body: Buffer; hash: string } | undefined;
}

export interface OpenAPIOptions {
  /** Folder of the generated documents; the package's own by default. */
  readonly dataDir?: string;
}

/** @param groupVersions keys as in the index: `api/v1`, `apis/rbac.authorization.k8s.io/v1` */
export function newOpenAPI(_groupVersions: readonly string[], _options: OpenAPIOptions = {}): OpenAPI {
  throw new Error('not written yet');
}
