import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Certificate } from '@mortise/x509';
import { CredentialFolder } from '../files/credential-folder.ts';
import { createTestAuthority } from '../testing/certificates.ts';
import { dayMs, Enrolled, hourMs } from '../testing/enrolled.ts';
import { manageCertificate } from './managed-certificate.ts';

let enrolled: Enrolled;
beforeEach(async () => {
  enrolled = await Enrolled.start();
});
afterEach(() => enrolled.close());

test('it enrols with the one-use key, and the next start needs neither key nor trust', async () => {
  const folder = enrolled.folder();
  const first = await enrolled.open({ folder });
  const credential = await first.enrol();
  assert.deepEqual(credential.certificate.subjectAltName, [
    { type: 'dns', value: 'billing.clients.localhost' },
  ]);
  assert.equal(enrolled.acme.externalKeys.size, 0);
  assert.equal(readFileSync(join(folder, 'ca.pem'), 'utf8'), enrolled.authority.ca);
  await first.close();
  const second = await enrolled.open({ folder, enrolment: undefined });
  assert.equal(second.credential?.certificate.fingerprint256, credential.certificate.fingerprint256);
  await second.renew();
  assert.equal(enrolled.acme.issued.length, 2);
  assert.deepEqual(
    enrolled.events.map(({ type }) => type),
    ['enrolled', 'renewed'],
  );
});

test('without a first trust, or with a fingerprint that nobody presents, nothing is asked', async () => {
  const { ca: _ca, ...untrusting } = enrolled.enrolment();
  const none = await enrolled.open({ enrolment: untrusting });
  await assert.rejects(none.enrol(), { code: 'configuration_invalid', message: /whom to trust/ });
  const strange = await enrolled.open({ enrolment: untrusting, anchors: { fingerprint256: '0'.repeat(64) } });
  await assert.rejects(strange.enrol(), { code: 'anchor_not_presented' });
  const stranger = await createTestAuthority('Stranger');
  const wrong = await enrolled.open({ enrolment: untrusting, anchors: stranger.ca });
  await assert.rejects(enrolled.time.hurry(wrong.ensure()), { code: 'server_unreachable' });
  assert.equal(enrolled.acme.requests.length, 0);
});

test('a root by its fingerprint is fetched once, and then in the folder', async () => {
  const folder = enrolled.folder();
  const { ca: _ca, ...enrolment } = enrolled.enrolment();
  const anchors = { fingerprint256: enrolled.authority.root.fingerprint256 };
  const managed = await enrolled.open({ folder, enrolment, anchors });
  await managed.enrol();
  assert.equal(readFileSync(join(folder, 'ca.pem'), 'utf8'), enrolled.authority.ca);
});

test('what has never enrolled says so', async () => {
  const managed = await enrolled.open({ enrolment: undefined });
  await assert.rejects(managed.enrol(), { code: 'configuration_invalid', message: /nothing has enrolled/ });
});

test('a one-use key that was used is final, and said at once', async () => {
  const enrolment = enrolled.enrolment();
  await (await enrolled.open({ enrolment })).enrol();
  await assert.rejects(manageCertificate(enrolled.options({ enrolment })), {
    name: 'AcmeError',
    code: 'unauthorized',
  });
});

test('a server that is away for a while is asked again, with pauses', async () => {
  let down = 3;
  enrolled.acme.beforeAnswer = ({ path }) => path !== '/directory' || down-- <= 0;
  const managed = await enrolled.open();
  const enrolling = managed.enrol();
  const credential = enrolling.then(({ certificate }) => certificate);
  for (let pauses = 0; pauses < 3; pauses += 1) await enrolled.time.turnToNext();
  assert.ok((await credential).notAfter > enrolled.time.now);
});

test('it renews at its moment of the suggested window, and says which certificate is replaced', async () => {
  const { acme, time } = enrolled;
  acme.window = ({ notBefore }) => ({ start: notBefore + 4 * hourMs, end: notBefore + 6 * hourMs });
  const managed = await enrolled.open();
  const first = await managed.enrol();
  managed.start();
  await time.next();
  assert.equal(managed.status().nextRenewal, first.certificate.notBefore + 5 * hourMs);
  assert.deepEqual(
    enrolled.told('scheduled').map(({ by }) => by),
    ['renewal_info'],
  );
  assert.equal(await time.turnToNext(), first.certificate.notBefore + 5 * hourMs);
  await time.next();
  const [renewed] = enrolled.told('renewed');
  assert.equal(renewed?.former.certificate.fingerprint256, first.certificate.fingerprint256);
  const order = acme.requests.filter(({ path }) => path === '/new-order').at(-1);
  const { authorityKeyIdentifier, serialBytes } = first.certificate;
  assert.equal(
    order?.payload.replaces,
    `${authorityKeyIdentifier?.keyIdentifier?.toString('base64url')}.${serialBytes.toString('base64url')}`,
  );
  assert.notEqual(renewed?.credential.key, first.key);
});

