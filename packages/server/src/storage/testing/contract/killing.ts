import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { verifyAudit } from '../../verify-audit.ts';
import { now } from '../records.ts';
import { startProcess } from '../start-process.ts';
import { type DatabaseKind, temporaryFolder, withStorage } from '../storage-for-test.ts';
import type { Line } from '../storage-process.ts';

export interface Killing {
  /** How many times. */
  readonly rounds: number;
  /** Kills the process, and perhaps the database under it; called once some acts were acknowledged, more in each round. */
  readonly kill: (writer: { kill(): Promise<void> }) => Promise<void>;
}

/** Kills in the midst of writing lose nothing that was acknowledged, and leave no half of an act. */
export function killingContract(kind: DatabaseKind, what: string, killing: Killing): void {
  test(`${kind.name}: ${what} ${killing.rounds} times during writes loses nothing that was acknowledged`, async () => {
    const url = await kind.createDatabase();
    const sealFile = join(temporaryFolder(), 'seals.ndjson');
    const acknowledged: Line[] = [];
    for (let round = 1; round <= killing.rounds; round += 1) {
      const writer = startProcess(['write', url, `${round}`, sealFile]);
      let seen = 0;
      for await (const line of writer.lines) {
        // When the database goes away under it, a writer says so and does no more.
        if ('refused' in line) {
          assert.equal(seen >= 1 + round * 7, true, JSON.stringify(line));
          continue;
        }
        acknowledged.push(line);
        seen += 1;
        if (seen === 1 + round * 7) await killing.kill(writer);
      }
      assert.equal(seen >= 1 + round * 7, true);
      await writer.kill();
    }
    await withStorage({ url, sealFile }, async (storage) => {
      const events = new Map((await storage.feed.read(0, 1_000_000)).map((event) => [event.sequence, event]));
      const denied = new Set((await storage.revocation.denylist()).map(({ entry }) => entry.id));
      let clients = 0;
      for (const line of acknowledged) {
        if ('client' in line) {
          clients += 1;
          assert.equal((await storage.clients.find(line.client, now))?.credentials.length, 1);
          assert.equal(events.get(line.sequence)?.clientId, line.client);
        } else if ('token' in line) {
          assert.equal(denied.has(line.token), true);
          assert.equal(events.get(line.sequence)?.denylist?.add?.[0]?.id, line.token);
        } else if ('jti' in line) {
          const use = { clientId: 'a', jti: line.jti, expiresAt: now };
          assert.equal(await storage.replayGuard.consume(use), false);
        }
      }
      assert.equal(clients > 0, true);
      // Whole acts only: as many of each row as of its event.
      const stored = await storage.clients.list({ limit: 1_000_000 });
      const created = [...events.values()].filter(({ act }) => act === 'client.created');
      assert.equal(stored.length, created.length);
      assert.equal(denied.size, events.size - created.length);
    });
    const report = await verifyAudit({ url, sealFile });
    const broken = report.failures.filter(({ code }) => code !== 'malformed_seal');
    assert.deepEqual(broken, []);
  });
}
