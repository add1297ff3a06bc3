import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseSealLine } from '../../../events/index.ts';
import type { Value } from '../../database.ts';
import { type AuditReport, verifyAudit } from '../../verify-audit.ts';
import { draft } from '../records.ts';
import { type DatabaseKind, temporaryFolder, withStorage } from '../storage-for-test.ts';
import { tamper } from '../tamper.ts';

interface Sealed {
  readonly url: string;
  readonly sealFile: string;
}

/** Seven events: 1 to 3 and 4 to 6 under a seal each, then 7, which closing seals. */
async function sealed(kind: DatabaseKind, folder: string, actor = 'cli'): Promise<Sealed> {
  const url = await kind.createDatabase();
  const sealFile = join(folder, `${new URL(url).pathname.replace(/\W/g, '_')}.ndjson`);
  await withStorage({ url, sealFile }, async ({ revocation, seals }) => {
    for (let number = 1; number <= 7; number += 1) {
      await revocation.record(draft('x.done', 'a', { actor, data: { number } }));
      if (number % 3 === 0) await seals.seal();
    }
  });
  return { url, sealFile };
}

const codes = (report: AuditReport) => [...new Set(report.failures.map(({ code }) => code))].sort();

/** What someone with the database may do, and what is then found with the file and without. */
const changes: [string, string, Value[], string[], string[]][] = [
  [
    'changes an event',
    `UPDATE events SET actor = ? WHERE sequence = 2`,
    ['cli '],
    ['events_changed'],
    ['events_changed'],
  ],
  [
    "changes an event's data",
    `UPDATE events SET data = ? WHERE sequence = 2`,
    ['{}'],
    ['events_changed'],
    ['events_changed'],
  ],
  ['removes an event', 'DELETE FROM events WHERE sequence = ?', [5], ['events_changed'], ['events_changed']],
  [
    'puts an event before all others',
    `INSERT INTO events (sequence, at, actor, act, object_kind, object_id) VALUES (?, 1, 'cli', 'x', 'client', 'a')`,
    [-4],
    ['events_changed'],
    ['events_changed'],
  ],
  [
    'renumbers an event',
    'UPDATE events SET sequence = ? WHERE sequence = 7',
    [70],
    ['events_changed'],
    ['events_changed'],
  ],
  ['removes the last seal', 'DELETE FROM seals WHERE to_sequence = ?', [7], ['seal_missing'], []],
  ['removes all seals', 'DELETE FROM seals WHERE to_sequence > ?', [0], ['seal_missing'], []],
  [
    'removes a seal between others',
    'DELETE FROM seals WHERE to_sequence = ?',
    [6],
    ['chain_broken', 'events_changed', 'seal_missing'],
    ['chain_broken', 'events_changed'],
  ],
  [
    'changes a signature',
    'UPDATE seals SET signature = ? WHERE to_sequence = 6',
    ['AAAA'],
    ['bad_signature'],
    ['bad_signature'],
  ],
  [
    'changes when a seal was made',
    'UPDATE seals SET at = ? WHERE to_sequence = 6',
    [5],
    ['bad_signature'],
    ['bad_signature'],
  ],
];

export function sealsContract(kind: DatabaseKind): void {
  const folder = temporaryFolder();

  test(`${kind.name}: an untouched feed is as it was sealed, also before the last events are`, async () => {
    const { url, sealFile } = await sealed(kind, folder);
    const whole = { valid: true, failures: [], sealedTo: 7, sealedEvents: 7, unsealedEvents: 0 };
    assert.deepEqual(await verifyAudit({ url, sealFile }), { ...whole, heldSeals: 3 });
    assert.deepEqual(await verifyAudit({ url }), { ...whole, heldSeals: undefined });
    const held = readFileSync(sealFile, 'utf8').trimEnd().split('\n').map(parseSealLine);
    assert.deepEqual(
      held.map((seal) => [seal?.from, seal?.to]),
      [
        [1, 3],
        [4, 6],
        [7, 7],
      ],
    );
    assert.equal(statSync(sealFile).mode & 0o777, 0o600);
    await withStorage({ url, sealFile }, async ({ revocation, seals }) => {
      await revocation.record(draft('x.done', 'a'));
      assert.equal((await verifyAudit({ url, sealFile })).unsealedEvents, 1);
      assert.equal((await seals.last())?.to, 7);
    });
  });

  for (const [what, sql, values, withFile, withoutFile] of changes) {
    test(`${kind.name}: it is found when someone ${what}`, async () => {
      const { url, sealFile } = await sealed(kind, folder);
      await tamper(url, sql, values);
      const report = await verifyAudit({ url, sealFile });
      assert.deepEqual([report.valid, codes(report)], [false, withFile]);
      assert.deepEqual(codes(await verifyAudit({ url })), withoutFile);
    });
  }

  test(`${kind.name}: a history made anew with a seal key of its own is found by a seal held elsewhere`, async () => {
    const real = await sealed(kind, folder);
    const forged = await sealed(kind, folder, 'client:other');
    assert.deepEqual(codes(await verifyAudit({ url: forged.url, sealFile: real.sealFile })), [
      'other_key',
      'seal_changed',
    ]);
  });

  test(`${kind.name}: lines of the file that are no seals, or forged, are found`, async () => {
    const { url, sealFile } = await sealed(kind, folder);
    const [first, second] = readFileSync(sealFile, 'utf8').split('\n') as [string, string];
    const forged = JSON.stringify({ ...JSON.parse(second), hash: 'A'.repeat(43) });
    writeFileSync(sealFile, `${first}\nnonsense\n\n{"from":1}\n${forged}\n`);
    const report = await verifyAudit({ url, sealFile });
    assert.deepEqual(report.failures, [
      { code: 'malformed_seal', line: 2 },
      { code: 'malformed_seal', line: 4 },
      { code: 'bad_signature', from: 4, to: 6, line: 5 },
      { code: 'seal_changed', from: 4, to: 6, line: 5 },
    ]);
  });

  test(`${kind.name}: the file goes on after a line that a crash cut off, and says when the database was put back`, async () => {
    const { url, sealFile } = await sealed(kind, folder);
    const whole = readFileSync(sealFile, 'utf8');
    writeFileSync(sealFile, `${whole}{"from":8,`);
    await withStorage({ url, sealFile }, ({ revocation }) => revocation.record(draft('x.done', 'a')));
    const report = await verifyAudit({ url, sealFile });
    assert.deepEqual([report.heldSeals, codes(report)], [4, ['malformed_seal']]);
    writeFileSync(sealFile, whole.replaceAll('"to":7', '"to":9'));
    const logged: object[] = [];
    const log = { warn: () => {}, error: (fields: object) => logged.push(fields) };
    await withStorage({ url, sealFile, log }, async () => {});
    assert.deepEqual(logged, [{ from: 7, to: 9 }]);
  });

  test(`${kind.name}: a file of seals that is not there is no proof of anything`, async () => {
    const { url } = await sealed(kind, folder);
    await assert.rejects(verifyAudit({ url, sealFile: join(folder, 'none') }), { code: 'unreachable' });
  });

  test(`${kind.name}: a new file gets the seals of before`, async () => {
    const { url } = await sealed(kind, folder);
    const sealFile = join(folder, `new-${kind.name}.ndjson`);
    assert.equal(existsSync(sealFile), false);
    await withStorage({ url, sealFile }, ({ seals }) => seals.seal());
    assert.equal((await verifyAudit({ url, sealFile })).heldSeals, 3);
  });
}
