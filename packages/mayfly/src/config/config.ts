/**
 * One frozen configuration from flags over environment over file over default.
 *
 * Only this folder knows where a value came from; the rest of the program is handed `ServerConfig`. Unknown keys and
 * unknown `MAYFLY_` variables are refused: a misspelt protection is no protection. Secrets come by file path only, so
 * everything here may be printed.
 *
 * @see spec command-line; docs/reference/flags.md
 */
import { ConfigError } from './config-error.ts';
import { KINDS } from './kinds.ts';
import {
  environmentOf,
  fileKeyOf,
  flagOf,
  SETTINGS,
  type ServerCommand,
  type SettingDefinition,
  type SettingName,
  type SettingValues,
} from './settings.ts';
import { isUnavailable } from './unavailable.ts';
import { validateSettings } from './validate.ts';

/** Settings of `up` and `server`. Property names are the flags in camel case; `apiAudiences` is already defaulted. */
export type ServerConfig = SettingValues & { readonly command: ServerCommand };

/** Where a value came from: `default`, `file`, `env` or `flag`. */
export type Origin = 'default' | 'file' | 'env' | 'flag';

export interface LoadedConfig {
  readonly config: ServerConfig;
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

export interface ConfigSources {
  readonly command: ServerCommand;
  /** By flag name without dashes; each occurrence in order. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Parsed YAML of `--config`, and its path for messages; undefined when there is none. */
  readonly file: { readonly path: string; readonly content: unknown } | undefined;
}

/** Environment variables that are not settings. */
const OTHER_VARIABLES = new Set(['MAYFLY_CONFIG', 'MAYFLY_KEYS_PASSPHRASE']);

/**
 * Reads and checks every setting.
 *
 * @throws ConfigError on an unknown key or variable, a value of the wrong form, and settings that contradict each other
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  refuseUnknownVariables(sources.env);
  const fileValues = readFile(sources.file);
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const setting of SETTINGS as readonly SettingDefinition[]) {
    const found = findValue(setting, sources, fileValues);
    values[setting.name] = found.value;
    origins[setting.name] = found.origin;
  }
  const config = completeConfig(sources.command, values as unknown as SettingValues);
  return Object.freeze({ config, origins: Object.freeze(origins) as LoadedConfig['origins'] });
}

/**
 * Defaults with the caller's own values over them, checked like any other: for tests and embedding.
 *
 * @throws ConfigError as `loadConfig`
 */
export function newServerConfig(command: ServerCommand, values: Partial<SettingValues> = {}): ServerConfig {
  const defaults = Object.fromEntries(SETTINGS.map((setting) => [setting.name, setting.default[command]]));
  return completeConfig(command, { ...(defaults as unknown as SettingValues), ...values });
}

function completeConfig(command: ServerCommand, values: SettingValues): ServerConfig {
  validateSettings(values);
  const apiAudiences = values.apiAudiences.length > 0 ? values.apiAudiences : values.serviceAccountIssuer;
  return Object.freeze({ ...values, apiAudiences, command });
}

interface Found {
  readonly value: unknown;
  readonly origin: Origin;
}

function findValue(
  setting: SettingDefinition,
  sources: ConfigSources,
  fileValues: ReadonlyMap<string, readonly string[]>,
): Found {
  const flags = sources.flags.get(setting.flag);
  if (flags !== undefined) return { value: parseValue(setting, flags, flagOf(setting)), origin: 'flag' };
  const variable = sources.env[environmentOf(setting)];
  if (variable !== undefined) return { value: parseValue(setting, [variable], environmentOf(setting)), origin: 'env' };
  const inFile = fileValues.get(fileKeyOf(setting));
  if (inFile === undefined) return { value: setting.default[sources.command], origin: 'default' };
  return { value: parseValue(setting, inFile, `${sources.file?.path}: ${fileKeyOf(setting)}`), origin: 'file' };
}

function parseValue(setting: SettingDefinition, texts: readonly string[], where: string): unknown {
  const rules = KINDS[setting.kind] as { parse(text: string): unknown };
  try {
    if (setting.repeatable) return Object.freeze(texts.flatMap((text) => rules.parse(text) as readonly unknown[]));
    // As Go's flag package: the last occurrence wins.
    return rules.parse(texts.at(-1) ?? '');
  } catch (error) {
    throw new ConfigError(`${where} ${(error as Error).message}`);
  }
}

function readFile(file: ConfigSources['file']): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  if (file === undefined || file.content === null || file.content === undefined) return values;
  if (typeof file.content !== 'object' || Array.isArray(file.content)) {
    throw new ConfigError(`${file.path} must be a YAML mapping of settings`);
  }
  for (const [key, value] of Object.entries(file.content)) {
    const setting = (SETTINGS as readonly SettingDefinition[]).find((candidate) => fileKeyOf(candidate) === key);
    if (setting === undefined) throw new ConfigError(unknownKey(file.path, key));
    values.set(key, textsOf(value, `${file.path}: ${key}`, setting.repeatable === true));
  }
  return values;
}

function unknownKey(path: string, key: string): string {
  const flag = key.replace(/[A-Z]+/g, (letters) => `-${letters.toLowerCase()}`);
  if (isUnavailable(flag)) return `${path}: "${key}" is not available in this version`;
  return `${path}: unknown setting "${key}"; mayfly config lists them`;
}

function textsOf(value: unknown, where: string, repeatable: boolean): readonly string[] {
  if (Array.isArray(value) && repeatable) return value.map((item) => scalarText(item, where));
  return [scalarText(value, where)];
}

function scalarText(value: unknown, where: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ConfigError(`${where} must be a text, a number or true/false`);
}

function refuseUnknownVariables(env: ConfigSources['env']): void {
  const known = new Set<string>((SETTINGS as readonly SettingDefinition[]).map(environmentOf));
  for (const name of Object.keys(env)) {
    if (!name.startsWith('MAYFLY_') || known.has(name) || OTHER_VARIABLES.has(name)) continue;
    throw new ConfigError(`unknown environment variable ${name}; mayfly config lists them`);
  }
}

/** A value as `mayfly config` and help print it. */
export function formatValue(setting: SettingDefinition, value: unknown): string {
  const rules = KINDS[setting.kind] as { format(value: unknown): string };
  return rules.format(value);
}
