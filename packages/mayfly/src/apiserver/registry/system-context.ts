import { API_SERVER_USER, MASTERS_GROUP } from '@mayfly/api/user/user';
import { NO_REQUEST_INFO } from '../requestinfo/request-info.ts';
import type { RequestContext } from './rest.ts';

/** The server acting on its own behalf, at start: no request, no deadline, nobody to warn. */
export function systemContext(namespace = ''): RequestContext {
  return {
    user: { name: API_SERVER_USER, uid: '', groups: [MASTERS_GROUP], extra: {} },
    requestInfo: NO_REQUEST_INFO,
    namespace,
    sourceIP: '',
    userAgent: '',
    signal: NEVER,
    warn: () => undefined,
    annotate: () => undefined,
  };
}

const NEVER = new AbortController().signal;
