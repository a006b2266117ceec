import type { Metrics } from '../../metrics/metrics.ts';
import { authenticationObserver, authorizationObserver } from '../../metrics/observers.ts';
import type { APIRequest } from '../endpoints/request.ts';
import type { ChainDependencies } from './chain.ts';
import { isLongRunning } from './long-running.ts';

/**
 * Counts what passes the chain.
 *
 * @param isServed group, version, resource and subresource exist; others are counted together, for a client can invent
 *   any number of names
 */
export function chainMetrics(
  metrics: Metrics,
  isServed: (request: APIRequest) => boolean,
): ChainDependencies['metrics'] {
  return {
    ...authenticationObserver(metrics),
    ...authorizationObserver(metrics),
    watchInFlight: (kind, count) => metrics.watch('apiserver_current_inflight_requests', count, kind),
    requestRefused: (kind) => void metrics.value('apiserver_dropped_requests_total', kind).value++,
    requestAnswered: (request, durationMs) =>
      metrics.requestAnswered(isServed(request) ? resourceRequest(request) : otherRequest(request), durationMs),
  };
}

function resourceRequest(request: APIRequest) {
  const { requestInfo, code } = request;
  const { verb, apiGroup, apiVersion, resource, subresource } = requestInfo;
  return {
    verb: verb.toUpperCase(),
    group: apiGroup,
    version: apiVersion,
    resource,
    subresource,
    scope: scopeOf(request),
    dryRun: request.url.includes('dryRun=All'),
    code: code === 0 ? CLOSED_EARLY : code,
    isLongRunning: isLongRunning(requestInfo),
  } as const;
}

function otherRequest({ requestInfo, method, code }: APIRequest) {
  const isKnownMethod = METHODS.has(method);
  return {
    verb: isKnownMethod ? method : 'OTHER',
    group: '',
    version: '',
    resource: '',
    subresource: requestInfo.isResourceRequest ? 'unknown' : '',
    scope: '',
    dryRun: false,
    code: code === 0 ? CLOSED_EARLY : code,
    isLongRunning: false,
  } as const;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
const CLOSED_EARLY = 499; // the caller went away before an answer began

function scopeOf({ requestInfo }: APIRequest): 'resource' | 'namespace' | 'cluster' {
  if (requestInfo.name !== '') return 'resource';
  return requestInfo.namespace === '' ? 'cluster' : 'namespace';
}
