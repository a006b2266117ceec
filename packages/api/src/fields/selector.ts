/**
 * Field selectors: `metadata.name=web,status.phase!=Running`.
 *
 * Which fields a kind can be selected by is the kind's business; here is the grammar only.
 *
 * @see kubernetes/apimachinery pkg/fields/selector.go; spec kubernetes-wire §13
 */
import { SelectorError } from '../labels/selector-error.ts';

export { SelectorError } from '../labels/selector-error.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** All requirements must hold; none matches everything. */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
}

export const EVERY_FIELD: FieldSelector = { requirements: [] };

/**
 * Reads a `fieldSelector` parameter. In values `\`, `,` and `=` are written with a `\` before them.
 *
 * @param text untrusted; empty selects everything
 * @throws SelectorError with Kubernetes' text
 */
export function parseFieldSelector(text: string): FieldSelector {
  const terms = splitTerms(text).filter((term) => term !== '');
  return { requirements: terms.map((term) => parseTerm(term, text)) };
}

/** At commas that no `\` takes away. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(term: string, selector: string): FieldRequirement {
  for (let i = 0; i < term.length; i++) {
    const operator = ['!=', '==', '='].find((candidate) => term.startsWith(candidate, i));
    if (operator === undefined) continue;
    const value = unescapeValue(term.slice(i + operator.length));
    return { field: term.slice(0, i), operator: operator === '!=' ? '!=' : '=', value };
  }
  throw new SelectorError(`invalid selector: '${selector}'; can't understand '${term}'`);
}

function unescapeValue(value: string): string {
  if (!/[\\,=]/.test(value)) return value;
  let out = '';
  for (let i = 0; i < value.length; i++) {
    const char = value.charAt(i);
    if (char === ',' || char === '=') {
      // Go prints the rune as its number.
      throw new SelectorError(`invalid field selector: unescaped character in value: ${value.charCodeAt(i)}`);
    }
    out += char === '\\' ? escaped(value.charAt(++i)) : char;
  }
  return out;
}

function escaped(char: string): string {
  if (char === '\\' || char === ',' || char === '=') return char;
  throw new SelectorError(`invalid field selector: invalid escape sequence: \\${char}`);
}

/**
 * Whether all requirements hold.
 *
 * @param fieldValue the field's value as text; empty when the object has none
 */
export function matchesFields(selector: FieldSelector, fieldValue: (field: string) => string): boolean {
  return selector.requirements.every(
    ({ field, operator, value }) => (fieldValue(field) === value) === (operator === '='),
  );
}
