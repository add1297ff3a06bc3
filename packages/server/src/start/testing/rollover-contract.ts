import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import { type Issued, openRolloverHouse, type RolloverHouse, type RolloverState } from './rollover-house.ts';
import { send } from './running-server.ts';

/** Calls an API over and over while something else happens; how many calls were made, and what went wrong. */
class Traffic {
  readonly failures: unknown[] = [];
  calls = 0;
  #stopped = false;
  readonly #running: Promise<void>;

  constructor(house: RolloverHouse) {
    this.#running = this.#run(house);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run({ billing, apiUrl }: RolloverHouse): Promise<void> {
    while (!this.#stopped) {
      try {
        const answer = await billing.request({ url: apiUrl });
        if (answer.status !== 200) this.failures.push(answer.status);
      } catch (error) {
        this.failures.push(error);
      }
      this.calls += 1;
    }
  }
}

const stateOf = (state: RolloverState, name: string): string | undefined =>
  state.participants.find((one) => one.name === name)?.state;

/** Whether a TLS client that trusts these certificates alone trusts the server. */
function isTrusted(house: RolloverHouse, ca: string): Promise<boolean> {
  const { port } = new URL(house.server.issuer);
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port), servername: 'localhost', ca });
    socket.once('secureConnect', () => {
      resolve(socket.authorized);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}

/** A whole rollover over real TLS, with one server, one node, one client that follows and one that says nothing. */
export async function rolloverContract(
  name: string,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const house = await openRolloverHouse(flags);
  after(() => house.close());
  const { billing, command, mortise, issue, rollover, until } = house;
  const failed = async (...argv: string[]): Promise<string> => {
    const result = await command('authority', 'rollover', ...argv);
    assert.equal(result.status, 1);
    return result.stderr;
  };

  test(`${name}: a root is rolled over, each step with its proof, and no call fails`, async (t) => {
    assert.match(await failed('status'), /rollover_unknown/);
    assert.match(await failed('switch'), /rollover_unknown/);
    const traffic = new Traffic(house);
    t.after(() => traffic.stop());
    const oldCa = house.server.ca;

    const published = await rollover('publish');
    assert.equal(published.phase, 'published');
    assert.match(await failed('publish'), /rollover_in_progress/);
    assert.match(await failed('retire'), /step_out_of_order/);
    const newRoot = published.new_root.fingerprint256;
    const { new_by_old: newByOld, old_by_new: oldByNew } = published.cross_certificates;
    const oldRoot = new X509Certificate(oldCa);
    assert.equal(new X509Certificate(newByOld!).verify(oldRoot.publicKey), true);
    assert.equal(new X509Certificate(oldByNew).subject, oldRoot.subject);
    assert.deepEqual(new X509Certificate(oldByNew).publicKey.equals(oldRoot.publicKey), true);

    // The node hears of the root by its feed, and the administrator's folder is kept by the server.
    const heard = await until(
      (state) => stateOf(state, 'payments') === 'ready' && stateOf(state, 'admin') === 'ready',
    );
    assert.deepEqual(heard.blocking, ['billing', 'legacy']);
    assert.equal(stateOf(heard, 'billing'), 'unobservable');
    assert.match(await failed('switch'), /rollover_not_ready.*billing, legacy/);
    assert.match(await failed('switch', '--waive', 'legacy'), /rollover_not_ready.*: billing: no report/);
    assert.match(await failed('switch', '--waive', 'payments'), /waiver_unknown.*payments/);

    const follower = billing.followTrust({ everySeconds: 3600 });
    await follower.check();
    const ready = await rollover();
    assert.deepEqual(ready.blocking, ['legacy']);

    const switched = await rollover('switch', '--waive', 'legacy');
    assert.equal(switched.phase, 'switched');
    assert.deepEqual(switched.broken, ['legacy']);
    // What is issued from now on is under the new root, and comes with both.
    const issued = await issue('billing', '--client', 'billing');
    assert.equal(roots(issued.ca)[0], newRoot);
    assert.equal(roots(issued.ca).length, 2);
    assert.equal(
      new X509Certificate(certificates(issued.cert)[1]!).verify(
        new X509Certificate(certificates(issued.ca)[0]!).publicKey,
      ),
      true,
    );
    await until(
      (state) =>
        stateOf(state, 'admin') === 'ready' && !state.certificates.some(({ holder }) => holder === 'admin'),
    );
    // The listener proves itself to those who know the new root alone, and to those who know the old one alone.
    const [newPem, oldPem] = certificates(issued.ca);
    assert.equal(await isTrusted(house, newPem!), true);
    assert.equal(await isTrusted(house, oldPem!), true);
    assert.equal(await isTrusted(house, oldCa), true);

    const early = await failed('retire');
    for (const one of ['billing', 'legacy', 'localhost', 'payments']) assert.match(early, new RegExp(one));
    await billing.replaceCertificate(issued);
    await house.replaceNode(await issue('payments', '--client', 'payments'));
    const serverCertificate = await issue('api', '--profile', 'server', '--name', 'localhost');
    house.api.setSecureContext(serverCertificate);
    await follower.check();
    const replaced = await until((state) => state.blocking.length === 1);
    assert.deepEqual(replaced.blocking, ['legacy']);
    assert.deepEqual(replaced.waived, []);
    assert.match(await failed('retire'), /rollover_not_ready.*legacy/);

    const before = traffic.calls;
    const retired = await rollover('retire', '--waive', 'legacy');
    assert.equal(retired.phase, 'retired');
    assert.equal(retired.next, undefined);
    while (traffic.calls < before + 5) await new Promise((resolve) => setImmediate(resolve));
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);
    assert.ok(traffic.calls > 20);

    // The old root is out of the bundle, and out of the hands of those who follow.
    await follower.check();
    const bundle = await billing.request({ url: `${house.server.issuer}/trust/v1/bundle`, token: false });
    const { roots: given, retired: gone } = bundle.json() as {
      roots: { sha256: string }[];
      retired: string[];
    };
    assert.deepEqual(
      given.map(({ sha256 }) => sha256),
      [newRoot],
    );
    assert.deepEqual(gone, [published.old_root.fingerprint256]);
    const shown = await mortise<{ revocation_reason?: string }>('certificate', 'show', roots(oldByNew)[0]!);
    assert.equal(shown.revocation_reason, 'superseded');
    const acts = await mortise<{ act: string }[]>('audit', 'list');
    const steps = acts.map(({ act }) => act).filter((act) => act.startsWith('authority.rollover_'));
    assert.deepEqual(steps.sort(), [
      'authority.rollover_published',
      'authority.rollover_retired',
      'authority.rollover_switched',
    ]);
  });

  test(`${name}: another rollover is cancelled, and a third forced, which names what it breaks`, async () => {
    const kept = await issue('legacy', '--client', 'legacy');
    const { new_root: unused } = await rollover('publish');
    const cancelled = await rollover('cancel');
    assert.equal(cancelled.phase, 'cancelled');
    assert.match(await failed('cancel'), /step_out_of_order/);
    const { new_root: third } = await rollover('publish', '--key-type', 'ec-p384');
    assert.notEqual(third.fingerprint256, unused.fingerprint256);
    const forced = await rollover('switch', '--force');
    assert.equal(forced.phase, 'switched');
    assert.ok(forced.broken?.includes('legacy'));
    const ended = await rollover('retire', '--force');
    assert.equal(ended.phase, 'retired');
    assert.ok(ended.broken?.includes('legacy'));
    // The old certificates have ended with their root.
    assert.deepEqual(await reportWith(house, kept, '{}'), [403, 'revoked']);
  });

  test(`${name}: a report is taken over a connection with a registered certificate alone, and only if it is right`, async () => {
    const issued = await issue('legacy', '--client', 'legacy');
    const anchors = [house.server.ca].flatMap(roots);
    const right = { kind: 'agent', instance: 'a', anchors };
    const wrong = [
      {},
      { instance: 'a' },
      { ...right, kind: 'node' },
      { ...right, anchors: ['x'] },
      { instance: 'a b', anchors },
    ];
    for (const body of wrong) {
      assert.deepEqual(await reportWith(house, issued, JSON.stringify(body)), [400, 'report_invalid']);
    }
    assert.deepEqual(await reportWith(house, issued, 'no JSON'), [400, 'body_invalid']);
    assert.deepEqual(await reportWith(house, { ...issued, key: '', cert: '' }, '{}'), [
      403,
      'certificate_missing',
    ]);
    assert.deepEqual(await reportWith(house, issued, JSON.stringify(right)), [204, undefined]);
    await rollover('publish');
    assert.equal(stateOf(await rollover(), 'legacy'), 'silent');
    assert.deepEqual(await reportWith(house, issued, JSON.stringify(right)), [204, undefined]);
    assert.equal(stateOf(await rollover(), 'legacy'), 'lacking');
    const gone = JSON.stringify({ kind: 'agent', instance: 'a', gone: true });
    assert.deepEqual(await reportWith(house, issued, gone), [204, undefined]);
    assert.equal(stateOf(await rollover(), 'legacy'), 'unobservable');
    // A client that is suspended may be resumed; one that is revoked is gone.
    await mortise('client', 'suspend', 'legacy');
    assert.equal(stateOf(await rollover(), 'legacy'), 'unobservable');
    assert.deepEqual(await reportWith(house, issued, JSON.stringify(right)), [403, 'client_not_active']);
    await mortise('client', 'revoke', 'legacy');
    assert.equal(stateOf(await rollover(), 'legacy'), undefined);
  });
}

/** What the server says to a report over a connection with this certificate. */
async function reportWith(
  { server }: RolloverHouse,
  issued: Issued,
  body: string,
): Promise<[number, unknown]> {
  const { key, cert } = issued;
  const answer = await send(`${server.mtls}/trust/v1/reports`, {
    key,
    cert,
    ca: readFileSync(join(server.data, 'admin', 'ca.pem')),
    method: 'POST',
    body,
  });
  return [answer.status, answer.text === '' ? undefined : answer.json()['code']];
}

function certificates(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
}

function roots(pem: string): string[] {
  return certificates(pem).map((one) =>
    new X509Certificate(one).fingerprint256.replaceAll(':', '').toLowerCase(),
  );
}
