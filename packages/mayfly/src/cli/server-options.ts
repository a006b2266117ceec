/** The settings as flags of a command. */
import { type Command, Option } from 'commander';
import { formatValue } from '../config/config.ts';
import { KINDS } from '../config/kinds.ts';
import { SETTINGS, type ServerCommand, type SettingDefinition } from '../config/settings.ts';

const settings: readonly SettingDefinition[] = SETTINGS;

/** Adds a flag for each setting, grouped, with its default of that command. */
export function addServerOptions(command: Command, of: ServerCommand): Command {
  command.addOption(
    new Option('--config <FILE>', 'the same settings as YAML, keys in camel case')
      .helpGroup('Configuration:')
      .argParser(collect),
  );
  for (const setting of settings) command.addOption(newOption(setting, of));
  return command;
}

/** What was given on the command line, by flag name; each occurrence in order. */
export function givenFlags(command: Command): ReadonlyMap<string, readonly string[]> {
  const given = new Map<string, readonly string[]>();
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (Array.isArray(value)) given.set(option.long?.slice(2) ?? '', value as string[]);
  }
  return given;
}

function newOption(setting: SettingDefinition, of: ServerCommand): Option {
  const { placeholder } = KINDS[setting.kind];
  const value = setting.kind === 'boolean' ? '[true|false]' : `<${placeholder}>`;
  const option = new Option(`--${setting.flag} ${value}`, describe(setting, of)).helpGroup(`${setting.group}:`);
  if (setting.kind === 'boolean') option.preset('true');
  return option.argParser(collect);
}

/** Text is kept as typed: the configuration parses it together with the environment and the file. */
function collect(text: string, previous: unknown): string[] {
  return [...(Array.isArray(previous) ? (previous as string[]) : []), text];
}

function describe(setting: SettingDefinition, of: ServerCommand): string {
  const shown = setting.defaultText ?? formatValue(setting, setting.default[of]);
  const repeatable = setting.repeatable ? '; may be repeated' : '';
  return shown === '' ? `${setting.help}${repeatable}` : `${setting.help}${repeatable} (default: ${shown})`;
}
