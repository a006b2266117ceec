/**
 * A flag, an environment variable or a file is wrong. Arises at start only; printed as one line, exit code 2.
 *
 * The message names the setting as the operator wrote it, and what was expected; a secret value is never in it.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
