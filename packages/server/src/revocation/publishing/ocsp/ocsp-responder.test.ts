import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Certificate,
  type CertificateIdHash,
  createOcspRequest,
  OcspResponse,
  Certificate as Parsed,
} from '@mortise/x509';
import { MemoryToken } from '../../../authority/testing/memory-token.ts';
import { by } from '../../testing/open-revocation.ts';
import { ocspLifetimeMs, ocspSignedEveryMs, responderLifetimeSeconds } from '../lifetimes.ts';
import { type HttpAnswer, openPublishing, type PublishingHouse } from '../testing/open-publishing.ts';

type Issued = Awaited<ReturnType<PublishingHouse['issue']>>;
interface Asked {
  readonly nonce?: Buffer;
  readonly hash?: CertificateIdHash;
}

function requestFor(house: PublishingHouse, issued: readonly Issued[], asked: Asked = {}): Buffer {
  const issuer = house.authority.certificate(issued[0]!.record.authorityId)!;
  return createOcspRequest({ certificates: issued.map(({ certificate }) => certificate), issuer, ...asked });
}

const post = (house: PublishingHouse, body: Buffer): Promise<HttpAnswer> =>
  house.get('/ocsp', { method: 'POST', headers: { 'Content-Type': 'application/ocsp-request' }, body });

async function ask(house: PublishingHouse, issued: Issued, asked: Asked = {}) {
  const { status, headers, body } = await post(house, requestFor(house, [issued], asked));
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/ocsp-response');
  return OcspResponse.parse(body);
}

async function statusOf(house: PublishingHouse, issued: Issued, asked: Asked = {}) {
  const response = await ask(house, issued, asked);
  assert.equal(response.status, 'successful');
  return response.basic!.responses[0]!;
}

/** A certificate of the same authority that it never issued. */
function neverIssued(issued: Issued): Issued {
  const der = Buffer.from(issued.certificate.der);
  der[der.indexOf(issued.certificate.serialBytes) + 5]! ^= 1;
  return { ...issued, certificate: Parsed.parse(der) as Certificate };
}

test('a certificate names the responder; good, then revoked with reason and time, and good again after a hold', async (t) => {
  const house = await openPublishing(t);
  const issued = await house.issue();
  assert.ok(issued.certificate.der.includes('http://pki.mortise.example:8080/ocsp'));
  assert.equal((await statusOf(house, issued)).status, 'good');
  const { fingerprint256 } = issued.certificate;
  await house.revocation.revokeCertificate({ fingerprint256, reason: 'certificate_hold' }, by);
  assert.equal((await statusOf(house, issued)).reason, 'certificateHold');
  await house.revocation.releaseCertificate(fingerprint256, by);
  assert.equal((await statusOf(house, issued)).status, 'good');
  await house.revocation.revokeCertificate({ fingerprint256, reason: 'key_compromise' }, by);
  const { status, reason, revokedAt } = await statusOf(house, issued);
  assert.deepEqual([status, reason, revokedAt], ['revoked', 'keyCompromise', house.clock.now]);
});

test('an answer is signed ahead by a delegated responder, and its certificate is short-lived and unchecked', async (t) => {
  const house = await openPublishing(t);
  const issued = await house.issue();
  const { basic } = await ask(house, issued);
  const responder = Parsed.parse(basic!.certificates[0]!);
  assert.deepEqual(responder.extendedKeyUsage, ['1.3.6.1.5.5.7.3.9']);
  assert.ok(responder.extensions.some(({ oid }) => oid === '1.3.6.1.5.5.7.48.1.5'));
  assert.equal(responder.notAfter - house.clock.now, responderLifetimeSeconds * 1000);
  const recorded = await house.authority.findCertificate(responder.fingerprint256);
  assert.equal(recorded?.profile, 'ocsp-responder');
  assert.deepEqual((await ask(house, issued)).der, (await ask(house, issued)).der);
  house.clock.now += responderLifetimeSeconds * 1000 * (2 / 3);
  const renewed = Parsed.parse((await ask(house, issued)).basic!.certificates[0]!);
  assert.notEqual(renewed.fingerprint256, responder.fingerprint256);
});

