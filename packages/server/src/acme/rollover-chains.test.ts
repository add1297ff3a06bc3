import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { validatePath } from '@mortise/x509';
import { runCommand } from '../cli/testing/run-command.ts';
import { openAcme } from './testing/open-acme.ts';
import { certificateFor } from './testing/prove.ts';

const certificates = (pem: string): string[] =>
  pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];

test('while a root is being replaced, an alternate chain leads to the other root', async () => {
  const house = await openAcme();
  const rollover = async (...argv: string[]): Promise<void> => {
    const result = await runCommand([
      'authority',
      'rollover',
      ...argv,
      '--data',
      house.server.data,
      '--json',
    ]);
    assert.equal(result.status, 0, result.stderr);
  };
  const client = await house.client();
  await rollover('publish');
  const bundle = await fetchRoots(house.server);
  for (const step of ['published', 'switched'] as const) {
    if (step === 'switched') await rollover('switch', '--force');
    const { download } = await certificateFor(house, client, ['localhost']);
    const links = [download.headers['link']].flat().join(',');
    const alternates = [...links.matchAll(/<([^>]+)>;rel="alternate"/g)].map(([, url]) => url!);
    assert.equal(alternates.length, 2);
    const chain = certificates((await client.post(alternates[1]!)).text);
    assert.equal(chain.length, 3);
    // The root that the default chain does not lead to: the new one before the switch, the old one after it.
    const other = step === 'published' ? bundle.next : bundle.former;
    const [leaf, ...between] = chain;
    const path = (anchor: string, through: readonly string[]) =>
      validatePath({
        leaf: leaf!,
        certificates: through,
        anchors: [anchor],
        at: new Date(),
        purpose: 'serverAuth',
      });
    assert.equal((await path(other, between)).valid, true);
    assert.equal((await path(other, between.slice(0, 1))).valid, false);
  }
});

async function fetchRoots(server: { readonly issuer: string; readonly ca: string }) {
  const { send } = await import('../start/testing/running-server.ts');
  const answer = await send(`${server.issuer}/trust/v1/bundle.pem`, { ca: server.ca });
  assert.equal(answer.headers['content-type'], 'application/pem-certificate-chain');
  const [next, former] = certificates(answer.text);
  assert.notEqual(new X509Certificate(next!).fingerprint256, new X509Certificate(former!).fingerprint256);
  return { next: next!, former: former! };
}
