/** `mayfly config`: every setting, its value and where that came from. Nothing here is secret: secrets come by file path. */
import { formatValue, type LoadedConfig, loadConfig } from '../config/config.ts';
import { processEnvironment, readConfigFile } from '../config/environment.ts';
import { environmentOf, flagOf, SETTINGS, type ServerCommand, type SettingDefinition } from '../config/settings.ts';
import { printTable } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface PrintConfigOptions {
  readonly command: ServerCommand;
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly output: string | undefined;
  readonly terminal: Terminal;
}

export async function printConfig({ command, flags, output, terminal }: PrintConfigOptions): Promise<void> {
  const env = processEnvironment();
  const file = await readConfigFile(flags.get('config')?.at(-1) ?? env.MAYFLY_CONFIG);
  const loaded = loadConfig({ command, flags, env, file });
  const rows = (SETTINGS as readonly SettingDefinition[]).map((setting) => describe(setting, loaded));
  if (output === 'json') terminal.out(`${JSON.stringify(rows, null, 2)}\n`);
  else
    printTable(
      terminal,
      ['flag', 'value', 'from', 'environment'],
      rows.map((row) => [row.flag, row.value, row.from, row.environment]),
    );
}

function describe(
  setting: SettingDefinition,
  { config, origins }: LoadedConfig,
): Record<'flag' | 'value' | 'from' | 'environment', string> {
  const name = setting.name as keyof typeof origins;
  return {
    flag: flagOf(setting),
    value: formatValue(setting, config[name]),
    from: origins[name],
    environment: environmentOf(setting),
  };
}
