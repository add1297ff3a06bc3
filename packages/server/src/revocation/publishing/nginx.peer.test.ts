import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missing } from '../../acme/testing/installed.ts';
import { by } from '../testing/open-revocation.ts';
import { callWithCertificate } from './testing/call-with-certificate.ts';
import { openPublishing, type PublishingHouse } from './testing/open-publishing.ts';
import { startWebServer } from './testing/start-web-server.ts';

const skip = missing('nginx');

const configuration = (port: number, checks: string): string =>
  `daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log error.log info;
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
`;

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
    const { port, ca, log } = await startWebServer(t, house, good, {
      path: '/usr/sbin/nginx',
      argv: (folder, file) => ['-p', folder, '-c', file],
      configuration: (own) => configuration(own, checks(house)),
    });
    assert.equal(await callWithCertificate(port, ca, good), 204, log());
    assert.equal(await callWithCertificate(port, ca, revoked), 400, log());
    assert.match(log(), /certificate revoked/);
  });
}
