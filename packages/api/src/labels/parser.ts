/**
 * The grammar of label selectors, token by token as Kubernetes reads it, oddities included: a blank ends a name, `in` and
 * `notin` are names wherever a name is expected, and lists may hold empty values.
 *
 * @see kubernetes/apimachinery pkg/labels/selector.go
 */
import { type ParsedOperator, type ParsedRequirement, validateKey, validateRequirement } from './requirement.ts';
import { SelectorError } from './selector-error.ts';

type Kind = 'end' | 'name' | 'in' | 'notin' | '=' | '==' | '!=' | '!' | '>' | '<' | '(' | ')' | ',' | 'error';

interface Token {
  readonly kind: Kind;
  readonly text: string;
}

const SYMBOLS = new Set<string>(['=', '==', '!=', '!', '>', '<', '(', ')', ',']);
const END: Token = { kind: 'end', text: '' };
/** Blanks; a run of symbols; or anything else. */
const LEXEME = /[ \t\r\n]+|[=!(),><]|[^ \t\r\n=!(),><]+/g;
const BINARY_OPERATORS: Readonly<Partial<Record<Kind, ParsedOperator>>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  const lexemes = text.match(LEXEME) ?? [];
  for (let i = 0; i < lexemes.length; i++) {
    const lexeme = lexemes[i] as string;
    const pair = lexeme + (lexemes[i + 1] ?? '');
    if (pair === '==' || pair === '!=') {
      tokens.push({ kind: pair, text: pair });
      i++;
    } else if (SYMBOLS.has(lexeme)) tokens.push({ kind: lexeme as Kind, text: lexeme });
    else if (lexeme.trim() !== '') tokens.push(nameToken(lexeme));
  }
  return tokens;
}

function nameToken(text: string): Token {
  return { kind: text === 'in' || text === 'notin' ? text : 'name', text };
}

/** @throws SelectorError with Kubernetes' text */
export function parseRequirements(text: string): ParsedRequirement[] {
  return new Parser(scan(text)).requirements();
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  requirements(): ParsedRequirement[] {
    const found: ParsedRequirement[] = [];
    for (;;) {
      const first = this.#peek();
      if (first.kind === 'end') return found;
      if (!startsRequirement(first)) throw unexpected(first, ", expected: !, identifier, or 'end of string'");
      found.push(this.#wrappedRequirement());
      const next = this.#take();
      if (next.kind === 'end') return found;
      if (next.kind !== ',') throw unexpected(next, ", expected: ',' or 'end of string'");
      const after = this.#peek();
      if (!startsRequirement(after)) throw unexpected(after, ", expected: identifier after ','");
    }
  }

  #wrappedRequirement(): ParsedRequirement {
    try {
      return this.#requirement();
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new SelectorError(`unable to parse requirement: ${error.message}`);
    }
  }

  #requirement(): ParsedRequirement {
    const requirement = this.#keyAndRest();
    validateRequirement(requirement);
    return requirement;
  }

  #keyAndRest(): ParsedRequirement {
    const isNegated = this.#peek().kind === '!';
    if (isNegated) this.#take();
    const key = this.#take();
    if (key.kind !== 'name') throw unexpected(key, ', expected: identifier');
    validateKey(key.text);
    if (isNegated) return { key: key.text, operator: '!', values: [] };
    if (endsRequirement(this.#peek())) return { key: key.text, operator: 'exists', values: [] };
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'notin' ? this.#valueList() : this.#exactValue();
    return { key: key.text, operator, values: [...new Set(values)].sort() };
  }

  #operator(): ParsedOperator {
    const token = this.#tokens[this.#position++] ?? END;
    const operator = BINARY_OPERATORS[token.kind];
    if (operator === undefined) throw unexpected(token, ', expected: in, notin, =, ==, !=, gt, lt');
    return operator;
  }

  #exactValue(): string[] {
    if (endsRequirement(this.#peek())) return [''];
    const value = this.#take();
    if (value.kind !== 'name') throw unexpected(value, ', expected: identifier');
    return [value.text];
  }

  #valueList(): string[] {
    const open = this.#take();
    if (open.kind !== '(') throw unexpected(open, " expected: '('");
    const first = this.#peek();
    if (first.kind === ')') {
      this.#take();
      return [''];
    }
    if (first.kind !== 'name' && first.kind !== ',') throw unexpected(first, ", expected: ',', ')' or identifier");
    return this.#listValues();
  }

  /** After `(` and before `)`: an empty place between commas is the empty value. */
  #listValues(): string[] {
    const values: string[] = [];
    let atValue = true;
    for (;;) {
      const token = this.#take();
      if (token.kind === 'name' && atValue) values.push(token.text);
      else if (token.kind === ',' || token.kind === ')') {
        if (atValue) values.push('');
        if (token.kind === ')') return values;
      } else throw unexpected(token, atValue ? ", expected: ',', or identifier" : ", expected: ',' or ')'");
      atValue = token.kind === ',';
    }
  }

  /** Where a name is expected, `in` and `notin` are names. */
  #peek(): Token {
    const token = this.#tokens[this.#position] ?? END;
    return token.kind === 'in' || token.kind === 'notin' ? { kind: 'name', text: token.text } : token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }
}

function startsRequirement({ kind }: Token): boolean {
  return kind === 'name' || kind === '!';
}

function endsRequirement({ kind }: Token): boolean {
  return kind === 'end' || kind === ',';
}

function unexpected(token: Token, expected: string): SelectorError {
  return new SelectorError(`found '${token.text}'${expected}`);
}
