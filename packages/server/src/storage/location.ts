import { resolve } from 'node:path';
import { StorageError } from './errors.ts';

/** Where a database is. */
export type Location =
  | { readonly dialect: 'sqlite'; readonly path: string }
  | { readonly dialect: 'postgres'; readonly url: string };

/** `sqlite:<path>`, or `postgres://…` as libpq takes it. Throws StorageError `unreachable` for anything else. */
export function parseLocation(url: string): Location {
  if (url.startsWith('sqlite:') && url.length > 'sqlite:'.length) {
    return { dialect: 'sqlite', path: resolve(url.slice('sqlite:'.length)) };
  }
  if (/^postgres(?:ql)?:\/\//.test(url)) return { dialect: 'postgres', url };
  // The URL itself may hold a password.
  throw new StorageError('unreachable', 'the database URL is neither sqlite:<path> nor postgres://…');
}

/** For messages: which database this is, without the password that its URL may hold. */
export function locationText(url: string): string {
  const location = parseLocation(url);
  if (location.dialect === 'sqlite') return `the database ${location.path}`;
  const { host = '', pathname = '' } = URL.parse(url) ?? {};
  return `the PostgreSQL database ${host}${pathname}`;
}