test('the window is asked for again when the server said, and a window moved to now renews now', async () => {
  const { acme, time } = enrolled;
  acme.window = ({ notBefore }) => ({
    start: notBefore + 16 * hourMs,
    end: notBefore + 17 * hourMs,
    retryAfter: '7200',
  });
  const managed = await enrolled.open();
  const { certificate } = await managed.enrol();
  managed.start();
  assert.equal(await time.next(), certificate.notBefore + 2 * hourMs);
  acme.window = ({ notBefore }) => {
    const start = notBefore + (acme.issued.length === 1 ? -1 : 16 * hourMs);
    return { start, end: start + 1000, retryAfter: '7200' };
  };
  await time.turnToNext();
  await time.next();
  assert.equal(acme.issued.length, 2);
  assert.equal(acme.count('/renewal-info/'), 3);
});

test('a server that wants every certificate replaced at once gets no loop', async () => {
  const { acme, time } = enrolled;
  acme.window = ({ notBefore }) => ({ start: notBefore - 2000, end: notBefore - 1000 });
  const managed = await enrolled.open();
  await managed.enrol();
  managed.start();
  for (let renewals = 2; renewals <= 4; renewals += 1) {
    const before = time.now;
    assert.equal((await time.turnToNext()) - before, 60_000);
    await time.next();
    assert.equal(acme.issued.length, renewals);
  }
});

test('without renewal information it renews after two thirds of its life, with jitter', async () => {
  const { acme, time } = enrolled;
  const managed = await enrolled.open();
  const { certificate } = await managed.enrol();
  managed.start();
  // The server was asked, and does not say; it is asked again, and that is no failure of the certificate.
  while ((await time.next()) < certificate.notBefore + 16 * hourMs) await time.turnToNext();
  assert.ok(enrolled.told('renewal_info_failed').length > 0);
  assert.equal(managed.status().lastError, undefined);
  assert.equal(managed.status().nextRenewal, certificate.notBefore + 17 * hourMs);
  while (acme.issued.length === 1) {
    await time.turnToNext();
    await time.next();
  }
  assert.ok(time.now >= certificate.notBefore + 17 * hourMs);
  assert.ok(time.now < certificate.notBefore + 17.1 * hourMs);
});

test('a backdated certificate of a quarter of an hour is due at two thirds of that, and not at once at the next start', async () => {
  const { acme, time } = enrolled;
  const minuteMs = 60_000;
  acme.validity = () => ({ notBefore: time.now - hourMs, notAfter: time.now + 15 * minuteMs });
  const folder = enrolled.folder();
  const managed = await enrolled.open({ folder, random: () => 0 });
  await managed.enrol();
  const obtainedAt = time.now;
  assert.equal(managed.status().nextRenewal, obtainedAt + 10 * minuteMs);
  time.now = obtainedAt + 9 * minuteMs;
  assert.equal(await managed.ensure(), false);
  assert.equal(managed.status().state, 'valid');
  await managed.close();
  const again = await enrolled.open({ folder, random: () => 0 });
  const { nextRenewal } = again.status();
  assert.ok(nextRenewal! >= obtainedAt + 9 * minuteMs, String(nextRenewal! - obtainedAt));
  assert.equal(await again.ensure(), false);
  time.now = nextRenewal!;
  assert.equal(await again.ensure(), true);
  assert.equal(acme.issued.length, 2);
});

test('failures come with growing pauses and never drop the certificate, whose end is told', async () => {
  const { acme, time } = enrolled;
  acme.window = ({ notBefore }) => ({
    start: notBefore + 16 * hourMs,
    end: notBefore + 16 * hourMs + 2000,
    retryAfter: '86400',
  });
  const managed = await enrolled.open();
  const { certificate } = await managed.enrol();
  managed.start();
  acme.beforeAnswer = ({ path }, answer) => {
    if (path === '/new-order') answer.status = 403;
    if (path === '/new-order')
      answer.body = '{"type":"urn:ietf:params:acme:error:unauthorized","detail":"suspended"}';
    return true;
  };
  await time.turnToNext();
  const pauses: number[] = [];
  while (time.now < certificate.notAfter + hourMs) {
    await time.next();
    pauses.push((await time.next()) - time.now);
    assert.equal(managed.credential?.certificate.fingerprint256, certificate.fingerprint256);
    assert.deepEqual(
      [managed.status().state, managed.status().lastError?.code],
      [
        time.now >= certificate.notAfter
          ? 'ended'
          : time.now >= certificate.notAfter - 0.1 * dayMs
            ? 'ending'
            : 'valid',
        'unauthorized',
      ],
    );
    await time.turnToNext();
  }
  assert.deepEqual(pauses.slice(0, 3), [22_500, 45_000, 90_000]);
  assert.equal(Math.max(...pauses), 0.75 * hourMs);
  acme.beforeAnswer = () => true;
  await time.next();
  await time.turnToNext();
  await time.next();
  assert.equal(managed.status().state, 'valid');
  assert.equal(managed.status().lastError, undefined);
});

