import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { encodePem } from '@mortise/x509';
import { missing } from '../../acme/testing/installed.ts';
import { by } from '../testing/open-revocation.ts';
import { callWithCertificate, freePort } from './testing/call-with-certificate.ts';
import { filesFor, type Issued, openPublishing, type PublishingHouse } from './testing/open-publishing.ts';

const skip = missing('nginx');

async function startNginx(t: TestContext, house: PublishingHouse, checks: string, issued: Issued) {
  const server = await house.issue();
  const port = await freePort();
  const crl = async (path: string) => encodePem('X509 CRL', (await house.get(path)).body);
  const [root] = house.authority.roots();
  const pem = (each: Issued) => [each.certificate, ...each.chain].map((one) => one.toPem()).join('');
  const folder = filesFor(t, {
    'root.pem': root!.toPem(),
    'trusted.pem': issued.chain.map((each) => each.toPem()).join('') + root!.toPem(),
    'cert.pem': pem(server),
    'key.pem': server.keyPem!,
    'crls.pem': (await crl(house.crlPath(issued.certificate))) + (await crl(house.crlPath(issued.chain[0]!))),
    'nginx.conf': `daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log error.log info;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate cert.pem; ssl_certificate_key key.pem;
    ssl_verify_client on; ssl_verify_depth 3; ssl_client_certificate trusted.pem;
    ${checks}
    location / { return 204; }
  }
}
`,
  });
  const child = spawn('/usr/sbin/nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: 'ignore',
  });
  t.after(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  const log = (): string => readFileSync(join(folder, 'error.log'), 'utf8');
  for (let left = 200; ; left -= 1) {
    const status = await callWithCertificate(port, root!.toPem(), issued);
    if (status !== 'refused') return { port, ca: root!.toPem(), log };
    assert.ok(left > 0 && child.exitCode === null, 'nginx answers');
    await wait(25);
  }
}

for (const [how, checks] of [
  ['by the CRL', () => 'ssl_crl crls.pem;'],
  ['by OCSP', ({ url }: PublishingHouse) => `ssl_ocsp leaf; ssl_ocsp_responder ${url}/ocsp;`],
] as const) {
  test(`nginx accepts a client's certificate, and refuses the revoked one ${how}`, { skip }, async (t) => {
    const house = await openPublishing(t);
    house.clock.now = Date.now();
    const issue = () => house.issue({ profile: 'client', clientId: 'client-one', names: [] });
    const [good, revoked] = [await issue(), await issue()];
    await house.revocation.revokeCertificate({ fingerprint256: revoked.certificate.fingerprint256 }, by);
    const { port, ca, log } = await startNginx(t, house, checks(house), good);
    assert.equal(await callWithCertificate(port, ca, good), 204, log());
    assert.equal(await callWithCertificate(port, ca, revoked), 400, log());
    assert.match(log(), /certificate revoked/);
  });
}
