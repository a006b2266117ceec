/** YAML, in a module of its own so that only what reads a file loads the parser. */
import { parse } from 'yaml';

/**
 * One YAML 1.2 document; duplicate keys are an error, aliases are bounded by the library.
 *
 * @throws the library's error, whose text may quote the line it failed at
 */
export function parseYAML(text: string): unknown {
  return parse(text, { schema: 'core', uniqueKeys: true }) as unknown;
}
