import type { Log } from '../../log/log.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { asksForImpersonation, impersonationVerdict } from '../authorization/impersonation.ts';
import type { APIRequest, Handler } from '../endpoints/request.ts';
import { writeFailure } from '../endpoints/status.ts';
import type { Filter } from './filter.ts';

interface ImpersonationDependencies {
  readonly authorizer: Authorizer;
  readonly log: Log;
}

/**
 * Lets a caller act as somebody else when each thing it asks for is allowed; from then on the request is the other's.
 *
 * @see kubernetes/apiserver pkg/endpoints/filters/impersonation; spec authentication §21
 */
export function withImpersonation(deps: ImpersonationDependencies): Filter {
  return (next) => (request) => {
    if (!asksForImpersonation(request.incoming.rawHeaders)) return next(request);
    return impersonate(deps, request, next);
  };
}

async function impersonate(
  { authorizer, log }: ImpersonationDependencies,
  request: APIRequest,
  next: Handler,
): Promise<void> {
  const verdict = await impersonationVerdict(request.incoming.rawHeaders, request.user, authorizer);
  if (verdict.outcome === 'refused') {
    log.info('impersonation refused', { auditID: request.auditID, user: request.user.name, why: verdict.why });
    writeFailure(request, verdict.status, log);
    return;
  }
  if (verdict.outcome === 'impersonated') {
    request.impersonator = request.user;
    request.user = verdict.user;
    request.dropHeaders((name) => name.startsWith('impersonate-'));
  }
  return next(request);
}
