import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedOrDiscarded } from './recorded-or-discarded.ts';

const made = [
  { id: 'auth_a', signer: 'pkcs11', keyLocation: 'pkcs11:token=T;object=auth_a' },
  { id: 'auth_b', signer: 'file' },
] as const;

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

async function discarded(record: () => Promise<boolean>, isRecorded: () => Promise<boolean>) {
  const ids: string[] = [];
  const keys = { discard: async ({ id }: { readonly id: string }) => void ids.push(id) };
  const outcome = await recordedOrDiscarded(made, { keys, record, isRecorded }).catch(
    (error: Error) => error.message,
  );
  return { outcome, ids };
}

const yes = () => Promise.resolve(true);
const no = () => Promise.resolve(false);
const failing = (code: string) => () => Promise.reject(coded(code));

test('the keys of what is recorded stay, and those of what is not recorded are removed', async () => {
  assert.deepEqual(await discarded(yes, no), { outcome: true, ids: [] });
  assert.deepEqual(await discarded(no, no), { outcome: false, ids: ['auth_a', 'auth_b'] });
});

test('after a failure the keys are removed only if it is certain that nothing was recorded', async () => {
  const failed = failing('conflict');
  assert.deepEqual(await discarded(failed, no), { outcome: 'conflict', ids: ['auth_a', 'auth_b'] });
  assert.deepEqual(await discarded(failed, yes), { outcome: 'conflict', ids: [] });
  assert.deepEqual(await discarded(failed, failing('closed')), { outcome: 'conflict', ids: [] });
  assert.deepEqual(await discarded(failing('unreachable'), no), { outcome: 'unreachable', ids: [] });
});
