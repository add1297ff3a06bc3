import { quotedName, whatIsAllowed } from './allowed-names.ts';
import { ConfigError } from './config-error.ts';
import type { FileEntry } from './configuration-file.ts';

/** One profile as the file has it: not yet read, because what it may hold is the authority's to say. */
export interface ConfiguredProfile {
  readonly name: string;
  /** Its members; whatever stands there. */
  readonly document: unknown;
  /** What is wrong with a member of it, or with all of it, as an error that names the file, the line and the key. */
  readonly error: (member: string | undefined, message: string) => ConfigError;
  /** That it has a member which is none of those allowed, likewise. */
  readonly unknownMember: (member: string, allowed: readonly string[]) => ConfigError;
}

/** `profiles:` of the file: names with their members. Throws ConfigError. */
export function readProfileEntries(entry: FileEntry, file: string): ConfiguredProfile[] {
  const { key, value, line, lineOf } = entry;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError(
      'wrong_value',
      key,
      `${file}:${line}: ${key} must be names of profiles with their members`,
    );
  }
  return Object.entries(value).map(([name, document]) => ({
    name,
    document,
    error: (member, message) => {
      const path = member === undefined || member === 'name' ? [name] : [name, member];
      const place = [key, ...path].join('.');
      return new ConfigError('wrong_value', place, `${file}:${lineOf(path)}: ${place}: ${message}`);
    },
    unknownMember: (member, allowed) => {
      const where = `${file}:${lineOf([name, member])}: ${[key, name].join('.')}`;
      const message = `${where}: ${quotedName(member)} is no member of a profile; ${whatIsAllowed(member, allowed)}`;
      return new ConfigError('unknown_key', [key, name, member].join('.'), message);
    },
  }));
}
