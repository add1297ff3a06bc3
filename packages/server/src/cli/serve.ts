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
    const loaded = await loadConfig({ flags, environment: context.environment, file: config });
    const { serve } = await import('../start/serve.ts');
    await serve(loaded, context);
  });
};

function addFlag(command: Command, name: SettingName): void {
  const setting: Setting = settings[name];
  const preset =
    setting.default === undefined || setting.default === false ? '' : ` (default: ${setting.default})`;
  const description = `${setting.description}${preset}`;
  const flag = flagName(name);
  if (setting.type === 'boolean') command.option(flag, description);
  else if (setting.type === 'list') command.option(`${flag} <value>`, description, collect);
  else command.option(`${flag} <value>`, description);
}
