import { existsSync } from 'node:fs';
import { quotedName, whatIsAllowed } from './allowed-names.ts';
import { certificateFileProblem } from './certificate-file.ts';
import { ConfigError } from './config-error.ts';
import { type ConfiguredProfile, readProfileEntries } from './configured-profiles.ts';
import { NotAllowed, settingValue } from './setting-value.ts';
import type { Config, Setting, SettingName } from './settings.ts';
import { environmentKey, fileKey, flagName, settingNames, settings } from './settings.ts';

export interface ConfigSources {
  /** Flags by setting name, as the command line gave them. */
  readonly flags: Readonly<Partial<Record<SettingName, unknown>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `--config`; else `MORTISE_CONFIG`; else `./mortise.yaml` where that exists. */
  readonly file?: string | undefined;
  /** Whether files that settings name have to be usable: those who work on the database alone need none. Default false. */
  readonly checkFiles?: boolean | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The settings that something other than a default set. */
  readonly given: ReadonlySet<SettingName>;
  /** One line each, for the log: variables that look like settings and are none. */
  readonly warnings: readonly string[];
}

/** Variables that are read elsewhere than from this table. */
const otherVariables = [
  'MORTISE_CONFIG',
  'MORTISE_MASTER_KEY',
  'MORTISE_PASSPHRASE',
  'MORTISE_ROOT_PASSPHRASE',
  'MORTISE_PKCS11_PIN',
  'MORTISE_SERVER',
  'MORTISE_CREDENTIAL',
  'MORTISE_CA_FINGERPRINT',
];

/** Kubernetes sets these for a Service named "mortise". */
const serviceVariable = /^MORTISE_(?:[A-Z0-9_]+_)?(?:SERVICE_(?:HOST|PORT.*)|PORT(?:_\d+_.*)?)$/;

/** Defaults, then the file, then the environment, then flags; each value checked where it stands. Throws ConfigError. */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const values: Partial<Record<SettingName, unknown>> = {};
  const given = new Map<SettingName, { readonly key: string; readonly where: string }>();
  let profiles: readonly ConfiguredProfile[] = [];
  const set = (name: SettingName, raw: unknown, key: string, where: string): void => {
    values[name] = check(settings[name], raw, key, where);
    given.set(name, { key, where });
  };

  for (const name of settingNames) {
    const setting: Setting = settings[name];
    if (setting.default !== undefined) values[name] = settingValue(setting, setting.default);
  }

  const file = sources.file ?? sources.environment['MORTISE_CONFIG'] ?? defaultFile();
  if (file !== undefined) {
    // Loaded only when there is a file: the parser costs memory that an unconfigured server never needs.
    const { readConfigurationFile } = await import('./configuration-file.ts');
    const byFileKey = new Map(settingNames.map((name) => [fileKey(name), name]));
    for (const entry of readConfigurationFile(file)) {
      if (entry.key === 'profiles') {
        profiles = readProfileEntries(entry, file);
        continue;
      }
      const name = byFileKey.get(entry.key);
      if (name === undefined)
        throw unknownKey(entry.key, `${file}:${entry.line}`, [...byFileKey.keys(), 'profiles']);
      set(name, entry.value, entry.key, `${file}:${entry.line}`);
    }
  }

  const byVariable = new Map(settingNames.map((name) => [environmentKey(name), name]));
  const warnings: string[] = [];
  for (const [variable, text] of Object.entries(sources.environment)) {
    if (!variable.startsWith('MORTISE_') || text === undefined || text === '') continue;
    const name = byVariable.get(variable);
    if (name !== undefined) {
      set(name, text, variable, 'environment');
    } else if (!otherVariables.includes(variable) && !serviceVariable.test(variable)) {
      const allowed = whatIsAllowed(variable, [...byVariable.keys(), ...otherVariables], 'MORTISE_');
      warnings.push(`${variable.slice(0, 64)} sets nothing; ${allowed}`);
    }
  }

  for (const name of settingNames) {
    const raw = sources.flags[name];
    if (raw !== undefined) set(name, raw, flagName(name), 'command line');
  }

  if (sources.checkFiles === true) {
    for (const [name, { key, where }] of given) {
      const { file: kind }: Setting = settings[name];
      const problem = kind === undefined ? undefined : certificateFileProblem(values[name] as string);
      if (problem !== undefined) throw new ConfigError('wrong_value', key, `${where}: ${key}: ${problem}`);
    }
  }
  return {
    config: Object.freeze({ ...values, profiles }) as unknown as Config,
    given: new Set(given.keys()),
    warnings,
  };
}

function check(setting: Setting, raw: unknown, key: string, where: string): unknown {
  try {
    return settingValue(setting, raw);
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error;
    throw new ConfigError('wrong_value', key, `${where}: ${key} ${error.message}`);
  }
}

function unknownKey(key: string, where: string, allowed: readonly string[]): ConfigError {
  const hint = whatIsAllowed(key.replaceAll('-', '_'), allowed);
  return new ConfigError('unknown_key', key, `${where}: ${quotedName(key)} is not a setting; ${hint}`);
}

function defaultFile(): string | undefined {
  return existsSync('mortise.yaml') ? 'mortise.yaml' : undefined;
}
