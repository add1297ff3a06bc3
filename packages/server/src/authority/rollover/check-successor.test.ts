import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { createKeySigner } from '@mortise/x509';
import { makeSuccessor } from '../offline/make-successor.ts';
import { makeOfflineRoot } from '../offline/offline-root.ts';
import {
  type RolloverRequest,
  readRolloverRequest,
  readSuccessor,
  rolloverRequestDocument,
  type Successor,
  successorDocument,
} from '../offline/rollover-request.ts';
import { signLinted } from '../sign-linted.ts';
import { startOfTime } from '../testing/open-house.ts';
import { withCode } from '../testing/with-code.ts';
import { checkSuccessor } from './check-successor.ts';

const now = startOfTime;
const old = await makeOfflineRoot({ name: 'vault', keyType: 'ec-p256', now });
const place = (authorityId: string) => ({
  authorityId,
  certificateUrl: `http://pki.example/ca/${authorityId}.crt`,
  crlUrl: `http://pki.example/crl/${authorityId}/0.crl`,
});
const request: RolloverRequest = {
  name: 'vault',
  oldRoot: old.certificate,
  old: place('auth_old'),
  successor: place('auth_0123456789abcdef'),
  madeAt: now,
};
const make = (more: Partial<RolloverRequest> = {}) =>
  makeSuccessor({ request: { ...request, ...more }, root: old.certificate, rootKey: old.privateKey, now });
const made = await make();
const successor = readSuccessor({ ...successorDocument(made) });

test('a successor is made with the key of the root alone, and travels as files', async () => {
  await checkSuccessor(successor, old.certificate, now);
  assert.match(made.newByOld!.der.toString('latin1'), /\/crl\/auth_old\/0\.crl/);
  assert.match(made.oldByNew.der.toString('latin1'), /\/crl\/auth_0123456789abcdef\/0\.crl/);
  const read = readRolloverRequest(JSON.stringify(rolloverRequestDocument(request)));
  assert.deepEqual({ ...read, oldRoot: undefined }, { ...request, oldRoot: undefined });
  const other = await makeOfflineRoot({ name: 'vault', keyType: 'ec-p256', now });
  await assert.rejects(make({ oldRoot: other.certificate }), withCode('rollover_request_invalid'));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const stranger = makeSuccessor({ request, root: old.certificate, rootKey: privateKey, now });
  await assert.rejects(stranger, withCode('import_invalid'));
});

test('files that are no request and no successor are refused', () => {
  for (const text of ['nonsense', '{}', JSON.stringify({ ...rolloverRequestDocument(request), old: 'x' })]) {
    assert.throws(() => readRolloverRequest(text), withCode('rollover_request_invalid'));
  }
  for (const authority of ['', 'Vault', 'vault,O=Other', 'vault+OU=x', '-vault', 'v'.repeat(64)]) {
    const text = JSON.stringify({ ...rolloverRequestDocument(request), authority });
    assert.throws(() => readRolloverRequest(text), {
      code: 'rollover_request_invalid',
      message: /"authority"/,
    });
  }
  const document = successorDocument(made);
  for (const wrong of [{ root: 'x' }, { old_by_new: 5 }, { new_by_old: '' }, { authority_id: undefined }]) {
    assert.throws(() => readSuccessor({ ...document, ...wrong }), withCode('rollover_request_invalid'));
  }
});

const leaf = await signLinted(
  {
    subject: 'CN=leaf',
    issuer: old.certificate,
    notBefore: now,
    notAfter: now + 86_400_000,
    publicKey: made.root.publicKey,
    basicConstraints: { ca: false },
  },
  { keyType: 'ec-p256', signer: createKeySigner(old.privateKey) },
);
const other = await make();

const refusals: Readonly<Record<string, Partial<Successor>>> = {
  'with an id of its own': { authorityId: 'auth_main' },
  'that is no root': { root: leaf },
  'with the certificate of another new root by the old one': { newByOld: other.newByOld! },
  'with the certificate of the old root by another new one': { oldByNew: other.oldByNew },
  'with its own certificate for that by the old one': { newByOld: made.root },
  'with a certificate that is none of an authority': { newByOld: leaf },
  'with the two changed about': { newByOld: made.oldByNew, oldByNew: made.newByOld! },
};

for (const [what, change] of Object.entries(refusals)) {
  test(`a successor ${what} is refused`, async () => {
    await assert.rejects(checkSuccessor({ ...successor, ...change }, old.certificate, now), {
      code: 'successor_invalid',
    });
  });
}

test('a successor that the old root has not certified, or that has ended, is refused', async () => {
  const { newByOld: _, ...uncertified } = successor;
  for (const [given, at] of [
    [uncertified, now],
    [successor, made.root.notAfter],
  ] as const) {
    await assert.rejects(checkSuccessor(given, old.certificate, at), { code: 'successor_invalid' });
  }
});
