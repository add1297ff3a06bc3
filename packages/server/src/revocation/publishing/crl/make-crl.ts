import { type CrlFields, createCrl } from '@mortise/x509';
import { crlUrl, deltaCrlUrl, type SigningAuthority } from '../../../authority/index.ts';
import { crlLifetimeMs, crlPublishedEveryMs, deltaCrlLifetimeMs } from '../lifetimes.ts';
import type { CertificateStatus, CrlScope, CrlStore, PublishedCrl } from '../store.ts';
import { completeEntries, deltaEntries } from './crl-contents.ts';

/** Makes the next complete CRL of a partition, and the delta that goes with it, under one number. */
export async function makeCrl(options: {
  readonly store: Pick<CrlStore, 'released'>;
  readonly authority: SigningAuthority;
  readonly scope: CrlScope;
  /** The outer URL under which the partition's certificates look for it. */
  readonly baseUrl: string;
  readonly contents: readonly CertificateStatus[];
  readonly previous: PublishedCrl | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}): Promise<PublishedCrl> {
  const { store, authority, scope, baseUrl, contents, previous, now } = options;
  const { authorityId, partition } = scope;
  const thisUpdate = Math.floor(now / 1000) * 1000;
  // The time, so that numbers ascend even after the database was put back to an earlier moment.
  const number = Math.max(now, (previous?.number ?? 0) + 1);
  const schedule = scheduleOf(previous, number, now);
  const { baseNumber, baseAt } = schedule;
  const fields = {
    issuer: authority.certificate,
    thisUpdate,
    crlNumber: number,
    ...scopeOf(authority, crlUrl(baseUrl, authorityId, partition)),
  };
  const complete = await createCrl(
    {
      ...fields,
      nextUpdate: thisUpdate + crlLifetimeMs,
      entries: completeEntries(contents),
      freshestCrl: [deltaCrlUrl(baseUrl, authorityId, partition)],
    },
    authority.signer,
  );
  const delta = await createCrl(
    {
      ...fields,
      nextUpdate: thisUpdate + deltaCrlLifetimeMs,
      entries: await deltaEntries(store, scope, contents, baseAt),
      deltaBase: baseNumber,
    },
    authority.signer,
  );
  return {
    ...scope,
    ...schedule,
    number,
    thisUpdate,
    nextUpdate: thisUpdate + crlLifetimeMs,
    complete: complete.der,
    delta: delta.der,
  };
}

/**
 * A partition says which it is, as its certificates do: relying parties compare the two (RFC 5280 §6.3.3 (b)(2)(i)). A root has one CRL with
 * everything on it, which says nothing, so that it also covers certificates that name no CRL, its own among them.
 */
function scopeOf({ record }: SigningAuthority, url: string): Pick<CrlFields, 'issuingDistributionPoint'> {
  if (record.kind === 'root') return {};
  return { issuingDistributionPoint: { fullName: [{ type: 'uri', value: url }] } };
}

/**
 * The delta builds on the scheduled CRL before the last one: whoever has fetched a complete CRL within the time between two has one
 * on which it builds.
 */
function scheduleOf(
  previous: PublishedCrl | undefined,
  number: number,
  now: number,
): Pick<PublishedCrl, 'scheduledNumber' | 'scheduledAt' | 'baseNumber' | 'baseAt'> {
  if (previous === undefined) {
    return { scheduledNumber: number, scheduledAt: now, baseNumber: number, baseAt: now };
  }
  const { scheduledNumber, scheduledAt, baseNumber, baseAt } = previous;
  if (!isDue(previous, now)) return { scheduledNumber, scheduledAt, baseNumber, baseAt };
  return {
    scheduledNumber: number,
    scheduledAt: now,
    baseNumber: scheduledNumber,
    baseAt: scheduledAt,
  };
}

/** Whether a CRL is to be published again without news. */
export function isDue(crl: Pick<PublishedCrl, 'scheduledAt'>, now: number): boolean {
  return now - crl.scheduledAt >= crlPublishedEveryMs;
}