test('a rate limit is waited out as the server says', async () => {
  const { acme, time } = enrolled;
  const managed = await enrolled.open();
  await managed.enrol();
  acme.beforeAnswer = ({ path }, answer) => {
    if (path !== '/new-order') return true;
    Object.assign(answer, { status: 429, body: '{"type":"urn:ietf:params:acme:error:rateLimited"}' });
    answer.headers['retry-after'] = '18000';
    return true;
  };
  await assert.rejects(managed.renew(), { code: 'rateLimited', retryAfterSeconds: 18_000 });
  assert.equal(managed.status().nextRenewal, time.now + 5 * hourMs);
});

test('a follower takes the new certificate over first; while it does not, files and certificate stay', async () => {
  const { acme, time } = enrolled;
  acme.window = ({ notBefore }) => ({
    start: notBefore + 16 * hourMs,
    end: notBefore + 16 * hourMs + 2000,
    retryAfter: '86400',
  });
  const folder = enrolled.folder();
  const managed = await enrolled.open({ folder });
  const first = await managed.enrol();
  const offered: string[] = [];
  let refuses = 2;
  managed.follow(async ({ certificate }) => {
    offered.push(certificate.fingerprint256);
    assert.equal(readFileSync(join(folder, 'key.pem'), 'utf8'), first.key);
    if (refuses-- > 0) throw new Error('not yet');
  });
  managed.start();
  await time.turnToNext();
  for (const failures of [1, 2]) {
    await time.next();
    assert.equal(managed.status().failures, failures);
    assert.equal(managed.credential, first);
    await time.turnToNext();
  }
  await time.next();
  assert.equal(acme.issued.length, 2, 'the one that waits is offered again, not another');
  assert.equal(new Set(offered).size, 1);
  assert.equal(offered.length, 3);
  assert.equal(managed.credential?.certificate.fingerprint256, offered[0]);
  assert.equal(enrolled.told('handover_failed').length, 2);
});

test('one that stopped following is not asked', async () => {
  const managed = await enrolled.open();
  await managed.enrol();
  managed.follow(() => Promise.reject(new Error('gone')))();
  await managed.renew();
  assert.equal(enrolled.acme.issued.length, 2);
});

test('a certificate that cannot be used is replaced, with the account that is there', async () => {
  const folder = enrolled.folder();
  const first = await enrolled.open({ folder });
  await first.enrol();
  await first.close();
  const path = join(folder, 'current', 'cert.pem');
  rmSync(path);
  writeFileSync(path, 'damaged');
  const second = await enrolled.open({ folder, enrolment: undefined });
  assert.equal(second.credential, undefined);
  await second.enrol();
  assert.equal(enrolled.acme.issued.length, 2);
});

test('what the server gives is checked: its key, its name, its end', async () => {
  const { acme, time } = enrolled;
  const other = await enrolled.authority.client('other');
  const wrongs = [other.cert, 'no certificate'];
  for (const wrong of wrongs) {
    acme.beforeAnswer = ({ path }, answer) => {
      if (path.startsWith('/certificate/')) answer.body = wrong;
      return true;
    };
    const managed = await enrolled.open();
    await assert.rejects(managed.ensure(), { code: 'server_response_invalid' });
    assert.equal(managed.credential, undefined);
  }
  acme.beforeAnswer = () => true;
  acme.validity = () => ({ notBefore: time.now - dayMs, notAfter: time.now - hourMs });
  await assert.rejects((await enrolled.open()).ensure(), {
    code: 'server_response_invalid',
    message: /clock/,
  });
});

test('closing ends a pause and what is under way', async () => {
  const { acme } = enrolled;
  const arrived = Promise.withResolvers<void>();
  acme.beforeAnswer = ({ path }) => {
    if (path !== '/new-order') return true;
    arrived.resolve();
    return new Promise(() => undefined);
  };
  const managed = await enrolled.open();
  const enrolling = assert.rejects(managed.enrol(), { code: 'closed' });
  await arrived.promise;
  await managed.close();
  await enrolling;
  await assert.rejects(managed.renew(), { code: 'closed' });
});

