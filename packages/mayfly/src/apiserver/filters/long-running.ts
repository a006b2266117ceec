import type { RequestInfo } from '../requestinfo/request-info.ts';

const LONG_RUNNING_SUBRESOURCES = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);

/** Watches and the streams of a pod: no deadline, no in-flight limit. @see kubernetes/apiserver pkg/server/config.go */
export function isLongRunning(info: RequestInfo): boolean {
  if (!info.isResourceRequest) return false;
  return info.verb === 'watch' || info.verb === 'proxy' || LONG_RUNNING_SUBRESOURCES.has(info.subresource);
}
