import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder (mode 0700) and those above it, where they are not there. Not `mkdirSync` with `recursive`, which never
 * ends where a parent exists and takes no folder (such as /proc). Answers those that it made, the outermost first.
 */
export function makeFolder(path: string): string[] {
  const missing: string[] = [];
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) mkdirSync(folder, { mode: 0o700 });
  return missing;
}