for (const hash of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
  test(`a request that names the issuer by ${hash} is answered with the same identifier`, async (t) => {
    const house = await openPublishing(t);
    const issued = await house.issue();
    const { id, status } = await statusOf(house, issued, { hash });
    assert.equal(status, 'good');
    assert.ok(requestFor(house, [issued], { hash }).includes(id.issuerKeyHash));
  });
}

test('the answer is signed again at half of its life, while the one before still serves', async (t) => {
  const house = await openPublishing(t);
  const issued = await house.issue();
  const first = await statusOf(house, issued);
  assert.equal(first.nextUpdate! - first.thisUpdate, ocspLifetimeMs);
  house.clock.now += ocspSignedEveryMs - 1000;
  assert.equal((await statusOf(house, issued)).thisUpdate, first.thisUpdate);
  house.clock.now += 1000;
  assert.equal((await statusOf(house, issued)).thisUpdate, first.thisUpdate);
  for (let left = 100; (await statusOf(house, issued)).thisUpdate === first.thisUpdate; left -= 1) {
    assert.ok(left > 0, 'it is signed again');
  }
  assert.equal((await statusOf(house, issued)).thisUpdate, house.clock.now);
  house.clock.now += 2 * ocspLifetimeMs;
  assert.equal((await statusOf(house, issued)).thisUpdate, house.clock.now);
});

for (const octets of [1, 32, 128]) {
  test(`a nonce of ${octets} octets is repeated in an answer that no cache keeps`, async (t) => {
    const house = await openPublishing(t);
    const issued = await house.issue();
    const nonce = Buffer.alloc(octets, 7);
    const { headers, body } = await post(house, requestFor(house, [issued], { nonce }));
    assert.deepEqual(OcspResponse.parse(body).basic?.nonce, nonce);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['etag'], undefined);
  });
}

test('past the budget a nonce is left out, and the answer is the one signed ahead', async (t) => {
  const house = await openPublishing(t, { liveSignaturesPerSecond: 1 });
  const issued = await house.issue();
  const ahead = await ask(house, issued);
  const nonce = Buffer.alloc(16, 1);
  const answers = [];
  for (let index = 0; index < 4; index += 1) answers.push(await ask(house, issued, { nonce }));
  assert.deepEqual(
    answers.map(({ basic }) => basic?.nonce),
    [nonce, nonce, undefined, undefined],
  );
  assert.deepEqual(answers[3]!.der, ahead.der);
  house.clock.now += 1000;
  assert.deepEqual((await ask(house, issued, { nonce })).basic?.nonce, nonce);
});

test('a serial number that was never issued, and an issuer that is not here, are unauthorized', async (t) => {
  const house = await openPublishing(t);
  const issued = await house.issue();
  assert.equal((await ask(house, neverIssued(issued))).status, 'unauthorized');
  assert.equal((await ask(house, neverIssued(issued), { nonce: Buffer.alloc(8) })).status, 'unauthorized');
  const [root] = house.authority.roots();
  const body = createOcspRequest({ certificates: [issued.certificate], issuer: root! });
  assert.equal(OcspResponse.parse((await post(house, body)).body).status, 'unauthorized');
  const foreign = createOcspRequest({ certificates: [issued.certificate], issuer: issued.certificate });
  assert.equal(OcspResponse.parse((await post(house, foreign)).body).status, 'unauthorized');
  house.clock.now = house.authority.show(issued.record.authorityId)!.notAfter;
  assert.equal((await ask(house, issued)).status, 'unauthorized');
});

