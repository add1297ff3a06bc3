/**
 * What revoking, looking up, answering by OCSP and publishing CRLs cost when many certificates were issued and a tenth of them revoked,
 * beside the same with few; and the largest CRL.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Certificate, createOcspRequest } from '@mortise/x509';
import type { IssuedCertificate } from '../../packages/server/src/authority/index.ts';
import { type House, makeRequests, openHouse, timed } from '../house.ts';
import { type Figure, median, round } from '../table.ts';

const inFlight = 16;
const trials = 200;

interface Costs {
  /** Microseconds each. */
  readonly revoke: number;
  readonly lookUp: number;
  readonly ocsp: number;
  readonly publish: number;
}

export async function largeAuthority(few: number, many: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-bench-'));
  const house = await openHouse(`sqlite:${join(folder, 'mortise.db')}`);
  try {
    const fingerprints: string[] = [];
    const requests = await makeRequests(64);
    await grow(house, fingerprints, requests, few);
    // The first time the code is not compiled yet.
    await measure(house, fingerprints, 1);
    const small = await measure(house, fingerprints, 3);
    await grow(house, fingerprints, requests, many);
    const large = await measure(house, fingerprints, 5);
    const beside = `${round(many)} certificates, a tenth revoked, beside ${round(few)}`;
    const figure = (name: string, cost: keyof Costs): Figure => ({
      name: `${name}: ${beside}`,
      value: large[cost] / small[cost],
      unit: '×',
      target: { most: 1.5 },
      detail: `${round(large[cost])} µs, ${round(small[cost])} µs`,
    });
    return [
      figure('revoking', 'revoke'),
      figure('look-up', 'lookUp'),
      figure('OCSP, signed for the first time', 'ocsp'),
      figure('publishing a CRL after a revocation', 'publish'),
      {
        name: 'largest CRL',
        value: await largestCrl(house, fingerprints),
        unit: 'kB',
        target: { most: 1000 },
        detail: `of ${round(many)} certificates`,
      },
    ];
  } finally {
    await house.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Issues until there are `total`, and revokes every tenth. */
async function grow(
  house: House,
  fingerprints: string[],
  requests: readonly Buffer[],
  total: number,
): Promise<void> {
  const first = fingerprints.length;
  await timed(total - first, inFlight, async (index) => {
    const csr = requests[index % requests.length]!;
    const { record } = await house.authority.issue({
      profile: 'server',
      names: ['a.example'],
      csr,
      actor: 'cli',
    });
    fingerprints[first + index] = record.fingerprint256;
    if (index % 10 === 0) await revokeOne(house, record);
    if (total > 100_000 && index % 100_000 === 0)
      process.stderr.write(`issued ${round(index)} of ${round(total)} …\n`);
  });
}

/** `offset`: another one each time, so that what is revoked was not yet. */
async function measure(house: House, fingerprints: readonly string[], offset: number): Promise<Costs> {
  const micros = (milliseconds: number): number => (milliseconds * 1000) / trials;
  // Spread over everything that was issued; every tenth is revoked already.
  const step = Math.floor(fingerprints.length / trials / 10) * 10;
  const chosen = (offset: number): Promise<IssuedCertificate[]> =>
    Promise.all(
      Array.from({ length: trials }, async (_, index) =>
        recordOf(house, fingerprints[index * step + offset]!),
      ),
    );
  const records = await chosen(offset);
  const lookUp = micros(await timed(trials, 1, (index) => recordOf(house, records[index]!.fingerprint256)));
  const questions = records.map((record) => {
    const issuer = house.authority.certificate(record.authorityId)!;
    return createOcspRequest({ certificates: [Certificate.parse(record.certificate)], issuer });
  });
  const ocsp = micros(await timed(trials, 1, (index) => house.publishing.ocsp.answer(questions[index]!)));
  const revoke = micros(await timed(trials, inFlight, (index) => revokeOne(house, records[index]!)));
  const publications: number[] = [];
  for (const record of (await chosen(offset + 1)).slice(0, 40)) {
    const scope = scopeOf(record);
    await house.publishing.crls.find(scope);
    await revokeOne(house, record);
    publications.push(1000 * (await timed(1, 1, () => house.publishing.crls.find(scope))));
  }
  return { revoke, lookUp, ocsp, publish: median(publications) };
}

async function recordOf(house: House, fingerprint256: string): Promise<IssuedCertificate> {
  const record = await house.authority.findCertificate(fingerprint256);
  if (record === undefined) throw new Error('a certificate of the bench is not on record');
  return record;
}

async function revokeOne(house: House, record: IssuedCertificate): Promise<void> {
  await house.revocation.revokeCertificate(record, { actor: 'cli', reason: 'superseded' });
}

function scopeOf({ authorityId, crlPartition = 0 }: IssuedCertificate): {
  authorityId: string;
  partition: number;
} {
  return { authorityId, partition: crlPartition };
}

/** In kilobytes. */
async function largestCrl(house: House, fingerprints: readonly string[]): Promise<number> {
  const scopes = new Map<string, ReturnType<typeof scopeOf>>();
  for (let index = 0; index < fingerprints.length; index += 1000) {
    const scope = scopeOf(await recordOf(house, fingerprints[index]!));
    scopes.set(JSON.stringify(scope), scope);
  }
  let largest = 0;
  for (const scope of scopes.values()) {
    largest = Math.max(largest, (await house.publishing.crls.find(scope))?.complete.length ?? 0);
  }
  return largest / 1000;
}
