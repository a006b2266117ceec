import type { Random } from '../../random/random.ts';
import type { Filter } from './filter.ts';

const MAX_AUDIT_ID_CHARACTERS = 64;

/**
 * Gives the request its audit id: the client's own, so that it can be followed across servers, else a new UUID.
 *
 * The client's goes into a response header and the audit log, so it is taken only when it is short and printable.
 *
 * @see kubernetes/apiserver pkg/endpoints/filters/audit_init.go
 */
export function withAuditID({ random }: { readonly random: Random }): Filter {
  return (next) => (request) => {
    const sent = request.header('audit-id');
    request.auditID = sent !== undefined && isPrintable(sent) ? sent : random.uuid();
    return next(request);
  };
}

function isPrintable(id: string): boolean {
  return id.length <= MAX_AUDIT_ID_CHARACTERS && /^[\x21-\x7e]+$/.test(id);
}
