/**
 * Which state a list or watch may be answered from.
 *
 * @see kubernetes/apimachinery pkg/apis/meta/internalversion/validation/validation.go; spec kubernetes-wire §11, §12
 */
import { badRequestError, invalidError } from '@mayfly/api/meta/v1/status-error';
import { type FieldError, forbidden, notSupported } from '@mayfly/api/validation/field-error';
import type { ListOptions, WatchOptions } from '../rest.ts';

const LIST_OPTIONS_KIND = { group: 'meta.k8s.io', kind: 'ListOptions' };
const MATCH = 'resourceVersionMatch';

/** Decimal digits to a revision; undefined for an absent one. @throws StatusError BadRequest */
export function requestedRevision(resourceVersion: string): number | undefined {
  if (resourceVersion === '') return undefined;
  const revision = Number(resourceVersion);
  if (!/^\d+$/.test(resourceVersion) || !Number.isSafeInteger(revision))
    throw badRequestError(`invalid resource version: ${JSON.stringify(resourceVersion)}`);
  return revision;
}

/** @throws StatusError Invalid on a combination that says nothing */
export function requireValidList(options: ListOptions): void {
  const { resourceVersionMatch: match, resourceVersion } = options;
  if (match === '') return;
  const errors: FieldError[] = [];
  if (resourceVersion === '')
    errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  if (options.continue !== '') errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden with continue'));
  if (match !== 'Exact' && match !== 'NotOlderThan')
    errors.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
  if (match === 'Exact' && resourceVersion === '0')
    errors.push(forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  refuse(errors);
}

/** @throws StatusError Invalid */
export function requireValidWatch(options: WatchOptions): void {
  const { sendInitialEvents, resourceVersionMatch: match } = options;
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    errors.push(forbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  if (match !== '' && sendInitialEvents === undefined)
    errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
  if (match !== '' && match !== 'NotOlderThan') errors.push(notSupported(MATCH, match, ['NotOlderThan']));
  refuse(errors);
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidError(LIST_OPTIONS_KIND, '', errors);
}
