import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  type CertificateRevocationList,
  type CrlFields,
  checkRevocation,
  createCrl,
  createKeySigner,
  createOcspRequest,
  OcspResponse,
} from '@mortise/x509';
import { crlRequestDocument, makeOfflineRoot, readCrlRequest } from '../../../authority/index.ts';
import { by } from '../../testing/open-revocation.ts';
import { openPublishing } from '../testing/open-publishing.ts';
import { type OfflineHouse, withOfflineRoot } from '../testing/with-offline-root.ts';

const dayMs = 86_400_000;

async function served({ get, rootId }: OfflineHouse): Promise<{ status: number; body: Buffer }> {
  return get(`/crl/${rootId}/0.crl`);
}

/** What a relying party finds about the intermediate by the CRL that is served. */
async function statusOf(house: OfflineHouse): Promise<string> {
  const { status, body } = await served(house);
  assert.equal(status, 200);
  const { certificate } = house.intermediate;
  const crls = [body];
  return (await checkRevocation({ certificate, issuer: house.root.certificate, crls, at: house.clock.now }))
    .status;
}

test('a CRL that an offline root signed is published where its intermediates look for it, and says who is revoked', async (t) => {
  const house = await withOfflineRoot(t);
  const { intermediate, rootCrls, revocation } = house;
  assert.equal(house.crlPath(intermediate.certificate), `/crl/${house.rootId}/0.crl`);
  assert.equal((await served(house)).status, 404);
  assert.deepEqual(
    (await rootCrls.list()).map(({ state }) => state),
    ['none'],
  );

  await house.importCrl(await house.signCrl());
  assert.equal(await statusOf(house), 'good');
  assert.equal((await house.get(`/crl/${house.rootId}/0/delta.crl`)).status, 404);
  assert.deepEqual(
    (await rootCrls.list()).map(({ state }) => state),
    ['current'],
  );

  await revocation.revokeAuthority(intermediate.record.id, { ...by, revocationReason: 'key_compromise' });
  const [before] = await rootCrls.list();
  assert.deepEqual([before?.state, before?.lacking], ['incomplete', 1]);
  const request = readCrlRequest(JSON.stringify(crlRequestDocument(await rootCrls.request('vault'))));
  assert.deepEqual(request.revoked, [
    {
      serialNumber: intermediate.certificate.serialNumber,
      revokedAt: house.clock.now,
      reason: 'keyCompromise',
      subject: intermediate.record.subject,
    },
  ]);
  const crl = await house.signCrl(request);
  const published = await house.importCrl(crl);
  assert.deepEqual([published.state, published.lacking], ['current', 0]);
  assert.equal(await statusOf(house), 'revoked');
  assert.equal(crl.find(intermediate.certificate.serialBytes)?.reason, 'keyCompromise');
  assert.deepEqual((await house.events()).at(-1)?.data, {
    crl_number: Number(crl.crlNumber),
    entries: 1,
    this_update: crl.thisUpdate / 1000,
    next_update: crl.nextUpdate! / 1000,
  });
  assert.deepEqual(house.errors, []);
});

test('the authority publishes for itself what its root cannot; nobody answers by OCSP for the root', async (t) => {
  const house = await withOfflineRoot(t);
  const { certificate } = await house.issue({ authority: 'vault' });
  assert.equal((await house.get(house.crlPath(certificate))).status, 200);
  const body = createOcspRequest({
    certificates: [house.intermediate.certificate],
    issuer: house.root.certificate,
  });
  const headers = { 'content-type': 'application/ocsp-request' };
  const answer = await house.get('/ocsp', { method: 'POST', headers, body });
  assert.equal(OcspResponse.parse(answer.body).status, 'unauthorized');
});

test('the CRL lives as long as was said, but no longer than its root, and is not served after that', async (t) => {
  const house = await withOfflineRoot(t);
  const endless = await house.signCrl({ lifetimeSeconds: 1e10 });
  assert.equal(endless.nextUpdate, house.root.certificate.notAfter);
  const crl = await house.signCrl({ lifetimeSeconds: 86_400 });
  assert.equal(crl.nextUpdate! - crl.thisUpdate, dayMs);
  await house.importCrl(crl);
  house.clock.now += dayMs;
  assert.equal((await served(house)).status, 503);
  assert.deepEqual(
    (await house.rootCrls.list()).map(({ state }) => state),
    ['expired'],
  );
  await assert.rejects(house.importCrl(crl), { code: 'crl_times_invalid' });
  await house.publishing.crls.publishDue();
  await house.importCrl(await house.signCrl());
  assert.equal(await statusOf(house), 'good');
});

test('a CRL that follows another is served at once, though the one before is kept in memory', async (t) => {
  const house = await withOfflineRoot(t);
  const crl = await house.signCrl();
  await house.importCrl(crl);
  await served(house);
  const next = await house.signCrl({ crlNumber: Number(crl.crlNumber) + 5 });
  await house.importCrl(next);
  assert.deepEqual((await served(house)).body, next.der);
});

test('the highest number that is taken leaves 2^32 for those that follow', async (t) => {
  const house = await withOfflineRoot(t);
  const highest = Number.MAX_SAFE_INTEGER - 2 ** 32;
  const { now: thisUpdate } = house.clock;
  await assert.rejects(house.importCrl(await signedWith(house, { thisUpdate, crlNumber: highest + 1 })), {
    code: 'crl_invalid',
    message: /its number, 9007194959773\d+, is above 9007194959773695: fewer than 2\^32 others could follow/,
  });
  await house.importCrl(await signedWith(house, { thisUpdate, crlNumber: highest }));
  await assert.rejects(house.importCrl(await signedWith(house, { thisUpdate, crlNumber: highest + 2 })), {
    code: 'crl_invalid',
  });
  const next = await house.signCrl();
  assert.equal(next.crlNumber, BigInt(highest + 1));
  await house.importCrl(next);
});

