/**
 * What revoking, looking up, answering by OCSP and publishing CRLs cost when many certificates were issued and a tenth of them revoked,
 * beside the same with few, by turns; and the largest CRL. Medians: a stop of the disk is nobody's cost.
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
const publications = 10;
/** Its multiples fall evenly between 0 and 1. */
const goldenRatio = (1 + Math.sqrt(5)) / 2;

/** Microseconds each. */
interface Samples {
  readonly lookUp: number[];
  readonly ocsp: number[];
  /** With others in flight: one mean a round. */
  readonly revoke: number[];
  readonly publish: number[];
}

interface Issuer {
  readonly house: House;
  readonly fingerprints: string[];
  readonly revoked: Set<string>;
}

export async function largeAuthority(few: number, many: number, rounds: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-bench-'));
  const opened: Issuer[] = [];
  const open = async (name: string, total: number): Promise<Issuer> => {
    const house = await openHouse(`sqlite:${join(folder, `${name}.db`)}`);
    const issuer: Issuer = { house, fingerprints: [], revoked: new Set() };
    opened.push(issuer);
    await grow(issuer, total);
    return issuer;
  };
  try {
    const small = await open('small', few);
    const large = await open('large', many);
    // The first rounds compile the code.
    for (const issuer of [small, large, small, large]) await measure(issuer);
    const seen = { small: [] as Samples[], large: [] as Samples[] };
    for (let turn = 0; turn < rounds; turn += 1) {
      seen.small.push(await measure(small));
      seen.large.push(await measure(large));
    }
    const beside = `${round(many)} certificates, a tenth revoked, beside ${round(few)}`;
    const figure = (name: string, cost: keyof Samples): Figure => {
      const cheap = median(seen.small.flatMap((samples) => samples[cost]));
      const dear = median(seen.large.flatMap((samples) => samples[cost]));
      return {
        name: `${name}: ${beside}`,
        value: dear / cheap,
        unit: '×',
        target: { most: 1.5 },
        detail: `${round(dear)} µs, ${round(cheap)} µs`,
      };
    };
    return [
      figure('revoking', 'revoke'),
      figure('look-up', 'lookUp'),
      figure('OCSP, signed for the first time', 'ocsp'),
      figure('publishing a CRL after a revocation', 'publish'),
      {
        name: 'largest CRL',
        value: await largestCrl(large),
        unit: 'kB',
        target: { most: 1000 },
        detail: `of ${round(many)} certificates`,
      },
    ];
  } finally {
    for (const { house } of opened) await house.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Issues this many, and revokes every tenth. */
async function grow({ house, fingerprints, revoked }: Issuer, total: number): Promise<void> {
  const requests = await makeRequests(64);
  await timed(total, inFlight, async (index) => {
    const csr = requests[index % requests.length]!;
    const { record } = await house.authority.issue({
      profile: 'server',
      names: ['a.example'],
      csr,
      actor: 'cli',
    });
    fingerprints[index] = record.fingerprint256;
    if (index % 10 === 0) {
      await revokeOne(house, record);
      revoked.add(record.fingerprint256);
    }
    if (total > 100_000 && index % 100_000 === 0)
      process.stderr.write(`issued ${round(index)} of ${round(total)} …\n`);
  });
}

/** One round with certificates that were issued at any time and are valid; those that it revokes are not chosen again. */
async function measure(issuer: Issuer): Promise<Samples> {
  const { house } = issuer;
  const records = await choose(issuer, trials);
  const lookUp = await eachTimed(records, ({ fingerprint256 }) => recordOf(house, fingerprint256));
  const questions = records.map((record) =>
    createOcspRequest({
      certificates: [Certificate.parse(record.certificate)],
      issuer: house.authority.certificate(record.authorityId)!,
    }),
  );
  const ocsp = await eachTimed(questions, (question) => house.publishing.ocsp.answer(question));
  const revoking = await timed(trials, inFlight, (index) => revokeOne(house, records[index]!));
  const publish: number[] = [];
  for (const record of await choose(issuer, publications)) {
    const scope = scopeOf(record);
    await house.publishing.crls.find(scope);
    await revokeOne(house, record);
    publish.push(1000 * (await timed(1, 1, () => house.publishing.crls.find(scope))));
  }
  return { lookUp, ocsp, revoke: [(revoking * 1000) / trials], publish };
}

/** Spread evenly over everything that was issued, each time at other places; none was revoked before. */
async function choose({ house, fingerprints, revoked }: Issuer, count: number): Promise<IssuedCertificate[]> {
  const offset = (revoked.size * goldenRatio) % 1;
  const records: IssuedCertificate[] = [];
  for (let part = 0; part < count; part += 1) {
    let index = Math.floor(((part + offset) / count) * fingerprints.length);
    while (revoked.has(fingerprints[index]!)) index = (index + 1) % fingerprints.length;
    revoked.add(fingerprints[index]!);
    records.push(await recordOf(house, fingerprints[index]!));
  }
  return records;
}

/** Microseconds of each, one after another. */
async function eachTimed<Item>(items: readonly Item[], work: (item: Item) => unknown): Promise<number[]> {
  const samples: number[] = [];
  for (const item of items) samples.push(1000 * (await timed(1, 1, () => work(item))));
  return samples;
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
async function largestCrl({ house, fingerprints }: Issuer): Promise<number> {
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
