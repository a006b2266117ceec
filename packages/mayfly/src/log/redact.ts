/**
 * The last line of defence: whatever looks like a JWT or a private key is cut out of a log line.
 *
 * Code must not log credentials in the first place; this catches the mistake, say in the message of a library's error.
 */

/** `{"` in base64url begins every JOSE header. The signature may be missing. */
const JWT = /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g;

/** To its end line, or to the end of the text or JSON string that holds it. */
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END)[^"])*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g;

export function redact(text: string): string {
  return text.replaceAll(JWT, '[token]').replaceAll(PRIVATE_KEY, '[private key]');
}
