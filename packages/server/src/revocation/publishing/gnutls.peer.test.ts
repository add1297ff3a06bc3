import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { encodePem } from '@mortise/x509';
import { by } from '../testing/open-revocation.ts';
import { filesFor, openPublishing, run } from './testing/open-publishing.ts';

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

test("GnuTLS's certtool reads a CRL and its delta, and verifies the CRL", async (t) => {
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

test("GnuTLS's ocsptool asks the responder and verifies what it says", async (t) => {
  const { house, folder } = await openFiles(t);
  const ask = (name: string) =>
    run(
      'ocsptool',
      [
        ...[`--ask=${house.url}/ocsp`, '--load-cert', name, '--load-issuer', 'intermediate.pem'],
        ...['--load-trust', 'intermediate.pem', '--no-nonce'],
      ],
      folder,
    );
  const good = await ask('good.pem');
  assert.match(good.output, /Certificate Status: good/);
  assert.match(good.output, /Success/);
  assert.equal(good.status, 0, good.output);
  const revoked = await ask('revoked.pem');
  assert.match(revoked.output, /Certificate Status: revoked/);
  assert.match(revoked.output, /Verifying OCSP Response: Success/);
});
