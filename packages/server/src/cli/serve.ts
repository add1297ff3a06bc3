import type { Command } from 'commander';
import type { Setting, SettingName } from '../config/index.ts';
import { flagName, settingNames, settings } from '../config/index.ts';
import { collect, type Register } from './context.ts';

export const register: Register = (parent, context) => {
  const command: Command = parent
    .command('serve')
    .description('run the server; the first start makes everything it needs')
    .option('--config <file>', 'configuration file (default: MORTISE_CONFIG or ./mortise.yaml)');
  for (const name of settingNames) addFlag(command, name);
  command.action(async () => {
    const { config, ...flags } = command.opts<{ config?: string } & Partial<Record<SettingName, unknown>>>();
    const { loadConfig } = await import('../config/index.ts');
    const { environment } = context;
    const loaded = await loadConfig({ flags, environment, file: config, checkFiles: true });
    const { serve } = await import('../start/serve.ts');
    await serve(loaded, context);
  });
};

function addFlag(command: Command, name: SettingName): void {
  const setting: Setting = settings[name];
  const description = `${setting.description}${allowed(setting)}`;
  const flag = flagName(name);
  if (setting.type === 'boolean') command.option(flag, description);
  else if (setting.type === 'list') command.option(`${flag} <${taken(name)}>`, description, collect);
  else command.option(`${flag} <${taken(name)}>`, description);
}

/** What a flag takes, for --help: by its type, or by the unit that ends its name. */
function taken(name: SettingName): string {
  const { type }: Setting = settings[name];
  if (type === 'address') return 'host:port';
  if (type === 'url') return 'url';
  if (type === 'choice') return name === 'logLevel' ? 'level' : 'type';
  const endings = { Seconds: 'seconds', Bytes: 'bytes', File: 'file', Networks: 'cidr', Port: 'port' };
  for (const [ending, word] of Object.entries(endings)) if (name.endsWith(ending)) return word;
  if (type === 'integer') return 'number';
  return name === 'data' ? 'dir' : name === 'acmeNameServer' ? 'address' : 'name';
}

/** Bounds, choices and default of a setting, in brackets. */
function allowed(setting: Setting): string {
  const parts: string[] = [];
  if (setting.choices !== undefined) parts.push(setting.choices.join(', '));
  if (setting.minimum !== undefined) parts.push(`${setting.minimum} to ${setting.maximum}`);
  if (setting.default !== undefined && setting.default !== false) parts.push(`default: ${setting.default}`);
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}
