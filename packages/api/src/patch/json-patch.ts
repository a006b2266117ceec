/**
 * JSON Patch.
 *
 * All operations succeed or none counts: they work on a copy.
 *
 * @see RFC 6902; kubernetes/apiserver pkg/endpoints/handlers/patch.go for the limits; spec kubernetes-wire §15
 */
import { isJSONObject, type JSONObject, setMember } from '../decode/json.ts';
import { child, listIndex, parsePointer } from './json-pointer.ts';
import { copyOf, PatchError } from './patch-error.ts';

export { PatchError } from './patch-error.ts';

export const MAX_OPERATIONS = 10_000;
/** `copy` can double a document each time; this bounds what all of them add together. Equals the largest request body. */
export const MAX_COPIED_BYTES = 3 * 1024 * 1024;
/** Ten thousand short tests against one wide object would cost minutes. */
const MAX_COMPARED_MEMBERS = 1_000_000;

type Operation =
  | { op: 'add'; path: string[]; value: unknown }
  | { op: 'replace'; path: string[]; value: unknown }
  | { op: 'test'; path: string[]; value: unknown }
  | { op: 'remove'; path: string[] }
  | { op: 'move'; path: string[]; from: string[] }
  | { op: 'copy'; path: string[]; from: string[] };

/**
 * @param document the object as it is; not changed
 * @param patch    parsed JSON; untrusted
 * @returns a new value that shares nothing with either
 * @throws PatchError `malformed`, `too-many-operations`, or `failed` naming the operation that does not fit the document
 */
export function applyJSONPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new PatchError('malformed', 'a JSON patch must be a list of operations');
  if (patch.length > MAX_OPERATIONS) {
    throw new PatchError(
      'too-many-operations',
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  const operations = patch.map(parseOperation);
  const patched = new PatchedDocument(copyOf(document));
  for (const operation of operations) patched.apply(operation);
  return patched.root;
}

/** A missing `value` is null, as in the library behind Kubernetes. */
function parseOperation(operation: unknown): Operation {
  if (!isJSONObject(operation)) throw new PatchError('malformed', 'each operation must be an object');
  const { op } = operation;
  const path = parsePointer(operation.path);
  if (op === 'add' || op === 'replace' || op === 'test') return { op, path, value: copyOf(operation.value ?? null) };
  if (op === 'move' || op === 'copy') return { op, path, from: parsePointer(operation.from) };
  if (op === 'remove') return { op, path };
  throw new PatchError('failed', 'unexpected "op" in a JSON patch');
}

class PatchedDocument {
  root: unknown;
  #copiedBytes = 0;
  #comparedMembers = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  apply(operation: Operation): void {
    const { path } = operation;
    if (operation.op === 'add') this.#add(path, operation.value);
    else if (operation.op === 'replace') this.#replace(path, operation.value);
    else if (operation.op === 'test') this.#test(path, operation.value);
    else if (operation.op === 'remove') this.#remove(path, 'remove');
    else if (operation.op === 'move') this.#move(operation.from, path);
    else if (operation.op === 'copy') this.#add(path, this.#bounded(this.#find(operation.from, 'copy')));
  }

  /** Differs from RFC 6902 §4.3 as Kubernetes does: a member that is not there is added, if its parent is there. */
  #replace(path: readonly string[], value: unknown): void {
    const parent = path.length === 0 ? undefined : this.#find(path.slice(0, -1), 'replace');
    if (Array.isArray(parent)) this.#find(path, 'replace');
    this.#set(path, value);
  }

  #find(path: readonly string[], op: string): unknown {
    let value = this.root;
    for (const token of path) value = child(value, token);
    if (value === undefined) throw absent(op, path);
    return value;
  }

  #add(path: readonly string[], value: unknown): void {
    const token = path.at(-1);
    const parent = token === undefined ? undefined : this.#find(path.slice(0, -1), 'add');
    if (token === undefined || !Array.isArray(parent)) {
      this.#set(path, value);
      return;
    }
    const index = token === '-' ? parent.length : listIndex(token);
    if (index === undefined || index > parent.length) throw absent('add', path);
    parent.splice(index, 0, value);
  }

  /** Puts a value where one is, or under a new name of an object. */
  #set(path: readonly string[], value: unknown): void {
    const token = path.at(-1);
    if (token === undefined) {
      this.root = value;
      return;
    }
    const parent = this.#find(path.slice(0, -1), 'add');
    if (isJSONObject(parent)) setMember(parent, token, value);
    else if (Array.isArray(parent)) parent[listIndex(token) ?? parent.length] = value;
    else throw absent('add', path);
  }

  #remove(path: readonly string[], op: string): void {
    this.#find(path, op);
    const token = path.at(-1);
    if (token === undefined) throw new PatchError('failed', `${op} operation cannot take away the whole document`);
    const parent = this.#find(path.slice(0, -1), op);
    if (Array.isArray(parent)) parent.splice(Number(token), 1);
    else delete (parent as JSONObject)[token];
  }

  /** RFC 6902 §4.4: nothing moves into itself. */
  #move(from: readonly string[], path: readonly string[]): void {
    const value = this.#find(from, 'move');
    if (from.length === path.length && from.every((token, i) => token === path[i])) return;
    if (from.length < path.length && from.every((token, i) => token === path[i])) {
      throw new PatchError('failed', `move operation cannot move "${pointer(from)}" into itself`);
    }
    this.#remove(from, 'move');
    this.#add(path, value);
  }

  #bounded(value: unknown): unknown {
    const copy = copyOf(value);
    this.#copiedBytes += JSON.stringify(copy).length;
    if (this.#copiedBytes > MAX_COPIED_BYTES) {
      throw new PatchError('failed', `copy operations add more than ${MAX_COPIED_BYTES} bytes`);
    }
    return copy;
  }

  /** As in the library behind Kubernetes, an absent member of a present parent equals null. */
  #test(path: readonly string[], value: unknown): void {
    const parent = path.length === 0 ? this.root : this.#find(path.slice(0, -1), 'test');
    const found = path.length === 0 ? parent : child(parent, path.at(-1) ?? '');
    if (!this.#isEqual(found ?? null, value)) throw new PatchError('failed', `testing path "${pointer(path)}" failed`);
  }

  /** RFC 6902 §4.6: by value; the order of members does not count. As deep as `b`, which is bounded. */
  #isEqual(a: unknown, b: unknown): boolean {
    if (Array.isArray(a)) {
      return Array.isArray(b) && a.length === b.length && a.every((item, index) => this.#isEqual(item, b[index]));
    }
    if (!isJSONObject(a) || !isJSONObject(b)) return a === b;
    const names = Object.keys(a);
    this.#comparedMembers += names.length;
    if (this.#comparedMembers > MAX_COMPARED_MEMBERS)
      throw new PatchError('failed', 'test operations compare too much');
    return (
      names.length === Object.keys(b).length &&
      names.every((name) => Object.hasOwn(b, name) && this.#isEqual(a[name], b[name]))
    );
  }
}

function absent(op: string, path: readonly string[]): PatchError {
  return new PatchError('failed', `${op} operation does not apply: doc is missing path "${pointer(path)}"`);
}

function pointer(path: readonly string[]): string {
  return path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
