import type { AuthorityRecord } from '../authority-record.ts';
import type { Participant } from './participants.ts';
import type { RolloverRecord, RolloverStep } from './rollover-record.ts';
import type { UnreplacedCertificate } from './store.ts';

/** `published`: the new root is given out. `switched`: it issues. `retired`: the old one is ended. `cancelled`: the new one is. */
export type RolloverPhase = 'published' | 'switched' | 'retired' | 'cancelled';

/** How far a rollover is: computed from its roots, so that it cannot say otherwise than they do. */
export function phaseOf(
  record: RolloverRecord,
  authority: (id: string) => Pick<AuthorityRecord, 'state' | 'revokedAt'> | undefined,
): RolloverPhase {
  const newRoot = authority(record.newRootId);
  if (newRoot === undefined || newRoot.revokedAt !== undefined) return 'cancelled';
  if (authority(record.oldRootId)?.revokedAt !== undefined) return 'retired';
  return record.switchedAt === undefined ? 'published' : 'switched';
}

/** The step that comes next, if any. */
export function nextStep(phase: RolloverPhase): RolloverStep | undefined {
  if (phase === 'published') return 'switch';
  return phase === 'switched' ? 'retire' : undefined;
}

/** A rollover, and what is known of everybody who has to go along. */
export interface RolloverStatus {
  readonly record: RolloverRecord;
  readonly phase: RolloverPhase;
  readonly next: RolloverStep | undefined;
  readonly oldRoot: AuthorityRecord;
  readonly newRoot: AuthorityRecord;
  readonly participants: readonly Participant[];
  /** Under the old root, still good and not replaced: they end when it is retired. At most `certificatesShown`. */
  readonly certificates: readonly UnreplacedCertificate[];
  /** Names that stand in the way of the next step, without those that are waived. */
  readonly blocking: readonly string[];
  /** Names that are waived for the next step. */
  readonly waived: readonly string[];
}

export const certificatesShown = 1000;

/** How a certificate is named in a waiver: by its client, else its first name, else its fingerprint. */
export function holderOf({ clientId, names, fingerprint256 }: UnreplacedCertificate): string {
  const [first] = names;
  return clientId ?? first?.slice(first.indexOf(':') + 1) ?? fingerprint256;
}

/** Everybody in the way of the step, waived or not, each name once and in order. */
export function inTheWay(
  step: RolloverStep | undefined,
  participants: readonly Participant[],
  certificates: readonly UnreplacedCertificate[],
): string[] {
  if (step === undefined) return [];
  const names = participants.filter(({ state }) => state !== 'ready').map(({ name }) => name);
  const holders = step === 'retire' ? certificates.map(holderOf) : [];
  return [...new Set([...names, ...holders])].sort();
}