type Wrong = (house: OfflineHouse) => Promise<CertificateRevocationList>;

const signedWith = async (
  house: OfflineHouse,
  more: Partial<CrlFields>,
): Promise<CertificateRevocationList> => {
  const { now } = house.clock;
  return createCrl(
    {
      issuer: house.root.certificate,
      thisUpdate: now,
      nextUpdate: now + dayMs,
      crlNumber: now + 1,
      entries: [],
      ...more,
    },
    createKeySigner(house.root.privateKey),
  );
};

const refusals: Readonly<Record<string, readonly [string, Wrong]>> = {
  'of another issuer': [
    'crl_issuer_unknown',
    async (house) => {
      const other = await makeOfflineRoot({ name: 'vault', keyType: 'ec-p256', now: house.clock.now });
      return createCrl(
        { issuer: other.certificate, thisUpdate: 0, nextUpdate: dayMs, crlNumber: 1, entries: [] },
        createKeySigner(other.privateKey),
      );
    },
  ],
  'in the name of an online root': [
    'crl_issuer_unknown',
    (house) => signedWith(house, { issuer: house.authority.roots()[0]! }),
  ],
  'with the signature of another key': [
    'crl_signature_invalid',
    async (house) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const { now } = house.clock;
      return createCrl(
        {
          issuer: house.root.certificate,
          thisUpdate: now,
          nextUpdate: now + dayMs,
          crlNumber: now,
          entries: [],
        },
        createKeySigner(privateKey),
      );
    },
  ],
  'with changes alone': ['crl_invalid', (house) => signedWith(house, { deltaBase: 1 })],
  'with a narrower scope': [
    'crl_invalid',
    (house) =>
      signedWith(house, {
        issuingDistributionPoint: { fullName: [{ type: 'uri', value: 'http://pki.example/other.crl' }] },
      }),
  ],
  'with a critical extension': [
    'crl_invalid',
    (house) =>
      signedWith(house, { extensions: [{ oid: '1.2.3.4', critical: true, value: Buffer.from([5, 0]) }] }),
  ],
  'with a number beyond what is kept': [
    'crl_invalid',
    (house) => signedWith(house, { crlNumber: 1n << 60n }),
  ],
  'of the future': [
    'crl_times_invalid',
    (house) => signedWith(house, { thisUpdate: house.clock.now + 1000, nextUpdate: house.clock.now + dayMs }),
  ],
  'that has ended': [
    'crl_times_invalid',
    (house) => signedWith(house, { thisUpdate: house.clock.now - dayMs / 2, nextUpdate: house.clock.now }),
  ],
  'that outlives its root': [
    'crl_times_invalid',
    (house) => signedWith(house, { nextUpdate: house.root.certificate.notAfter + 1000 }),
  ],
  'with the number of the one before': [
    'crl_outdated',
    async (house) => {
      const crl = await house.signCrl();
      await house.importCrl(crl);
      return signedWith(house, { crlNumber: crl.crlNumber! });
    },
  ],
  'that is older than the one before': [
    'crl_outdated',
    async (house) => {
      await house.importCrl(await house.signCrl());
      const { now } = house.clock;
      return signedWith(house, { thisUpdate: now - 1000, crlNumber: now + 9 });
    },
  ],
  'without what is revoked': [
    'crl_incomplete',
    async (house) => {
      await house.revocation.revokeAuthority(house.intermediate.record.id, by);
      return house.signCrl({ revoked: [] });
    },
  ],
  'with an authority that is good': [
    'crl_contradicts',
    (house) => {
      const serialNumber = Buffer.from(house.intermediate.certificate.serialNumber, 'hex');
      return signedWith(house, { entries: [{ serialNumber, revokedAt: house.clock.now }] });
    },
  ],
};

for (const [what, [code, make]] of Object.entries(refusals)) {
  test(`a CRL ${what} is refused, and what is published stays`, async (t) => {
    const house = await withOfflineRoot(t);
    house.clock.now += dayMs;
    const wrong = await make(house);
    const before = await served(house);
    await assert.rejects(house.importCrl(wrong), { code });
    const after = await served(house);
    assert.deepEqual([after.status, after.body], [before.status, before.body]);
  });
}

test('what is no CRL is refused, and of two that are imported at once one is published', async (t) => {
  const house = await withOfflineRoot(t);
  const nothing = house.rootCrls.import({ crl: 'nothing', actor: 'cli' });
  await assert.rejects(nothing, { code: 'crl_invalid' });
  const crl = await house.signCrl();
  const outcomes = await Promise.allSettled([house.importCrl(crl), house.importCrl(crl)]);
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('a CRL is asked for by the id or the authority of a root that is kept offline, and for no other', async (t) => {
  const house = await withOfflineRoot(t);
  assert.equal((await house.rootCrls.request(house.rootId)).authorityId, house.rootId);
  await assert.rejects(house.rootCrls.request('main'), { code: 'root_not_offline' });
  await assert.rejects(house.rootCrls.request(house.intermediate.record.id), { code: 'root_not_offline' });
  await assert.rejects(house.rootCrls.request('nobody'), { code: 'authority_unknown' });
  const online = await openPublishing(t);
  assert.deepEqual(await online.rootCrls.list(), []);
});