test('other roots are trusted from then on, by a later start too, whatever it was told first', async () => {
  const { ca: _ca, ...enrolment } = enrolled.enrolment();
  const folder = enrolled.folder();
  const anchors = { fingerprint256: enrolled.authority.root.fingerprint256 };
  const one = await enrolled.open({ folder, enrolment, anchors });
  await assert.rejects(one.trust('x'), { code: 'configuration_invalid' });
  const { certificate, key } = await one.enrol();
  const stranger = await createTestAuthority('Next Root');
  const both = stranger.ca + enrolled.authority.ca;
  await one.trust(both);
  assert.equal(readFileSync(join(folder, 'ca.pem'), 'utf8'), both);
  assert.deepEqual(
    [one.credential?.certificate.fingerprint256, one.credential?.key, one.credential?.ca],
    [certificate.fingerprint256, key, both],
  );
  await one.renew();
  assert.equal(one.credential?.ca, both);
  // The root that it was told first is retired.
  await one.trust(stranger.ca);
  await one.close();
  const two = await enrolled.open({ folder, anchors });
  await assert.rejects(enrolled.time.hurry(two.renew()), { code: 'server_unreachable' });
  assert.equal(two.credential?.ca, stranger.ca);
  // Told otherwise, it does as it is told.
  const three = await enrolled.open({ folder, anchors: enrolled.authority.ca });
  await three.renew();
  assert.deepEqual(
    enrolled.told('trust_changed').map(({ credential }) => credential.ca),
    [both, stranger.ca],
  );
});

test('a credential that waits to be taken over keeps its followers when other roots are trusted', async () => {
  const managed = await enrolled.open();
  await managed.enrol();
  let refuses = true;
  const offered: string[] = [];
  managed.follow(async ({ ca }) => {
    offered.push(ca);
    if (refuses) throw new Error('not yet');
  });
  await assert.rejects(managed.renew(), { message: 'not yet' });
  refuses = false;
  const both = enrolled.authority.ca + (await createTestAuthority('Next Root')).ca;
  await managed.trust(both);
  await managed.ensure();
  assert.equal(enrolled.acme.issued.length, 2);
  assert.deepEqual(offered, [enrolled.authority.ca, both]);
  assert.equal(managed.credential?.certificate.fingerprint256, enrolled.acme.issued[1]?.fingerprint256);
  assert.equal(managed.credential?.ca, both);
});

test('a credential that waits, and is gone from the disk, is written again and not ordered again', async () => {
  const folder = enrolled.folder();
  const managed = await enrolled.open({ folder });
  await managed.enrol();
  let refuses = true;
  managed.follow(() => (refuses ? Promise.reject(new Error('not yet')) : Promise.resolve()));
  await assert.rejects(managed.renew(), { message: 'not yet' });
  const former = readlinkSync(join(folder, 'current')).split('/')[1];
  for (const version of readdirSync(join(folder, 'versions'))) {
    if (version !== former) rmSync(join(folder, 'versions', version), { recursive: true });
  }
  refuses = false;
  await managed.ensure();
  assert.equal(enrolled.acme.issued.length, 2);
  const written = Certificate.parse(readFileSync(join(folder, 'cert.pem'), 'utf8'));
  assert.equal(written.fingerprint256, enrolled.acme.issued[1]?.fingerprint256);
});

test('a folder with a certificate of before: the account is made at once, and another name is ordered now', async () => {
  const { acme, authority, time } = enrolled;
  const folder = await CredentialFolder.open(enrolled.folder());
  const own = await authority.client('billing', { notAfter: time.now + dayMs });
  await folder.publish(await folder.stage({ ...own, ca: authority.ca }));
  const managed = await enrolled.open({ folder: folder.path });
  assert.equal((await managed.enrol()).key, own.key, 'what works is used until there is another');
  assert.equal(await managed.ensure(), true);
  assert.equal(acme.issued.length, 1);
  assert.equal(await managed.ensure(), false);
  await managed.close();

  // With the name that is wanted it is kept; the key is used while it is good.
  const other = await enrolled.open({ folder: folder.path, enrolment: enrolled.enrolment() });
  assert.equal(await other.ensure(), false);
  rmSync(join(folder.path, 'account.pem'));
  await other.close();
  const again = await enrolled.open({ folder: folder.path, enrolment: enrolled.enrolment() });
  assert.equal(await again.ensure(), false);
  assert.equal(acme.issued.length, 1);
  assert.equal(
    acme.requests.filter(({ payload }) => payload?.externalAccountBinding !== undefined).length,
    2,
  );
});

test('a certificate that the disk does not take is kept, and written when it does; no other is ordered', async () => {
  const folder = enrolled.folder();
  const managed = await enrolled.open({ folder });
  writeFileSync(join(folder, 'versions'), 'in the way');
  await assert.rejects(managed.ensure(), { code: 'folder_unusable' });
  await assert.rejects(managed.ensure(), { code: 'folder_unusable' });
  assert.equal(managed.credential, undefined);
  rmSync(join(folder, 'versions'));
  assert.equal(await managed.ensure(), true);
  assert.equal(enrolled.acme.issued.length, 1);
});
