import { ResourceServerError } from '../errors.ts';
import { type DenylistEntry, type DenylistKey, type DenylistKind, denylistKinds } from './denylist.ts';

/**
 * One line of the revocation feed. Positions count acts of the authorization server. A change has that of its act, which may have been
 * committed after later ones; a heartbeat that up to which no act is missing.
 */
export type FeedMessage =
  | {
      readonly type: 'snapshot';
      readonly position: number;
      readonly entries: readonly DenylistEntry[];
      /** Whether the list goes on in the next line. */
      readonly more: boolean;
      /** Which numbering of acts the positions belong to; absent before a database was ever restored. */
      readonly history?: string;
    }
  | {
      readonly type: 'change';
      readonly position: number;
      readonly add: readonly DenylistEntry[];
      readonly remove: readonly DenylistKey[];
    }
  | { readonly type: 'heartbeat'; readonly position: number }
  | {
      readonly type: 'trust';
      /** PEM of the roots to trust. */
      readonly roots: readonly string[];
      /** SHA-256 of roots to trust no more, lower-case hexadecimal. */
      readonly retired: readonly string[];
    };

const kinds: ReadonlySet<unknown> = new Set<DenylistKind>(denylistKinds);

/**
 * Reads one line. Undefined: a type this version does not know, which is passed over. Throws `feed_invalid` on anything malformed: half a
 * denylist is worse than none, because it looks like a whole one.
 */
export function readFeedMessage(line: string): FeedMessage | undefined {
  const message = parseObject(line);
  const { type, position } = message;
  if (type === 'trust') return readTrust(message);
  if (type !== 'snapshot' && type !== 'change' && type !== 'heartbeat') {
    if (typeof type === 'string') return undefined;
    throw invalid('a line without "type"');
  }
  if (typeof position !== 'number' || !Number.isSafeInteger(position) || position < 0) {
    throw invalid('"position" is not a non-negative integer');
  }
  switch (type) {
    case 'snapshot':
      if (typeof message['more'] !== 'boolean') throw invalid('"more" is not a boolean');
      return {
        type,
        position,
        entries: readEntries(message['entries']),
        more: message['more'],
        ...readHistory(message['history']),
      };
    case 'change':
      return {
        type,
        position,
        add: readEntries(message['add'] ?? []),
        remove: readEntries(message['remove'] ?? []),
      };
    case 'heartbeat':
      return { type, position };
  }
}

/** More roots than this no server has. */
const maxRoots = 100;

function readTrust({ roots, retired }: Record<string, unknown>): FeedMessage {
  if (!Array.isArray(roots) || roots.length > maxRoots) throw invalid('"roots" is not a short array');
  if (!Array.isArray(retired) || retired.some((one) => typeof one !== 'string')) {
    throw invalid('"retired" is not an array of texts');
  }
  const certificates = roots.map((root: unknown) => {
    const { certificate } = (root ?? {}) as { certificate?: unknown };
    if (typeof certificate !== 'string') throw invalid('a root has no certificate');
    return certificate;
  });
  return { type: 'trust', roots: certificates, retired: retired as string[] };
}

function readHistory(history: unknown): { readonly history?: string } {
  if (history === undefined) return {};
  if (typeof history !== 'string') throw invalid('"history" is not a text');
  return { history };
}

function readEntries(value: unknown): DenylistEntry[] {
  if (!Array.isArray(value)) throw invalid('a list of entries is not an array');
  return value.map(readEntry);
}

function readEntry(value: unknown): DenylistEntry {
  if (typeof value !== 'object' || value === null) throw invalid('an entry is not an object');
  const { kind, id, epoch, expiresAt } = value as Record<string, unknown>;
  if (!kinds.has(kind) || typeof id !== 'string' || id === '')
    throw invalid('an entry has no known "kind" or no "id"');
  // An absent number may come as null: a database's way to say it.
  if (epoch != null && !Number.isSafeInteger(epoch)) throw invalid('an "epoch" is not an integer');
  if (expiresAt != null && typeof expiresAt !== 'number') throw invalid('an "expiresAt" is not a number');
  return {
    kind: kind as DenylistKind,
    id,
    ...(epoch != null && { epoch: epoch as number }),
    ...(expiresAt != null && { expiresAt: expiresAt as number }),
  };
}

function parseObject(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below: the text of a JSON error would repeat the line.
  }
  throw invalid('a line is not a JSON object');
}

function invalid(what: string): ResourceServerError {
  return new ResourceServerError('feed_invalid', `the revocation feed is malformed: ${what}`);
}
