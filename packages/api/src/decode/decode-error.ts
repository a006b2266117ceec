/** A body that is not what its kind asks for. `message` is for the caller and names the field. Leaves as 400. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}
