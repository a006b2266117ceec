/** Which objects of a collection a request means, and whether one key can answer. */
import { matchesFields } from '@mayfly/api/fields/selector';
import { matchesLabels } from '@mayfly/api/labels/selector';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { prefixEnd } from '../../../storage/store.ts';
import type { ListOptions } from '../rest.ts';
import type { Kind } from './kind.ts';

export type Selectors = Pick<ListOptions, 'labelSelector' | 'fieldSelector'>;

export interface Selection {
  /** True when every object of the range is meant. */
  readonly everything: boolean;
  matches(object: KubernetesObject): boolean;
}

export function selectionOf(kind: Kind, { labelSelector, fieldSelector }: Selectors): Selection {
  const anyLabel = labelSelector.requirements.length === 0;
  const anyField = fieldSelector.requirements.length === 0;
  if (anyLabel && anyField) return EVERYTHING;
  return {
    everything: false,
    matches: (object) =>
      (anyLabel || matchesLabels(labelSelector, object.metadata?.labels)) &&
      (anyField || matchesFields(fieldSelector, fieldReader(kind, object))),
  };
}

const EVERYTHING: Selection = { everything: true, matches: () => true };

/** Absent fields compare as the empty string. */
function fieldReader(kind: Kind, object: KubernetesObject): (field: string) => string {
  const { metadata } = object;
  let own: Readonly<Record<string, string>> | undefined;
  return (field) => {
    if (field === 'metadata.name') return metadata?.name ?? '';
    if (field === 'metadata.namespace') return metadata?.namespace ?? '';
    own ??= kind.strategy.fields?.(object) ?? {};
    return own[field] ?? '';
  };
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
