import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { missing } from '../../../packages/server/src/acme/testing/installed.ts';
import { dnsNames, openSite } from './testing/acme-site.ts';
import { areCredentials, type Enrolment, enrolment } from './testing/enrolment.ts';
import { servedCertificate } from './testing/served-certificate.ts';
import { type Daemon, startDaemon } from './testing/start-daemon.ts';

const skip = missing('caddy', 'pebble-challtestsrv');
const site = await openSite(skip);

type Challenge = 'http-01' | 'tls-alpn-01';

interface Wanted {
  readonly cwd: string;
  readonly host: string;
  readonly challenge?: Challenge;
  /** Binds its account to a client, at that client's directory. */
  readonly enrolment?: Enrolment;
}

/** `ratio`: which part of a lifetime is left when it renews. */
function configuration({ cwd, host, challenge, enrolment: made }: Wanted, ratio: number) {
  const { http, tls } = site.ports;
  const challenges = {
    bind_host: '127.0.0.1',
    http: { disabled: challenge !== 'http-01', alternate_port: http },
    'tls-alpn': { disabled: challenge !== 'tls-alpn-01', alternate_port: tls },
  };
  const binding = made && {
    ca: made.directory,
    external_account: { key_id: made.eab_kid, mac_key: made.eab_hmac_key },
  };
  const issuer = {
    module: 'acme',
    ca: site.directory,
    trusted_roots_pem_files: [site.caFile],
    challenges,
    ...binding,
  };
  const policy = { subjects: [host], issuers: [issuer], key_type: 'p256', renewal_window_ratio: ratio };
  const route = { match: [{ host: [host] }], handle: [{ handler: 'static_response', body: 'here' }] };
  const server = {
    listen: [`127.0.0.1:${tls}`],
    routes: [route],
    automatic_https: { disable_redirects: true },
  };
  return {
    admin: { disabled: true },
    storage: { module: 'file_system', root: join(cwd, 'storage') },
    apps: {
      http: { http_port: http, https_port: tls, servers: { one: server } },
      // A client's two certificates are all that it gets: beyond what is due at the start, nothing is renewed.
      tls: { automation: { policies: [policy], renew_interval: made === undefined ? '1s' : '1h' } },
    },
  };
}

function startCaddy(t: TestContext, wanted: Wanted, ratio: number): Daemon {
  const { cwd } = wanted;
  const file = join(cwd, 'caddy.json');
  writeFileSync(file, JSON.stringify(configuration(wanted, ratio)));
  return startDaemon(t, 'caddy', ['run', '--config', file], { cwd });
}

for (const challenge of ['http-01', 'tls-alpn-01'] as const) {
  test(`Caddy issues by ${challenge}, renews, and replaces what was revoked`, { skip }, async (t) => {
    const cwd = site.place(`caddy-${challenge}`);
    const host = `${challenge}.caddy.example`;
    const start = (ratio: number): Daemon => startCaddy(t, { cwd, challenge, host }, ratio);
    const served = (daemon: Daemon, former?: string) =>
      servedCertificate(daemon, { port: site.ports.tls, host, ca: site.server.ca, former });
    let caddy = start(1 / 3);
    const first = await served(caddy);
    assert.deepEqual(dnsNames(first), [host]);
    await caddy.stop();
    // As if most of its life were over.
    caddy = start(0.9999999);
    const second = await served(caddy, first.fingerprint256);
    await caddy.stop();
    // It asks the OCSP responder when it starts and has no answer kept.
    rmSync(join(cwd, 'storage', 'ocsp'), { recursive: true, force: true });
    await site.mortise('certificate', 'revoke', second.fingerprint256);
    caddy = start(1 / 3);
    const third = await served(caddy, second.fingerprint256);
    assert.notEqual(third.fingerprint256, first.fingerprint256);
  });
}

test('Caddy binds its account to a client, issues and renews', { skip }, async (t) => {
  const made = await enrolment(site, 'by-caddy');
  const host = made.identifier;
  const wanted: Wanted = { cwd: site.place('caddy-client'), host, enrolment: made };
  const served = (daemon: Daemon, former?: string) =>
    servedCertificate(daemon, { port: site.ports.tls, host, ca: undefined, former });
  let caddy = startCaddy(t, wanted, 1 / 3);
  const first = await served(caddy);
  await caddy.stop();
  caddy = startCaddy(t, wanted, 0.9999999);
  const second = await served(caddy, first.fingerprint256);
  await caddy.stop();
  await areCredentials(site, made, [first, second]);
});
