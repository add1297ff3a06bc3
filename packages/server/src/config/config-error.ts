export type ConfigErrorCode = 'file_unreadable' | 'file_invalid' | 'unknown_key' | 'wrong_value';

/** A configuration that cannot be used. The message is one line and says where, what, and what is allowed instead. */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode;
  /** The key as the person wrote it, or undefined when the whole file is at fault. */
  readonly key: string | undefined;

  constructor(code: ConfigErrorCode, key: string | undefined, message: string) {
    super(message);
    this.name = 'ConfigError';
    this.code = code;
    this.key = key;
  }
}
