/** Looks into stored bytes without decoding them. What it finds is a hint: the decoded object decides. */

/**
 * Tests whether bytes hold a text.
 *
 * @param text as it would be stored: `JSON.stringify` has written both
 */
export function holdsText(text: string): (bytes: Uint8Array) => boolean {
  const wanted = Buffer.from(text);
  return (bytes) => indexOf.call(bytes, wanted) >= 0;
}

/**
 * Reads the string that follows a text, by its length.
 *
 * @param text as stored, such as `"time":"`, which no string can hold: its quotes would be escaped
 * @param length characters of the string wanted, ASCII
 * @returns a reader that gives undefined when the bytes do not hold the text
 */
export function textAfter(text: string, length: number): (bytes: Uint8Array) => string | undefined {
  const wanted = Buffer.from(text);
  return (bytes) => {
    const at = indexOf.call(bytes, wanted);
    return at < 0 ? undefined : latin1Slice.call(bytes, at + wanted.length, at + wanted.length + length);
  };
}

/** Buffer's own, applied to any bytes: a Buffer over each pair would cost as much as the search. */
const { indexOf, latin1Slice } = Buffer.prototype as unknown as {
  indexOf(this: Uint8Array, wanted: Uint8Array): number;
  latin1Slice(this: Uint8Array, start: number, end: number): string;
};
