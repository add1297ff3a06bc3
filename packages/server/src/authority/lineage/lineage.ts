import type { LineageEntry } from './store.ts';

/**
 * Where a client is: `unused`, nothing of it was used; `waiting`, it has a new certificate and still uses the old; `moving`, it uses the
 * new one, and the old one still, or tokens bound to that live; `settled`, it uses the new one alone.
 */
export type LineageStage = 'unused' | 'waiting' | 'moving' | 'settled';

export const lineageStages: readonly LineageStage[] = ['unused', 'waiting', 'moving', 'settled'];

export interface LineageMember extends LineageEntry {
  /** Fingerprint of the next in the lineage. */
  readonly replacedBy?: string;
}

/** Successive certificates of one client under one profile, with the same names. */
export interface Lineage {
  readonly clientId: string;
  readonly profile: string;
  readonly names: readonly string[];
  readonly stage: LineageStage;
  /** The newest first: those that have not ended, those on which tokens hang, and the one before the newest. */
  readonly certificates: readonly LineageMember[];
}

/**
 * The lineages in which these certificates stand, oldest lineage first; those that have ended are left out. A certificate
 * succeeds the one that its order replaced; where the order names none, the latest for the same client, profile and names that
 * the same ACME account ordered, or that was issued without ACME like itself. So two instances of one client, each with
 * an account, are two lineages. `entries` oldest first.
 */
export function lineages(entries: readonly LineageEntry[], at: number): Lineage[] {
  const chains: LineageEntry[][] = [];
  const byFingerprint = new Map<string, LineageEntry[]>();
  const byKind = new Map<string, LineageEntry[]>();
  for (const entry of entries) {
    const { certificate, accountId = '', replaces } = entry;
    const kind = JSON.stringify([
      certificate.clientId,
      certificate.profile,
      [...certificate.names].sort(),
      accountId,
    ]);
    let chain = (replaces === undefined ? undefined : byFingerprint.get(replaces)) ?? byKind.get(kind);
    if (chain === undefined) {
      chain = [];
      chains.push(chain);
    }
    chain.push(entry);
    byFingerprint.set(certificate.fingerprint256, chain);
    byKind.set(kind, chain);
  }
  return chains
    .filter((chain) => chain.some((entry) => isAlive(entry, at)))
    .map((chain) => describe(chain, at));
}

function describe(chain: readonly LineageEntry[], at: number): Lineage {
  const members = chain.map((entry, index): LineageMember => {
    const next = chain[index + 1]?.certificate.fingerprint256;
    // Tokens bound to a revoked certificate are dead with it.
    const liveTokens = entry.certificate.revokedAt === undefined ? entry.liveTokens : 0;
    return { ...entry, liveTokens, ...(next === undefined ? {} : { replacedBy: next }) };
  });
  const { clientId, profile, names } = chain.at(-1)!.certificate;
  const certificates = members
    .filter((member, index) => isAlive(member, at) || index >= members.length - 2)
    .reverse();
  return { clientId, profile, names, stage: stageOf(members), certificates };
}

function stageOf(members: readonly LineageMember[]): LineageStage {
  const newest =
    members.findLast(({ certificate }) => certificate.revokedAt === undefined) ?? members.at(-1)!;
  const former = members.filter((member) => member !== newest);
  const newestUse = usedAt(newest);
  const formerUse = Math.max(0, ...former.map(usedAt));
  if (newestUse === 0) return formerUse === 0 ? 'unused' : 'waiting';
  return formerUse > newestUse || former.some(({ liveTokens }) => liveTokens > 0) ? 'moving' : 'settled';
}

function usedAt({ lastUsedAt = 0, lastSeenAt = 0 }: LineageEntry): number {
  return Math.max(lastUsedAt, lastSeenAt);
}

function isAlive({ certificate, liveTokens }: LineageEntry, at: number): boolean {
  return certificate.revokedAt === undefined && (certificate.notAfter > at || liveTokens > 0);
}
