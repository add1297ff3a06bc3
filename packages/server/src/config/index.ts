export { quotedName, whatIsAllowed } from './allowed-names.ts';
export type { ConfigErrorCode } from './config-error.ts';
export { ConfigError } from './config-error.ts';
export type { ConfiguredProfile } from './configured-profiles.ts';
export type { ConfigSources, LoadedConfig } from './load-config.ts';
export { loadConfig } from './load-config.ts';
export { formatAddress, parseAddress } from './setting-value.ts';
export type { Address, Config, Setting, SettingName } from './settings.ts';
export { environmentKey, fileKey, flagName, settingNames, settings } from './settings.ts';
