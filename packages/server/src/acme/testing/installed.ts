import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Where Debian puts programs that only an administrator has on the PATH. */
const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];

/** The path of a program; undefined where it is not installed. */
export function programPath(program: string): string | undefined {
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Why tests that need these programs are skipped: which are missing. `false` where all are there. */
export function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter((program) => programPath(program) === undefined);
  return absent.length === 0 ? false : `not installed: ${absent.join(', ')}`;
}
