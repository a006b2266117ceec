/**
 * Which objects of a collection a request means, and whether one key can answer.
 *
 * Most selectors mean few objects of many: what can be told from the key or from a digest is passed over undecoded.
 */
import type { FieldRequirement } from '@mayfly/api/fields/selector';
import { matchesLabels } from '@mayfly/api/labels/selector';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { type KeyValue, prefixEnd } from '../../../storage/store.ts';
import type { ListOptions } from '../rest.ts';
import { digestOf, hashOf } from './digest.ts';
import type { Kind } from './kind.ts';
import type { FieldTest, Strategy } from './strategy.ts';

export type Selectors = Pick<ListOptions, 'labelSelector' | 'fieldSelector'>;

export interface Selection {
  /** True when every object of the range is meant. */
  readonly everything: boolean;
  /** False only for a pair that certainly does not match: it need not be decoded. */
  mayMatch(kv: KeyValue): boolean;
  matches(object: KubernetesObject): boolean;
}

/** @throws StatusError BadRequest when a value makes no sense for its field */
export function selectionOf(kind: Kind, { labelSelector, fieldSelector }: Selectors): Selection {
  const { strategy } = kind;
  const anyLabel = labelSelector.requirements.length === 0;
  const anyField = fieldSelector.requirements.length === 0;
  if (anyLabel && anyField) return EVERYTHING;
  const tests = fieldSelector.requirements.map((requirement) => testOf(strategy, requirement));
  const hints = tests.flatMap(({ hint }) => (hint === undefined ? [] : [hint]));
  return {
    everything: false,
    mayMatch: (kv) => hints.every((hint) => hint(kv)),
    matches: (object) =>
      (anyLabel || matchesLabels(labelSelector, object.metadata?.labels)) &&
      tests.every(({ matches }) => matches(object)),
  };
}

const EVERYTHING: Selection = { everything: true, mayMatch: () => true, matches: () => true };

interface Test {
  matches(object: KubernetesObject): boolean;
  /** False only for a pair that certainly does not match. */
  readonly hint?: (kv: KeyValue) => boolean;
}

function testOf(strategy: Strategy, { field, operator, value }: FieldRequirement): Test {
  const own = strategy.fieldTests?.[field]?.(value);
  const is = own?.matches ?? ((object: KubernetesObject) => fieldOf(strategy, object, field) === value);
  if (operator === '!=') return { matches: (object) => !is(object) };
  const hint = hintOf(strategy, field, value, own);
  return hint === undefined ? { matches: is } : { matches: is, hint };
}

/** Names stand in the key; the rest in the digest. */
function hintOf(
  strategy: Strategy,
  field: string,
  value: string,
  own: FieldTest | undefined,
): ((kv: KeyValue) => boolean) | undefined {
  if (field === 'metadata.name') return ({ key }) => key.endsWith(`/${value}`);
  if (field === 'metadata.namespace') return ({ key }) => key.includes(`/${value}/`);
  const fields = strategy.selectableFields ?? [];
  if (own !== undefined)
    return own.mayMatch && ((kv) => own.mayMatch?.(digestOf(strategy, kv), fields.length) === true);
  const index = fields.indexOf(field);
  const wanted = hashOf(value);
  return index < 0 ? undefined : (kv) => digestOf(strategy, kv)[index] === wanted;
}

function fieldOf(strategy: Strategy, object: KubernetesObject, field: string): string {
  if (field === 'metadata.name') return object.metadata?.name ?? '';
  if (field === 'metadata.namespace') return object.metadata?.namespace ?? '';
  return strategy.fields?.(object)[field] ?? '';
}

export interface KeyRange {
  readonly key: string;
  readonly rangeEnd?: string;
}

/** The keys to read: the collection's, or a single one when the selector names the object. */
export function keyRangeOf(kind: Kind, namespace: string, { fieldSelector }: Selectors): KeyRange {
  const name = namedObject(fieldSelector.requirements);
  const placed = namespace !== '' || !kind.strategy.definition.namespaced;
  if (name !== undefined && placed) return { key: kind.keys.prefix(namespace) + name };
  const prefix = kind.keys.prefix(namespace);
  return { key: prefix, rangeEnd: prefixEnd(prefix) };
}

function namedObject(requirements: Selectors['fieldSelector']['requirements']): string | undefined {
  const named = requirements.find(({ field, operator }) => field === 'metadata.name' && operator === '=');
  return named === undefined || named.value === '' ? undefined : named.value;
}
