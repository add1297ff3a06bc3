import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CredentialDocument } from '../documents.ts';
import { credentialTable } from './describe.ts';

test('a credential is shown as active, expired or revoked', () => {
  const credential = { credential_id: 'cred_x', kind: 'key', created_at: 100 } as CredentialDocument;
  const shown = credentialTable(
    [
      { ...credential },
      { ...credential, expires_at: 201 },
      { ...credential, expires_at: 200 },
      { ...credential, kind: 'certificate', not_after: 199 },
      { ...credential, expires_at: 150, revoked_at: 140 },
    ],
    200_000,
  );
  const states = shown
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/ +/).at(-1));
  assert.deepEqual(states, ['active', 'active', 'expired', 'expired', 'revoked']);
});
