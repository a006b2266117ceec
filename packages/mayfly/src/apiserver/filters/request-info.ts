import { badRequestError, internalError } from '@mayfly/api/meta/v1/status-error';
import { parseRequestInfo, RequestInfoError } from '../requestinfo/parse.ts';
import type { Filter } from './filter.ts';

/** Reads what the request is about; every later stage judges by this one reading. */
export function withRequestInfo(): Filter {
  return (next) => (request) => {
    try {
      request.requestInfo = parseRequestInfo(request.method, request.url);
    } catch (error) {
      if (!(error instanceof RequestInfoError)) throw error;
      throw error.code === 'malformed' ? badRequestError(error.message) : internalError(error.message);
    }
    return next(request);
  };
}
