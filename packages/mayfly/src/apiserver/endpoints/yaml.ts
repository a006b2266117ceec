/**
 * YAML bodies and answers. Loaded on first use: most servers never see YAML.
 *
 * YAML 1.1, as Kubernetes reads it (`yes` is a boolean), but only what JSON can hold: timestamps, binaries and sets stay
 * text. One document; aliases are bounded by the library.
 *
 * @see kubernetes-sigs/yaml
 */
import { formatPath } from '@mayfly/api/decode/value';
import { isMap, isScalar, isSeq, parseAllDocuments, stringify, type Tags } from 'yaml';

const NOT_IN_JSON = new Set(['timestamp', 'binary', 'set', 'omap', 'pairs'].map((tag) => `tag:yaml.org,2002:${tag}`));

/** @returns the value and duplicate keys, or what is wrong with the text */
export function parseYAML(text: string): { value?: unknown; duplicates: string[]; error?: string } {
  const documents = parseAllDocuments(text, { version: '1.1', customTags: withoutExoticTags, uniqueKeys: false });
  const [document] = documents;
  if (!Array.isArray(documents) || document === undefined) return { duplicates: [], error: 'the body is empty' };
  if (documents.length > 1) return { duplicates: [], error: 'the body holds more than one document' };
  const [problem] = document.errors;
  if (problem !== undefined) return { duplicates: [], error: `yaml: ${firstLine(problem.message)}` };
  try {
    return { value: document.toJS({ maxAliasCount: 100 }), duplicates: [...new Set(duplicateKeys(document.contents))] };
  } catch (error) {
    return { duplicates: [], error: `yaml: ${firstLine((error as Error).message)}` };
  }
}

function withoutExoticTags(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || !NOT_IN_JSON.has(tag.tag));
}

/**
 * Paths of members named twice. The library can look for them too, but compares each key with every other: a body of
 * 100 KB held the event loop for a second.
 */
function duplicateKeys(node: unknown, path: readonly (string | number)[] = []): string[] {
  if (isSeq(node)) return node.items.flatMap((item, i) => duplicateKeys(item, [...path, i]));
  if (!isMap(node)) return [];
  const seen = new Set<string>();
  return node.items.flatMap(({ key, value }) => {
    const name = String(isScalar(key) ? key.value : key);
    const here = [...path, name];
    const deeper = duplicateKeys(value, here);
    if (!seen.has(name)) {
      seen.add(name);
      return deeper;
    }
    return [formatPath(here), ...deeper];
  });
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] as string;
}

export function formatYAML(value: unknown): string {
  return stringify(value, { version: '1.1', aliasDuplicateObjects: false });
}