test('several certificates of one authority are answered together, and too many or unknown ones not at all', async (t) => {
  const house = await openPublishing(t, { liveSignaturesPerSecond: 1 });
  const [one, two] = [await house.issue(), await house.issue()];
  await house.revocation.revokeCertificate({ fingerprint256: two.certificate.fingerprint256 }, by);
  const response = async (issued: readonly Issued[]) =>
    OcspResponse.parse((await post(house, requestFor(house, issued))).body);
  const both = await response([one, two]);
  assert.deepEqual(
    both.basic?.responses.map(({ status }) => status),
    ['good', 'revoked'],
  );
  assert.equal((await response([one, neverIssued(one)])).status, 'unauthorized');
  assert.equal((await response([one, two])).status, 'tryLater');
  assert.equal((await response(Array.from({ length: 17 }, () => one))).status, 'unauthorized');
});

for (const [what, change] of [
  ['no octets', () => Buffer.alloc(0)],
  ['text', () => Buffer.from('what about it?')],
  ['half a request', (der: Buffer) => der.subarray(0, der.length / 2)],
  ['octets behind it', (der: Buffer) => Buffer.concat([der, Buffer.from([0])])],
] as const) {
  test(`a request of ${what} is malformed`, async (t) => {
    const house = await openPublishing(t);
    const request = change(requestFor(house, [await house.issue()]));
    assert.equal(OcspResponse.parse((await post(house, request)).body).status, 'malformedRequest');
    const path = `/ocsp/${encodeURIComponent(request.toString('base64'))}`;
    assert.equal(OcspResponse.parse((await house.get(path)).body).status, 'malformedRequest');
  });
}

for (const octets of [0, 129]) {
  test(`a nonce of ${octets} octets makes a request malformed (RFC 9654)`, async (t) => {
    const house = await openPublishing(t);
    const der = requestWithNonce(requestFor(house, [await house.issue()]), Buffer.alloc(octets, 1));
    assert.equal(OcspResponse.parse((await post(house, der)).body).status, 'malformedRequest');
  });
}

for (const [where, add] of [
  ['in a request', withExtension],
  ['in the request for a single certificate', withSingleExtension],
] as const) {
  test(`a critical extension that is not known ${where} makes it malformed; an uncritical one is passed over`, async (t) => {
    const house = await openPublishing(t);
    const der = requestFor(house, [await house.issue()]);
    const unknown = (critical: boolean): Buffer =>
      add(
        der,
        sequence(
          Buffer.from([0x06, 3, 0x2a, 3, 4]),
          critical ? Buffer.from([1, 1, 255]) : Buffer.alloc(0),
          Buffer.from([4, 2, 5, 0]),
        ),
      );
    const status = async (body: Buffer) => OcspResponse.parse((await post(house, body)).body).status;
    assert.equal(await status(unknown(true)), 'malformedRequest');
    assert.equal(await status(unknown(false)), 'successful');
  });
}

test('GET answers as POST does, percent-encoded or not, with headers for caches (RFC 5019)', async (t) => {
  const house = await openPublishing(t);
  const issued = await house.issue();
  const der = requestFor(house, [issued]);
  const posted = await post(house, der);
  const base64 = der.toString('base64');
  for (const path of [`/ocsp/${encodeURIComponent(base64)}`, `/ocsp/${base64}`]) {
    const got = await house.get(path);
    assert.deepEqual(got.body, posted.body);
    const { thisUpdate, nextUpdate } = OcspResponse.parse(got.body).basic!.responses[0]!;
    assert.equal(got.headers['cache-control'], 'public, max-age=300, no-transform, must-revalidate');
    assert.equal(Date.parse(String(got.headers['last-modified'])), thisUpdate);
    assert.equal(Date.parse(String(got.headers['expires'])), nextUpdate);
    const etag = String(got.headers['etag']);
    assert.equal((await house.get(path, { headers: { 'If-None-Match': etag } })).status, 304);
  }
  await house.revocation.revokeCertificate({ fingerprint256: issued.certificate.fingerprint256 }, by);
  const etag = String(posted.headers['etag']);
  const changed = await house.get(`/ocsp/${base64}`, { headers: { 'If-None-Match': etag } });
  assert.equal(changed.status, 200);
  assert.equal((await house.get('/ocsp', { method: 'PUT' })).status, 405);
  assert.equal((await house.get('/ocsp/%zz')).status, 200);
  const large = await post(house, Buffer.alloc(17 * 1024));
  assert.equal(large.status, 413);
});

