/** The situations of Chromium's CRL tests, by its names: `good`, `revoked`, and `bad` or `invalid`, from which nothing is learnt. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { checkRevocation, encodeDer } from '@mortise/x509';
import { type Case, FRAMES, makeCases, makePeople, type People } from './making/chromium-crls.ts';
import { rawCrl } from './making/raw-crl.ts';

const AT = Date.UTC(2017, 2, 9);
const ONE_WEEK_SECONDS = 7 * 24 * 3600;

function expectedOf(name: string): string {
  const [first = ''] = name.split('_');
  return first === 'good' || first === 'revoked' ? first : 'unknown';
}

describe('a CRL in the situations of Chromium', () => {
  let people: People;
  let cases: Readonly<Record<string, Case>>;

  before(async () => {
    people = await makePeople();
    cases = makeCases({
      leaf: people.leaf.certificate.serialBytes,
      byNewKey: people.leafByNewKey.certificate.serialBytes,
    });
  });

  async function statusOf(der: Buffer, { about = 'leaf', by = 'ca', older }: Partial<Case>): Promise<string> {
    const { status } = await checkRevocation({
      certificate: people[about].certificate,
      issuer: people[by].certificate,
      certificates: older === undefined ? [] : [people[older].certificate],
      crls: [der],
      at: AT,
      maxAgeSeconds: ONE_WEEK_SECONDS,
    });
    return status;
  }

  it('answers what the name of each says', async () => {
    const differing: string[] = [];
    for (const [name, one] of Object.entries(cases)) {
      const der = rawCrl(one.fields, people[one.signer ?? 'ca'].keys);
      const status = await statusOf(der, one);
      if (status !== expectedOf(name)) differing.push(`${name}: ${status}`);
    }
    assert.deepEqual(differing, []);
    assert.equal(Object.keys(cases).length + Object.keys(FRAMES).length, 66);
  });

  it('learns nothing where the frame around it is broken', async () => {
    for (const [name, frame] of Object.entries(FRAMES)) {
      assert.equal(await statusOf(encodeDer(frame), {}), 'unknown', name);
    }
  });
});
