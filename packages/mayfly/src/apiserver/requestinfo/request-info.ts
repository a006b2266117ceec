/** What a request is about, read from its method and URL alone. Authorization, admission and audit all judge by it. */

export interface RequestInfo {
  readonly isResourceRequest: boolean;
  /** The percent-decoded URL path, trailing slash kept. */
  readonly path: string;
  /** `get`, `list`, `create` …; for a non-resource request the lower-case HTTP method. */
  readonly verb: string;
  /** The following are empty for a non-resource request. */
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Segments after the subresource (`proxy` paths); empty otherwise. */
  readonly rest: readonly string[];
  /** First value of each, for list, watch and deletecollection only; unparsed. */
  readonly fieldSelector: string | undefined;
  readonly labelSelector: string | undefined;
}

/** Before a request is read, and where there is none behind a call. */
export const NO_REQUEST_INFO: RequestInfo = {
  isResourceRequest: false,
  path: '',
  verb: '',
  apiGroup: '',
  apiVersion: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  rest: [],
  fieldSelector: undefined,
  labelSelector: undefined,
};
