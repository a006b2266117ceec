import { readFile } from 'node:fs/promises';
import { CommandError } from './failure.ts';

const MAX_TOKEN_BYTES = 64 * 1024;

/**
 * The token an operator means: a file's content, `-` standard input, or the text itself.
 *
 * Messages never hold the text: it may be the token.
 */
export async function readTokenSource(source: string): Promise<string> {
  if (source === '-') return clean(await readStandardInput());
  if (looksLikeJWT(source)) return source;
  const text = await readFile(source, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      `the token file cannot be read (${error.code}); give a file, - for standard input, or a JWT`,
    );
  });
  return clean(text);
}

function looksLikeJWT(text: string): boolean {
  return /^eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(text);
}

function clean(text: string): string {
  const token = text.trim();
  if (token === '') throw new CommandError('the token is empty');
  if (token.length > MAX_TOKEN_BYTES) throw new CommandError('the token is over 64 KiB; is it the right file?');
  return token;
}

async function readStandardInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > MAX_TOKEN_BYTES) break;
  }
  return text;
}
