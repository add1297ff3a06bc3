import type { EventDraft } from '../../events/index.ts';
import type { AuthorityRecord, AuthorityRequest } from '../authority-record.ts';
import type { IssuedCertificate } from '../issued-certificate.ts';
import type { RolloverRecord, Waiver } from './rollover-record.ts';
import type { TrustReport } from './trust-report.ts';

/** A certificate under the old root that is still good, and after which its holder has none under another. */
export type UnreplacedCertificate = Pick<
  IssuedCertificate,
  'fingerprint256' | 'profile' | 'clientId' | 'subject' | 'names' | 'notAfter'
>;

/** Where rollovers and reports of trust live. Each method with events writes rows and events in one transaction. */
export interface RolloverStore {
  /** Oldest first. */
  listRollovers(): Promise<RolloverRecord[]>;
  /** Adds a rollover with its new root and the cross-certificates; `false` as `addAuthorities` says it. */
  publish(
    act: {
      readonly rollover: RolloverRecord;
      readonly root: AuthorityRecord;
      readonly crossCertificates: readonly IssuedCertificate[];
      /** What the new root, if its key is kept elsewhere, has to sign before the switch. */
      readonly request?: AuthorityRequest;
      readonly expectedCount: number;
    },
    events: readonly EventDraft[],
  ): Promise<boolean>;
  /** Lets the new root sign, with its first intermediate: a new one, or staged ones by their ids. `false`: nothing was changed. */
  switch(
    act: {
      readonly rollover: RolloverRecord;
      readonly expectedRevision: number;
      readonly intermediate: AuthorityRecord | { readonly staged: readonly string[] };
      readonly expectedCount: number;
    },
    events: readonly EventDraft[],
  ): Promise<boolean>;
  /** Notes who was waived. `false`: nothing was changed. */
  waive(
    act: { readonly id: string; readonly waived: readonly Waiver[]; readonly expectedRevision: number },
    events: readonly EventDraft[],
  ): Promise<boolean>;
  /** Adds a report, or replaces that of the same process. */
  report(report: TrustReport): Promise<void>;
  /** Forgets what a process reported. */
  forgetReport(process: Pick<TrustReport, 'clientId' | 'kind' | 'instance'>): Promise<void>;
  listReports(): Promise<TrustReport[]>;
  /** Forgets what processes of a client reported as nodes. */
  forgetNodeReports(clientId: string): Promise<void>;
  /** Of the authorities given, at most `limit`, in the order of their fingerprints. */
  unreplaced(query: {
    readonly authorityIds: readonly string[];
    readonly now: number;
    readonly limit: number;
  }): Promise<UnreplacedCertificate[]>;
}
