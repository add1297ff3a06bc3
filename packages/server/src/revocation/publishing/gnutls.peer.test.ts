import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { encodePem } from '@mortise/x509';
import { missing } from '../../acme/testing/installed.ts';
import { by } from '../testing/open-revocation.ts';
import { filesFor, openPublishing, run } from './testing/open-publishing.ts';

const skip = missing('certtool', 'ocsptool');

async function openFiles(t: TestContext) {
  const house = await openPublishing(t);
  house.clock.now = Date.now();
  const [good, revoked] = [await house.issue(), await house.issue()];
  await house.revocation.revokeCertificate(
    { fingerprint256: revoked.certificate.fingerprint256, reason: 'superseded' },
    by,
  );
  const intermediate = good.chain[0]!;
  const path = house.crlPath(good.certificate);
  const folder = filesFor(t, {
    'intermediate.pem': intermediate.toPem(),
    'good.pem': good.certificate.toPem(),
    'revoked.pem': revoked.certificate.toPem(),
    'leaf.crl': encodePem('X509 CRL', (await house.get(path)).body),
    'delta.crl': encodePem('X509 CRL', (await house.get(path.replace('.crl', '/delta.crl'))).body),
  });
  return { house, folder, revoked };
}

test("GnuTLS's certtool reads a CRL and its delta, and verifies the CRL", { skip }, async (t) => {
  const { folder, revoked } = await openFiles(t);
  for (const name of ['leaf.crl', 'delta.crl']) {
    const { status, output } = await run('certtool', ['--crl-info', '--infile', name], folder);
    assert.equal(status, 0, output);
    assert.ok(output.includes(revoked.record.serialNumber), output);
  }
  const args = ['--verify-crl', '--infile', 'leaf.crl', '--load-ca-certificate', 'intermediate.pem'];
  const verified = await run('certtool', args, folder);
  assert.equal(verified.status, 0, verified.output);
  assert.match(verified.output, /Verified/);
});

test("GnuTLS's certtool verifies a chain, and finds the certificate that a CRL revokes", {
  skip,
}, async (t) => {
  const { house, folder, revoked } = await openFiles(t);
  const [root] = house.authority.roots();
  const more = filesFor(t, { 'root.pem': root!.toPem() });
  const chain = (certificate: string) =>
    [readFileSync(join(folder, certificate), 'utf8'), revoked.chain[0]!.toPem()].join('');
  const files = filesFor(t, { 'good.pem': chain('good.pem'), 'revoked.pem': chain('revoked.pem') });
  const verify = (name: string) =>
    run(
      'certtool',
      [
        ...['--verify', '--infile', join(files, name), '--load-ca-certificate', join(more, 'root.pem')],
        ...['--load-crl', join(folder, 'leaf.crl')],
      ],
      folder,
    );
  const good = await verify('good.pem');
  assert.equal(good.status, 0, good.output);
  assert.match(good.output, /The certificate is trusted/);
  const found = await verify('revoked.pem');
  assert.notEqual(found.status, 0, found.output);
  assert.match(found.output, /revoked/);
});

test("GnuTLS's ocsptool asks the responder and verifies what it says", { skip }, async (t) => {
  const { house, folder } = await openFiles(t);
  const ask = (name: string, nonce = '--no-nonce') =>
    run(
      'ocsptool',
      [
        ...[`--ask=${house.url}/ocsp`, '--load-cert', name, '--load-issuer', 'intermediate.pem'],
        ...['--load-trust', 'intermediate.pem', nonce],
      ],
      folder,
    );
  const good = await ask('good.pem');
  assert.match(good.output, /Certificate Status: good/);
  assert.match(good.output, /Success/);
  assert.equal(good.status, 0, good.output);
  const fresh = await ask('good.pem', '--nonce');
  assert.match(fresh.output, /Success/);
  assert.equal(fresh.status, 0, fresh.output);
  assert.match(fresh.output, /Nonce: [0-9a-f]+/);
  const revoked = await ask('revoked.pem');
  assert.match(revoked.output, /Certificate Status: revoked/);
  assert.match(revoked.output, /Verifying OCSP Response: Success/);
});
