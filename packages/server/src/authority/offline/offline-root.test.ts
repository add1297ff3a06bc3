import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { CertificateRequest, validatePath } from '@mortise/x509';
import type { AuthorityRequest } from '../authority-record.ts';
import { makeRequest } from '../testing/make-request.ts';
import { openHouse, startOfTime } from '../testing/open-house.ts';
import { revokeAuthorities } from '../testing/revoke-authorities.ts';
import { withCode } from '../testing/with-code.ts';
import { encryptPrivateKey, makeOfflineRoot, readPrivateKey } from './offline-root.ts';
import { signAuthorityRequest } from './sign-request.ts';

const actor = 'client:admin';
const passphrase = 'correct horse battery';
const forApi = {
  profile: 'server',
  names: ['api.example.com'],
  authority: 'partners',
  actor: 'cli',
} as const;

async function withOfflineRoot(t: TestContext, more: object = {}) {
  const house = await openHouse(t);
  const root = await makeOfflineRoot({ name: 'partners', keyType: 'ec-p384', now: startOfTime });
  const { administration } = house.authority;
  const created = await administration.create({
    name: 'partners',
    offlineRoot: root.certificate.toPem(),
    keyType: 'ec-p256',
    ...more,
    actor,
  });
  assert.ok(!created.done);
  const sign = (request: AuthorityRequest = created.request) =>
    signAuthorityRequest({
      request: CertificateRequest.parse(request.request),
      root: root.certificate,
      rootKey: root.privateKey,
      now: startOfTime,
    });
  return { ...house, administration, root, request: created.request, sign };
}

test('the key of an offline root never reaches the server: it signs a request away from it, and the result issues', async (t) => {
  const { authority, administration, root, request, clock } = await withOfflineRoot(t, {
    permittedNames: ['dns:example.com'],
  });
  await assert.rejects(authority.issue(forApi), withCode('no_active_authority'));
  assert.deepEqual(await administration.requests(), [request]);

  const encrypted = encryptPrivateKey(root.privateKey, passphrase);
  assert.match(encrypted, /BEGIN ENCRYPTED PRIVATE KEY/);
  const rootKey = readPrivateKey(encrypted, passphrase);
  const certificate = await signAuthorityRequest({
    request: CertificateRequest.parse(request.request),
    root: root.certificate,
    rootKey,
    now: clock.now,
  });
  const record = await administration.importSigned({ certificate: certificate.toPem(), actor });
  assert.equal(record.id, request.id);
  assert.deepEqual(await administration.requests(), []);

  const issued = await authority.issue(forApi);
  assert.equal(issued.record.authorityId, request.id);
  const path = await validatePath({
    leaf: issued.certificate,
    certificates: issued.chain,
    anchors: [root.certificate],
    at: clock.now,
    purpose: 'serverAuth',
    policy: 'rfc5280',
  });
  assert.equal(path.valid, true, JSON.stringify(path));
  assert.deepEqual(certificate.basicConstraints, { ca: true, pathLength: 0 });
  assert.equal(certificate.nameConstraints?.permitted.length, 1);
  await assert.rejects(
    authority.issue({ ...forApi, names: ['a.example.org'] }),
    withCode('name_not_allowed'),
  );
  assert.equal(authority.show(record.parentId!)?.sealedPrivateKey, undefined);
});

test('another intermediate of it is a request again, and each is answered once', async (t) => {
  const { authority, administration, sign } = await withOfflineRoot(t);
  const certificate = (await sign()).toPem();
  await administration.importSigned({ certificate, actor });
  await assert.rejects(administration.importSigned({ certificate, actor }), withCode('request_unknown'));
  const again = await administration.create({ name: 'partners', actor });
  assert.ok(!again.done);
  assert.equal(again.request.keyType, 'ec-p384');
  const second = await administration.importSigned({
    certificate: (await sign(again.request)).toPem(),
    actor,
  });
  assert.equal((await authority.issue(forApi)).record.authorityId, second.id);
});

test('a request that was cancelled is answered no more', async (t) => {
  const { administration, request, sign, events } = await withOfflineRoot(t);
  const certificate = (await sign()).toPem();
  await administration.cancelRequest({ id: request.id, actor });
  assert.deepEqual(await administration.requests(), []);
  assert.equal((await events()).at(-1)?.act, 'authority.request_cancelled');
  await assert.rejects(administration.importSigned({ certificate, actor }), withCode('request_unknown'));
  await assert.rejects(administration.cancelRequest({ id: request.id, actor }), withCode('request_unknown'));
});

