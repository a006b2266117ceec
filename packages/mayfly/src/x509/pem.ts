/** PEM, strictly enough for what operators paste: text between blocks is skipped, a torn block is an error. @see RFC 7468 */

export interface PEMBlock {
  /** `CERTIFICATE`, `PRIVATE KEY` … */
  readonly label: string;
  readonly bytes: Buffer;
}

/** A bundle larger than this is not a bundle of certificates. */
const MAX_PEM_BYTES = 4 * 1024 * 1024;

export class PEMError extends Error {
  override readonly name = 'PEMError';
}

const BEGIN = /^-----BEGIN ([A-Z0-9 ]+)-----[ \t]*$/;
const BASE64_LINE = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * All blocks in order.
 *
 * @throws PEMError on a block without its end, with another label at its end, or with anything but base64 inside
 */
export function parsePEM(text: string): PEMBlock[] {
  if (text.length > MAX_PEM_BYTES) throw new PEMError('more than 4 MiB of PEM');
  const blocks: PEMBlock[] = [];
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const label = BEGIN.exec(lines[i] ?? '')?.[1];
    if (label === undefined) continue;
    const end = lines.findIndex((line, index) => index > i && line.startsWith('-----'));
    if (end === -1 || lines[end]?.trimEnd() !== `-----END ${label}-----`)
      throw new PEMError(`"${label}" block has no end`);
    blocks.push({ label, bytes: decodeBody(label, lines.slice(i + 1, end)) });
    i = end;
  }
  return blocks;
}

function decodeBody(label: string, lines: readonly string[]): Buffer {
  const body = lines.map((line) => line.trim()).filter((line) => line !== '');
  if (body.length === 0) throw new PEMError(`"${label}" block is empty`);
  // Headers (`Proc-Type: 4,ENCRYPTED`) fail here too: an encrypted key is of no use to a daemon.
  if (!body.every((line) => BASE64_LINE.test(line))) throw new PEMError(`"${label}" block is not base64`);
  return Buffer.from(body.join(''), 'base64');
}

/** One block with lines of 64 characters, ending in a newline. */
export function formatPEM(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
