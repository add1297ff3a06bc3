/** The test of invariant 8, on whatever database the houses stand on. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { type House, payments } from './house.ts';
import { basic } from './https-request.ts';

/** What was answered with success before a kill. */
interface Acknowledged {
  readonly secrets: Map<string, string>;
  readonly revokedClients: Set<string>;
  readonly revokedTokens: Map<string, string>;
  readonly certificates: Map<string, string>;
  /** The client of an act that was asked for and never answered: it happened whole, or not at all. */
  readonly unanswered: Set<string>;
}

const rounds = 6;
const writers = 4;

export function acknowledgedTests(database: string, houses: () => readonly House[]): void {
  test(`invariant 8: kill -9 at any moment of acts over the admin API loses none that was acknowledged (${database})`, async () => {
    const done: Acknowledged = {
      secrets: new Map(),
      revokedClients: new Set(),
      revokedTokens: new Map(),
      certificates: new Map(),
      unanswered: new Set(),
    };
    for (let round = 0; round < rounds; round += 1) {
      await writeUntilKilled(houses(), round, done);
      for (const house of houses()) await house.restart();
    }
    assert.ok(done.secrets.size > rounds && done.revokedClients.size > 0 && done.revokedTokens.size > 0);
    for (const house of houses()) await verify(house, done);
    const audit = await houses()[0]!.command('audit', 'verify', ...houses()[0]!.databaseFlags, '--json');
    assert.equal(audit.status, 0, audit.stderr + audit.stdout);
  });
}

/** Several administrators at once, until the processes are killed somewhere in the midst. */
async function writeUntilKilled(houses: readonly House[], round: number, done: Acknowledged): Promise<void> {
  const before = done.secrets.size;
  const killAfter = before + randomInt(4, 24);
  let killed: Promise<unknown> | undefined;
  const perhapsKill = (): void => {
    if (killed !== undefined || done.secrets.size < killAfter) return;
    killed = Promise.all(houses.map((house) => house.kill('SIGKILL')));
  };
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const house = houses[writer % houses.length]!;
      for (let act = 0; killed === undefined; act += 1) {
        const clientId = `r${round}-w${writer}-${act}`;
        done.unanswered.add(clientId);
        try {
          await actsOn(house, clientId, act, done);
        } catch (error) {
          if (killed === undefined) throw error;
          return;
        }
        done.unanswered.delete(clientId);
        perhapsKill();
      }
    }),
  );
  await killed;
}

async function actsOn(house: House, clientId: string, act: number, done: Acknowledged): Promise<void> {
  const secret = await house.client(clientId);
  done.secrets.set(clientId, secret);
  if (act % 3 === 0) {
    await house.administer('POST', `/clients/${clientId}/revoke`, {});
    done.revokedClients.add(clientId);
  } else if (act % 3 === 1) {
    const headers = basic(clientId, secret);
    const answer = await house.token('public', { headers });
    if (answer.status !== 200) throw new Error(answer.text);
    const token = String(answer.body['access_token']);
    const revoked = await house.send('public', '/oauth2/revoke', { headers, form: { token } });
    if (revoked.status !== 200) throw new Error(revoked.text);
    done.revokedTokens.set(clientId, token);
  } else {
    const { fingerprint } = await house.certificate(clientId);
    done.certificates.set(clientId, fingerprint);
  }
}

async function verify(house: House, done: Acknowledged): Promise<void> {
  await house.administer('PATCH', `/resources/${encodeURIComponent(payments)}`, {
    resource_servers: ['admin'],
  });
  for (const [clientId, secret] of done.secrets) {
    const shown = await house.administer('GET', `/clients/${clientId}`);
    const revoked = done.revokedClients.has(clientId);
    if (!done.unanswered.has(clientId))
      assert.equal(shown['status'], revoked ? 'revoked' : 'active', clientId);
    const works = (await house.token('public', { headers: basic(clientId, secret) })).status === 200;
    assert.equal(works, shown['status'] === 'active', clientId);
  }
  for (const [clientId, token] of done.revokedTokens) {
    const answer = await house.send('mtls', '/oauth2/introspect', {
      identity: house.administrator,
      form: { client_id: 'admin', token },
    });
    assert.deepEqual(answer.body, { active: false }, clientId);
  }
  for (const [clientId, fingerprint] of done.certificates) {
    const shown = await house.administer('GET', `/certificates/${fingerprint}`);
    assert.equal(shown['client_id'], clientId);
  }
  for (const clientId of done.unanswered) {
    if (done.secrets.has(clientId)) continue;
    const shown = await house.ask('GET', `/clients/${clientId}`);
    assert.ok([200, 404].includes(shown.status));
    if (shown.status === 200)
      assert.equal((shown.body['credentials'] as unknown[]).length, 1, 'no half of an act');
  }
}