test('revoking a client, or an authority, changes the answers about all that hangs on it', async (t) => {
  const house = await openPublishing(t);
  const issued = await house.issue({ profile: 'client', clientId: 'client-one', names: [] });
  const other = await house.issue();
  assert.equal((await statusOf(house, issued)).status, 'good');
  assert.equal((await statusOf(house, other)).status, 'good');
  await house.revocation.revokeClient('client-one', by);
  assert.equal((await statusOf(house, issued)).reason, 'cessationOfOperation');
  assert.equal((await statusOf(house, other)).status, 'good');
  const { authorityId } = other.record;
  const intermediate = house.authority.certificate(authorityId)!;
  const [root] = house.authority.roots();
  const aboutIt = createOcspRequest({ certificates: [intermediate], issuer: root! });
  const status = async () =>
    OcspResponse.parse((await post(house, aboutIt)).body).basic?.responses[0]?.status;
  assert.equal(await status(), 'good');
  await house.revocation.revokeAuthority(authorityId, by);
  assert.equal(await status(), 'revoked');
  assert.equal((await statusOf(house, other)).status, 'revoked');
});

test('a process that knows too little of late says tryLater', async (t) => {
  const house = await openPublishing(t);
  const issued = await house.issue();
  assert.equal((await statusOf(house, issued)).status, 'good');
  house.stale = true;
  assert.equal((await ask(house, issued)).status, 'tryLater');
});

test('a responder that cannot sign says internalError, and why to the log alone', async (t) => {
  const house = await openPublishing(t);
  const issued = await house.issue();
  t.mock.method(house.authority, 'issueResponderCertificate', () => Promise.reject(new Error('no key')));
  assert.equal((await ask(house, issued)).status, 'internalError');
  assert.match(String(house.errors[0]), /no key/);
});

test('a responder whose authority has its key on a token that is away says tryLater, and answers when it is back', async (t) => {
  const token = new MemoryToken();
  const house = await openPublishing(t, { tokenKeys: token });
  const place = { signer: 'pkcs11', token: 'Memory' } as const;
  await house.authority.administration.create({ name: 'vault', place, actor: 'cli' });
  const issued = await house.issue({ authority: 'vault' });
  token.away = true;
  assert.equal((await ask(house, issued)).status, 'tryLater');
  assert.equal((await ask(house, issued, { nonce: Buffer.alloc(8, 1) })).status, 'tryLater');
  assert.match(String(house.errors[0]), /no token/);
  token.away = false;
  assert.equal((await statusOf(house, issued)).status, 'good');
  await house.revocation.revokeAuthority(issued.record.authorityId, by);
  token.away = true;
  assert.equal((await ask(house, issued)).status, 'tryLater');
});

function sequence(...parts: Buffer[]): Buffer {
  return element(0x30, ...parts);
}

function element(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** The request with an extension; it has to be one without. */
function withExtension(der: Buffer, extension: Buffer): Buffer {
  const list = der.subarray(4);
  return sequence(sequence(list, element(0xa2, sequence(extension))));
}

/** The same, in the one request of the list. */
function withSingleExtension(der: Buffer, extension: Buffer): Buffer {
  const certificateId = der.subarray(8);
  return sequence(sequence(sequence(sequence(certificateId, element(0xa0, sequence(extension))))));
}

function requestWithNonce(der: Buffer, nonce: Buffer): Buffer {
  const oid = Buffer.from([0x06, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2]);
  return withExtension(der, sequence(oid, element(4, element(4, nonce))));
}
