/**
 * YAML bodies and answers. Loaded on first use: most servers never see YAML.
 *
 * YAML 1.1, as Kubernetes reads it (`yes` is a boolean), but only what JSON can hold: timestamps, binaries and sets stay
 * text. One document; aliases are bounded by the library.
 *
 * @see kubernetes-sigs/yaml
 */
import { parseAllDocuments, stringify, type Tags } from 'yaml';

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
    return { value: document.toJS({ maxAliasCount: 100 }), duplicates: duplicateKeys(text) };
  } catch (error) {
    return { duplicates: [], error: `yaml: ${firstLine((error as Error).message)}` };
  }
}

function withoutExoticTags(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || !NOT_IN_JSON.has(tag.tag));
}

/** The library names positions, not paths: a second, strict reading tells that there are duplicates and where. */
function duplicateKeys(text: string): string[] {
  const documents = parseAllDocuments(text, { version: '1.1', uniqueKeys: true });
  if (!Array.isArray(documents)) return [];
  const [document] = documents;
  return (document?.errors ?? [])
    .filter(({ code }) => code === 'DUPLICATE_KEY')
    .map(({ pos: [start] }) => /^[^\s:]*/.exec(text.slice(start))?.[0] ?? '');
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] as string;
}

export function formatYAML(value: unknown): string {
  return stringify(value, { version: '1.1', aliasDuplicateObjects: false });
}
