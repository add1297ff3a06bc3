import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './config-error.ts';

/** One `key: value` of the file, with the line of the key (from 1). */
export interface FileEntry {
  readonly key: string;
  readonly value: unknown;
  readonly line: number;
  /** The line of what stands at a path inside the value, or of the nearest thing above it. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
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
    const value = valueFrom(pair.value, document, `${path}:${line}: ${key}`);
    const lineOf = (path: readonly (string | number)[]): number => {
      for (let length = path.length; length > 0; length -= 1) {
        const offset = offsetOf(pair.value, path.slice(0, length));
        if (offset !== undefined) return lineAt(offset);
      }
      return line;
    };
    return { key, value, line, lineOf };
  });
}

/** What a node stands for. Only aliases (`*name`) can be wrong here: one that nothing is named by, and too many of them. */
function valueFrom(node: unknown, document: Document.Parsed, where: string): unknown {
  try {
    return (node as { toJS?: (doc: unknown) => unknown } | null)?.toJS?.(document);
  } catch (error) {
    const what = error instanceof Error ? error.message.split('\n')[0] : 'cannot be read';
    throw new ConfigError(
      'file_invalid',
      undefined,
      `${where}: ${what}; in YAML a value that begins with * is written in quotes`,
    );
  }
}

/** Where the key, or the item, stands in the text. */
function offsetOf(value: unknown, path: readonly (string | number)[]): number | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return undefined;
  if (isMap(value)) {
    const pair = value.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    if (pair === undefined) return undefined;
    if (rest.length > 0) return offsetOf(pair.value, rest);
    return isScalar(pair.key) ? pair.key.range?.[0] : undefined;
  }
  if (isSeq(value)) {
    const item = value.items[Number(step)];
    return rest.length > 0 ? offsetOf(item, rest) : (item as { range?: [number] } | undefined)?.range?.[0];
  }
  return undefined;
}