test('a certificate that another root signed, or for another key, is refused', async (t) => {
  const { administration, request, root, sign } = await withOfflineRoot(t);
  const other = await makeOfflineRoot({ name: 'partners', keyType: 'ec-p384', now: startOfTime });
  const parsed = CertificateRequest.parse(request.request);
  const byOther = await signAuthorityRequest({
    request: parsed,
    root: other.certificate,
    rootKey: other.privateKey,
    now: startOfTime,
  });
  const refused = administration.importSigned({ certificate: byOther.toPem(), actor });
  await assert.rejects(refused, withCode('import_invalid'));
  const foreign = await makeRequest({ subject: 'CN=Foreign', basicConstraints: { ca: true } });
  const forOther = await signAuthorityRequest({
    request: CertificateRequest.parse(foreign.der),
    root: root.certificate,
    rootKey: root.privateKey,
    now: startOfTime,
  });
  await assert.rejects(
    administration.importSigned({ certificate: forOther.toPem(), actor }),
    withCode('request_unknown'),
  );
  await assert.rejects(
    administration.importSigned({ certificate: 'nothing', actor }),
    withCode('import_invalid'),
  );
  await administration.importSigned({ certificate: (await sign()).toPem(), actor });
});

test('a certificate that came too late is refused, and one under a revoked root', async (t) => {
  const { administration, authority, storage, request, sign, clock } = await withOfflineRoot(t);
  const certificate = (await sign()).toPem();
  clock.now = startOfTime + 3000 * 86_400_000;
  await assert.rejects(administration.importSigned({ certificate, actor }), withCode('import_invalid'));
  clock.now = startOfTime;
  await revokeAuthorities(storage, [request.parentId], clock.now);
  assert.ok(!authority.isActive(request.parentId));
  assert.deepEqual(await administration.requests(), []);
  await assert.rejects(administration.importSigned({ certificate, actor }), withCode('request_unknown'));
});

test('a root is refused that is none, or that comes with others', async (t) => {
  const { authority } = await openHouse(t);
  const { administration } = authority;
  const own = authority.certificate(authority.list()[1]!.id)!.toPem();
  const create = (offlineRoot: string) => administration.create({ name: 'partners', offlineRoot, actor });
  await assert.rejects(create(own), withCode('import_invalid'));
  await assert.rejects(create('nothing'), withCode('import_invalid'));
  await assert.rejects(create(authority.roots()[0]!.toPem()), withCode('authority_exists'));
  const { certificate } = await makeOfflineRoot({ name: 'a', keyType: 'ed25519', now: startOfTime });
  await assert.rejects(create(certificate.toPem() + certificate.toPem()), withCode('import_invalid'));
  const again = administration.create({ name: 'main', offlineRoot: certificate.toPem(), actor });
  await assert.rejects(again, withCode('authority_exists'));
});

test('what is signed away from the server is looked at there, too', async () => {
  const root = await makeOfflineRoot({ name: 'partners', keyType: 'ec-p256', now: startOfTime });
  const sign = (der: Buffer, more: object = {}) =>
    signAuthorityRequest({
      request: CertificateRequest.parse(der),
      root: root.certificate,
      rootKey: root.privateKey,
      now: startOfTime,
      ...more,
    });
  const ca = { basicConstraints: { ca: true } };
  const good = await makeRequest({ subject: 'CN=a', ...ca });
  const signed = await sign(good.der, { lifetimeSeconds: 86_400 });
  assert.equal(signed.notAfter, startOfTime + 86_400_000);
  await assert.rejects(sign((await makeRequest({ subject: 'CN=a' })).der), withCode('csr_invalid'));
  await assert.rejects(sign((await makeRequest(ca)).der), withCode('csr_invalid'));
  const asking = await makeRequest({ subject: 'CN=a', ...ca, extendedKeyUsage: ['serverAuth'] });
  await assert.rejects(sign(asking.der), withCode('csr_invalid'));
  const tampered = Buffer.from(good.der);
  tampered[tampered.length - 1]! ^= 1;
  await assert.rejects(sign(tampered), withCode('csr_signature_invalid'));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await assert.rejects(sign(good.der, { rootKey: privateKey }), withCode('import_invalid'));
  await assert.rejects(sign(good.der, { now: root.certificate.notAfter }), withCode('import_invalid'));
});

test('a key is read with its passphrase alone, which is not short, and no error holds anything of it', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  assert.throws(() => encryptPrivateKey(privateKey, 'short'), withCode('passphrase_weak'));
  const encrypted = encryptPrivateKey(privateKey, passphrase);
  assert.ok(readPrivateKey(encrypted, passphrase).equals(privateKey));
  for (const wrong of [undefined, 'another passphrase']) {
    assert.throws(() => readPrivateKey(encrypted, wrong), withCode('key_unreadable'));
  }
  assert.throws(() => readPrivateKey('nothing', undefined), withCode('key_unreadable'));
});
