import { API_SERVER_USER, MASTERS_GROUP } from '@mayfly/api/user/user';
import type { RequestContext } from './rest.ts';

/** The server acting on its own behalf, at start: no request, no deadline, nobody to warn. */
export function systemContext(namespace = ''): RequestContext {
  return {
    user: { name: API_SERVER_USER, uid: '', groups: [MASTERS_GROUP], extra: {} },
    requestInfo: NO_REQUEST,
    namespace,
    sourceIP: '',
    userAgent: '',
    signal: NEVER,
    warn: () => undefined,
    annotate: () => undefined,
  };
}

const NEVER = new AbortController().signal;

const NO_REQUEST: RequestContext['requestInfo'] = {
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
