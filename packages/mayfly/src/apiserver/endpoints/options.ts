/**
 * Query parameters of each verb, parsed and judged.
 *
 * @see kubernetes/apimachinery pkg/apis/meta/v1/validation/validation.go, pkg/runtime/converter.go; spec kubernetes-wire §1, §17
 */
import { EVERY_FIELD, type FieldSelector, parseFieldSelector } from '@mayfly/api/fields/selector';
import { EVERY_LABEL, type LabelSelector, parseLabelSelector } from '@mayfly/api/labels/selector';
import { badRequestError, invalidError } from '@mayfly/api/meta/v1/status-error';
import { type FieldError, forbidden, invalid, notSupported, tooLong } from '@mayfly/api/validation/field-error';
import type { Random } from '../../random/random.ts';
import type { ListOptions, WatchOptions } from '../registry/rest.ts';
import type { APIRequest } from './request.ts';
import type { Scope } from './scope.ts';

const LIST_OPTIONS = { group: 'meta.k8s.io', kind: 'ListOptions' };
const MIN_WATCH_MS = 1_800_000;

/** @throws StatusError 400 for what cannot be parsed, 422 for what may not be combined */
export function parseListOptions({ query }: APIRequest, scope: Scope): ListOptions {
  if (query.has('sendInitialEvents')) {
    const text = 'sendInitialEvents is forbidden for list';
    throw invalidError(LIST_OPTIONS, '', [forbidden('sendInitialEvents', text)]);
  }
  parseInteger(query, 'timeoutSeconds'); // means nothing to a list, and must be a number all the same
  return {
    ...parseSelection(query, scope),
    limit: parseInteger(query, 'limit') ?? 0,
    continue: query.get('continue') ?? '',
  };
}

/** Without `timeoutSeconds` a watch lasts 30 to 60 minutes, drawn anew each time so that clients do not return at once. */
export function parseWatchOptions({ query }: APIRequest, scope: Scope, random: Random): WatchOptions {
  const timeoutSeconds = parseInteger(query, 'timeoutSeconds') ?? 0;
  return {
    ...parseSelection(query, scope),
    sendInitialEvents: parseOptionalBoolean(query, 'sendInitialEvents'),
    allowBookmarks: parseOptionalBoolean(query, 'allowWatchBookmarks') ?? false,
    timeoutMs: timeoutSeconds > 0 ? timeoutSeconds * 1000 : MIN_WATCH_MS + random.int(MIN_WATCH_MS),
  };
}

function parseSelection(query: URLSearchParams, scope: Scope): Omit<ListOptions, 'limit' | 'continue'> {
  return {
    labelSelector: parseLabels(query.get('labelSelector')),
    fieldSelector: parseFields(query.get('fieldSelector'), scope),
    resourceVersion: parseResourceVersion(query.get('resourceVersion') ?? ''),
    // an unknown value is refused with every other bad combination, by the registry
    resourceVersionMatch: (query.get('resourceVersionMatch') ?? '') as ListOptions['resourceVersionMatch'],
  };
}

function parseResourceVersion(text: string): string {
  if (text === '' || /^\d{1,19}$/.test(text)) return text;
  const wrong = invalid('resourceVersion', text, `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  throw badRequestError(`invalid resource version: ${wrong.field}: ${wrong.body}`);
}

function parseLabels(text: string | null): LabelSelector {
  if (text === null || text === '') return EVERY_LABEL;
  try {
    return parseLabelSelector(text);
  } catch (error) {
    throw asBadRequest(error);
  }
}

function parseFields(text: string | null, scope: Scope): FieldSelector {
  if (text === null || text === '') return EVERY_FIELD;
  let selector: FieldSelector;
  try {
    selector = parseFieldSelector(text);
  } catch (error) {
    throw asBadRequest(error);
  }
  for (const { field } of selector.requirements) requireSelectable(field, scope);
  return selector;
}

function requireSelectable(field: string, { definition, storage }: Scope): void {
  if (field === 'metadata.name' || (field === 'metadata.namespace' && definition.namespaced)) return;
  const own = storage.selectableFields ?? [];
  if (own.includes(field)) return;
  throw badRequestError(
    own.length > 0
      ? `field label not supported: ${field}`
      : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

function asBadRequest(error: unknown): Error {
  return error instanceof Error && error.name === 'SelectorError' ? badRequestError(error.message) : (error as Error);
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface MutationOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  readonly fieldManager: string;
}

const NO_OPTIONS: MutationOptions = { dryRun: false, fieldValidation: 'Warn', fieldManager: '' };

/** @param kind of the options object, which error texts name: `CreateOptions`, `UpdateOptions`, `PatchOptions` */
export function parseMutationOptions(
  { query }: APIRequest,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
): MutationOptions {
  if (query.size === 0) return NO_OPTIONS;
  const dryRun = query.getAll('dryRun');
  const fieldValidation = query.get('fieldValidation') ?? '';
  const fieldManager = query.get('fieldManager') ?? '';
  const errors = [...managerErrors(fieldManager), ...dryRunErrors(dryRun), ...fieldValidationErrors(fieldValidation)];
  if (kind === 'PatchOptions' && query.has('force')) {
    errors.unshift(forbidden('force', 'may not be specified for non-apply patch'));
  }
  if (errors.length > 0) throw invalidError({ group: 'meta.k8s.io', kind }, '', errors);
  return {
    dryRun: dryRun.includes('All'),
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation),
    fieldManager,
  };
}

export function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.some((value) => value !== 'All' && value !== '')
    ? [notSupported('dryRun', values.length === 1 ? values[0] : values, ['All'])]
    : [];
}

function fieldValidationErrors(value: string): FieldError[] {
  const known = ['', 'Ignore', 'Strict', 'Warn'];
  return known.includes(value) ? [] : [notSupported('fieldValidation', value, known)];
}

const MAX_MANAGER_BYTES = 128;

function managerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > MAX_MANAGER_BYTES) errors.push(tooLong('fieldManager', MAX_MANAGER_BYTES));
  let position = 0;
  for (const char of manager) {
    if (/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(char)) {
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalid('fieldManager', manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(char);
  }
  return errors;
}

/** Go's rule for form values: empty or anything but `false` and `0` is true. */
export function parseOptionalBoolean(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  return value !== '0' && value.toLowerCase() !== 'false';
}

/** @throws StatusError 400 in Go's words */
export function parseInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw badRequestError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}
