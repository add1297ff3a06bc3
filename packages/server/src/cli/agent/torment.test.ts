import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ManagedCertificate, readEnrolment, type Wait } from '@mortise/client';
import { Certificate } from '@mortise/x509';
import { startTestServer } from '../../start/testing/running-server.ts';
import { runCommand } from '../testing/run-command.ts';
import { startTormentingProxy } from './testing/tormenting-proxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'mortise-torment-'));
const proxy = await startTormentingProxy(8555);
const server = await startTestServer({ flags: { issuer: `https://localhost:${proxy.port}` } });
proxy.lead({ url: `https://${server.listening.public}`, ca: server.ca });
const trusted = join(folder, 'trusted.pem');
writeFileSync(trusted, proxy.ca + server.ca);
after(async () => {
  await proxy.close();
  await server.discard();
  rmSync(folder, { recursive: true });
});

const mortise = async (...argv: string[]): Promise<string> => {
  const result = await runCommand([...argv, '--data', server.data, '--ca', trusted, '--json']);
  assert.equal(result.status, 0, result.stderr);
  return result.stdout;
};

/** Pauses pass at once. */
const wait: Wait = async (_at, signal) => {
  await setImmediate();
  signal.throwIfAborted();
};

/** What may come of torment; everything else would be wrong. */
const passing = new Set(['server_unreachable', 'unknown']);

async function insist<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await work();
    } catch (error) {
      const { code = '', status = 503 } = error as { code?: string; status?: number };
      assert.ok(passing.has(code) && status >= 500, `${code}: ${(error as Error).message}`);
      assert.ok(attempts < 20);
    }
  }
}

test('before our own server: lost, refused, delayed and reordered answers, and every certificate that was received is on record', async () => {
  const clients = ['a', 'b', 'c', 'd'];
  await Promise.all(
    clients.map(async (id) => {
      const created = await mortise(
        'client',
        'create',
        id,
        '--token-endpoint-auth-method',
        'tls_client_auth',
        '--enrol',
      );
      const received = new Set<string>();
      const managed = await ManagedCertificate.open({
        folder: join(folder, id),
        enrolment: readEnrolment(JSON.parse(created)),
        anchors: proxy.ca,
        onEvent: (event) => {
          if (event.type !== 'enrolled' && event.type !== 'renewed') return;
          received.add(event.credential.certificate.fingerprint256);
        },
        wait,
      });
      try {
        await insist(() => managed.enrol());
        for (let renewals = 0; renewals < 8; renewals += 1) await insist(() => managed.renew());
        await insist(() => managed.ensure());
      } finally {
        await managed.close();
      }
      assert.equal(received.size, 9);
      const issued = JSON.parse(await mortise('certificate', 'list', '--client', id)) as {
        fingerprint256: string;
      }[];
      const recorded = new Set(issued.map(({ fingerprint256 }) => fingerprint256));
      assert.deepEqual(
        [...received].filter((one) => !recorded.has(one)),
        [],
      );
      const kept = Certificate.parse(readFileSync(join(folder, id, 'cert.pem'), 'utf8'));
      assert.ok(received.has(kept.fingerprint256));
    }),
  );
  const events = JSON.parse(await mortise('audit', 'list', '--limit', '1000')) as {
    act: string;
    client_id?: string;
  }[];
  const accounts = events.filter(({ act }) => act === 'account.created').map(({ client_id: id }) => id);
  assert.deepEqual(accounts.sort(), clients, 'one account each, however often it was asked for');
  for (const torment of [
    'nonce refused',
    'request lost',
    'answer lost',
    'answer 503',
    'reordered',
    'held back',
  ] as const) {
    assert.ok((proxy.done.get(torment) ?? 0) > 3, `${torment}: ${proxy.done.get(torment)}`);
  }
});
