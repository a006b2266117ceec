/**
 * Which objects of a collection a request means, and whether one key can answer.
 *
 * Most selectors mean few objects of many. What is looked for stands in the stored bytes as it stands in the selector, so
 * a pair without those bytes is passed over undecoded: a fifth of the time, and no index to keep.
 */
import type { FieldRequirement } from '@mayfly/api/fields/selector';
import { matchesLabels } from '@mayfly/api/labels/selector';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { type KeyValue, prefixEnd } from '../../../storage/store.ts';
import type { ListOptions } from '../rest.ts';
import { holdsText } from './byte-search.ts';
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
  const anyLabel = labelSelector.requirements.length === 0;
  const anyField = fieldSelector.requirements.length === 0;
  if (anyLabel && anyField) return EVERYTHING;
  const tests = fieldSelector.requirements.map((requirement) => testOf(kind, requirement));
  const hints = tests.flatMap(({ hint }) => (hint === undefined ? [] : [hint]));
  return {
    everything: false,
    mayMatch: ({ value }) => hints.every((hint) => hint(value)),
    matches: (object) =>
      (anyLabel || matchesLabels(labelSelector, object.metadata?.labels)) &&
      tests.every(({ matches }) => matches(object)),
  };
}

const EVERYTHING: Selection = { everything: true, mayMatch: () => true, matches: () => true };

function testOf({ strategy }: Kind, { field, operator, value }: FieldRequirement): FieldTest {
  const isWanted = operator === '=';
  const own = strategy.fieldTests?.[field]?.(value);
  if (own !== undefined) return isWanted ? own : { matches: (object) => !own.matches(object) };
  const matches = (object: KubernetesObject) => (fieldOf(strategy, object, field) === value) === isWanted;
  return isWanted && isVerbatim(value) ? { matches, hint: holdsText(JSON.stringify(value)) } : { matches };
}

/** Absent fields compare as the empty string, and booleans are written bare. */
function isVerbatim(value: string): boolean {
  return value !== '' && value !== 'true' && value !== 'false';
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
