import { readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './config-error.ts';

/** One `key: value` of the file, with the line of the key (from 1). */
export interface FileEntry {
  readonly key: string;
  readonly value: unknown;
  readonly line: number;
}

const fileLimitBytes = 1_048_576;

/** Reads a configuration file into its entries. Throws ConfigError with the file and line. */
export function readConfigurationFile(path: string): FileEntry[] {
  let text: string;
  try {
    const bytes = readFileSync(path);
    if (bytes.length > fileLimitBytes) {
      throw new ConfigError('file_invalid', undefined, `${path}: larger than ${fileLimitBytes} bytes`);
    }
    text = bytes.toString('utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      'file_unreadable',
      undefined,
      `${path}: cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  return parseConfiguration(text, path);
}

export function parseConfiguration(text: string, path: string): FileEntry[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number | undefined): number => lines.linePos(offset ?? 0).line;
  const broken = document.errors[0];
  if (broken !== undefined) {
    const what = broken.message.split('\n')[0];
    throw new ConfigError('file_invalid', undefined, `${path}:${lineAt(broken.pos[0])}: ${what}`);
  }
  const contents = document.contents;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (!isMap(contents)) {
    throw new ConfigError(
      'file_invalid',
      undefined,
      `${path}:${lineAt(contents.range?.[0])}: must hold "key: value" lines`,
    );
  }
  return contents.items.map((pair) => {
    const line = lineAt(isScalar(pair.key) ? pair.key.range?.[0] : undefined);
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const value = (pair.value as { toJS?: (doc: unknown) => unknown } | null)?.toJS?.(document);
    return { key, value, line };
  });
}
