import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { encodePem } from '@mortise/x509';
import { missing } from '../../acme/testing/installed.ts';
import { by } from '../testing/open-revocation.ts';
import { filesFor, type OpenPublishing, openPublishing, run } from './testing/open-publishing.ts';
import { withOfflineRoot } from './testing/with-offline-root.ts';

const skip = missing('openssl');

/** A good and a revoked certificate in the present, with their chain in files, and the CRLs as they are served. */
async function openFiles(t: TestContext, options: OpenPublishing = {}) {
  const house = await openPublishing(t, options);
  house.clock.now = Date.now();
  const good = await house.issue();
  const revoked = await house.issue();
  await house.revocation.revokeCertificate(
    { fingerprint256: revoked.certificate.fingerprint256, reason: 'key_compromise' },
    by,
  );
  const intermediate = good.chain[0]!;
  const [root] = house.authority.roots();
  const crl = async (path: string) => encodePem('X509 CRL', (await house.get(path)).body);
  const path = house.crlPath(good.certificate);
  const folder = filesFor(t, {
    'root.pem': root!.toPem(),
    'intermediate.pem': intermediate.toPem(),
    'good.pem': good.certificate.toPem(),
    'revoked.pem': revoked.certificate.toPem(),
    'leaf.crl': await crl(path),
    'delta.crl': await crl(path.replace('.crl', '/delta.crl')),
    'root.crl': await crl(house.crlPath(intermediate)),
  });
  return { house, folder, path, good, openssl: (...args: string[]) => run('openssl', args, folder) };
}

const verify = ['verify', '-CAfile', 'root.pem', '-untrusted', 'intermediate.pem', '-crl_check_all'];
const crls = ['-CRLfile', 'leaf.crl', '-CRLfile', 'root.crl'];

for (const algorithm of ['ec-p256', 'rsa-2048', 'ed25519'] as const) {
  test(`openssl crl and openssl verify read the CRLs of an ${algorithm} authority`, { skip }, async (t) => {
    const { openssl } = await openFiles(t, { algorithm });
    const text = await openssl(
      'crl',
      '-in',
      'leaf.crl',
      '-noout',
      '-text',
      '-verify',
      '-CAfile',
      'intermediate.pem',
    );
    assert.match(text.output, /verify OK/);
    assert.match(text.output, /Key Compromise/);
    assert.match(text.output, /X509v3 Issuing Distribution Point: critical/);
    assert.match(text.output, /X509v3 Freshest CRL/);
    const good = await openssl(...verify, ...crls, 'good.pem');
    assert.match(good.output, /good\.pem: OK/);
    const revoked = await openssl(...verify, ...crls, 'revoked.pem');
    assert.equal(revoked.status, 2);
    assert.match(revoked.output, /certificate revoked/);
    const without = await openssl(...verify, '-CRLfile', 'root.crl', 'good.pem');
    assert.match(without.output, /unable to get certificate CRL/);
  });

  test(`openssl ocsp verifies the answers of the responder of an ${algorithm} authority`, {
    skip,
  }, async (t) => {
    const { openssl, house } = await openFiles(t, { algorithm });
    const ask = (name: string, ...more: string[]) =>
      openssl(
        ...['ocsp', '-issuer', 'intermediate.pem', '-cert', name, '-url', `${house.url}/ocsp`],
        ...['-CAfile', 'root.pem', '-verify_other', 'intermediate.pem', ...more],
      );
    for (const more of [['-no_nonce'], ['-nonce'], ['-sha256', '-no_nonce']]) {
      // The hash is that of the certificates named after it.
      const order = more.includes('-sha256') ? ['-sha256', '-cert', 'good.pem', '-no_nonce'] : more;
      const good = await ask('good.pem', ...order);
      assert.match(good.output, /Response verify OK/);
      assert.match(good.output, /good\.pem: good/);
      assert.equal(good.output.includes('WARNING: no nonce'), false);
    }
    const revoked = await ask('revoked.pem', '-no_nonce');
    assert.match(revoked.output, /Response verify OK/);
    assert.match(revoked.output, /revoked\.pem: revoked/);
    assert.match(revoked.output, /Reason: keyCompromise/);
    const unknown = await openssl(
      ...['ocsp', '-issuer', 'intermediate.pem', '-serial', '0x1234', '-url', `${house.url}/ocsp`],
      ...['-CAfile', 'root.pem', '-no_nonce'],
    );
    assert.match(unknown.output, /unauthorized/);
  });
}

test('openssl takes a revocation from the delta, with an older complete CRL', { skip }, async (t) => {
  const { openssl, house, path, good } = await openFiles(t);
  await house.revocation.revokeCertificate({ fingerprint256: good.certificate.fingerprint256 }, by);
  // So that it is newer than the complete one, as openssl compares them.
  const delta = await house.get(path.replace('.crl', '/delta.crl'));
  const folder = filesFor(t, { 'delta.crl': encodePem('X509 CRL', delta.body) });
  const deltas = ['-extended_crl', '-use_deltas', '-CRLfile', `${folder}/delta.crl`];
  const found = await openssl(...verify, ...crls, ...deltas, 'good.pem');
  assert.match(found.output, /certificate revoked/);
});

for (const algorithm of ['ec-p256', 'rsa-2048', 'ed25519'] as const) {
  test(`openssl crl and openssl verify read the CRL that an offline root with a key ${algorithm} signed`, {
    skip,
  }, async (t) => {
    const house = await withOfflineRoot(t, { algorithm, at: Date.now() });
    const { intermediate, root, rootId } = house;
    const issued = await house.issue({ authority: 'vault' });
    await house.importCrl(await house.signCrl());
    const crl = async () => encodePem('X509 CRL', (await house.get(`/crl/${rootId}/0.crl`)).body);
    const files = { 'root.pem': root.certificate.toPem(), 'vault.pem': intermediate.certificate.toPem() };
    const before = filesFor(t, { ...files, 'root.crl': await crl() });
    await house.revocation.revokeAuthority(intermediate.record.id, {
      ...by,
      revocationReason: 'key_compromise',
    });
    await house.importCrl(await house.signCrl());
    const after = filesFor(t, { ...files, 'root.crl': await crl() });
    const text = await run(
      'openssl',
      ['crl', '-in', 'root.crl', '-noout', '-text', '-verify', '-CAfile', 'root.pem'],
      after,
    );
    assert.match(text.output, /verify OK/);
    assert.match(text.output, /Key Compromise/);
    const check = ['verify', '-CAfile', 'root.pem', '-crl_check_all', '-CRLfile', 'root.crl', 'vault.pem'];
    assert.match((await run('openssl', check, before)).output, /vault\.pem: OK/);
    const revoked = await run('openssl', check, after);
    assert.equal(revoked.status, 2);
    assert.match(revoked.output, /certificate revoked/);
    assert.match(issued.chain[0]!.der.toString('latin1'), new RegExp(`/crl/${rootId}/0\\.crl`));
  });
}
