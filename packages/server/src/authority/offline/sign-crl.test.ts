import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { verifySignature } from '@mortise/x509';
import { startOfTime } from '../testing/open-house.ts';
import { withCode } from '../testing/with-code.ts';
import { crlRequestDocument, readCrlRequest } from './crl-request.ts';
import { makeOfflineRoot } from './offline-root.ts';
import { offlineCrlLifetimeSeconds, signAuthorityCrl } from './sign-crl.ts';

const { certificate: root, privateKey: rootKey } = await makeOfflineRoot({
  name: 'vault',
  keyType: 'ed25519',
  now: startOfTime,
});
const request = {
  authorityId: 'auth_a',
  name: 'vault',
  root,
  crlNumber: startOfTime,
  revoked: [
    { serialNumber: '8a01', revokedAt: startOfTime, reason: 'superseded', subject: 'CN=a' },
    { serialNumber: '02', revokedAt: startOfTime, reason: 'unspecified' },
  ],
  madeAt: startOfTime,
} as const;
const sign = (more: Partial<Parameters<typeof signAuthorityCrl>[0]> = {}) =>
  signAuthorityCrl({ request, root, rootKey, now: startOfTime, ...more });

test('a CRL is signed by the root as it was asked for, with the number, the entries and their reasons', async () => {
  const crl = await sign();
  assert.ok(verifySignature(crl.signatureAlgorithm, root.publicKey, crl.tbsCertList, crl.signature));
  assert.equal(crl.crlNumber, BigInt(startOfTime));
  assert.equal(crl.nextUpdate! - crl.thisUpdate, offlineCrlLifetimeSeconds * 1000);
  assert.deepEqual(
    [...crl.entries()].map(({ serialBytes, reason }) => [serialBytes.toString('hex'), reason]),
    [
      ['008a01', 'superseded'],
      ['02', undefined],
    ],
  );
  assert.equal(crl.issuingDistributionPoint, undefined);
});

test('what does not fit together is not signed', async () => {
  const other = await makeOfflineRoot({ name: 'vault', keyType: 'ed25519', now: startOfTime });
  const { privateKey } = generateKeyPairSync('ed25519');
  await assert.rejects(sign({ rootKey: privateKey }), withCode('import_invalid'));
  await assert.rejects(
    sign({ root: other.certificate, rootKey: other.privateKey }),
    withCode('crl_request_invalid'),
  );
  await assert.rejects(sign({ now: startOfTime - 1000 }), withCode('crl_request_invalid'));
  await assert.rejects(sign({ now: root.notAfter }), withCode('import_invalid'));
  await assert.rejects(sign({ lifetimeSeconds: 0 }), withCode('lifetime_out_of_bounds'));
});

test('a request travels as a file, and is the same when it is read', () => {
  const document = crlRequestDocument(request);
  const read = readCrlRequest(JSON.stringify(document));
  assert.ok(read.root.der.equals(root.der));
  assert.deepEqual({ ...read, root }, request);
});

test('a file that is no request is refused, and told why', () => {
  const document = crlRequestDocument(request);
  const [entry] = document.revoked;
  for (const [file, told] of [
    ['nonsense', /no JSON/],
    [[], /no object/],
    [{ ...document, root: 'x' }, /"root" is no certificate/],
    [{ ...document, crl_number: 0 }, /"crl_number"/],
    [{ ...document, crl_number: 1.5 }, /"crl_number"/],
    [{ ...document, made_at: 'today' }, /"made_at"/],
    [{ ...document, name: undefined }, /"name"/],
    [{ ...document, revoked: {} }, /"revoked" is no list/],
    [{ ...document, revoked: [{ ...entry, serial_number: 'xyz' }] }, /"revoked\[0\].serial_number"/],
    [{ ...document, revoked: [{ ...entry, serial_number: '00' }] }, /"revoked\[0\].serial_number"/],
    [{ ...document, revoked: [{ ...entry, reason: 'removeFromCRL' }] }, /"revoked\[0\].reason"/],
    [{ ...document, revoked: [{ ...entry, revoked_at: null }] }, /"revoked\[0\].revoked_at"/],
  ] as const) {
    const text = typeof file === 'string' ? file : JSON.stringify(file);
    assert.throws(() => readCrlRequest(text), { code: 'crl_request_invalid', message: told });
  }
});
