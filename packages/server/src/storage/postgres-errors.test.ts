import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { listen, stopListening } from '../../../../testing/listening.ts';
import { StorageError } from './errors.ts';
import { PostgresDatabase } from './postgres.ts';
import { postgresError } from './postgres-errors.ts';

test('a server whose TLS is broken cannot be reached', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    // It agrees to TLS, and speaks something else.
    socket.once('data', () => {
      socket.write('S');
      socket.once('data', () => socket.write('no TLS at all'));
    });
  });
  const port = await listen(server);
  t.after(() => stopListening(server));
  const database = new PostgresDatabase(`postgres://x:x@127.0.0.1:${port}/x?sslmode=verify-full`, () => {});
  t.after(() => database.close());
  await assert.rejects(database.all('SELECT 1'), (error: StorageError) => {
    assert.equal(error.code, 'unreachable');
    assert.match(String((error.cause as { code?: string }).code), /^(?:ERR_SSL_|EPROTO)/);
    return true;
  });
});

test('what a connection fails with is told from what a statement or its work fails with', () => {
  const coded = (code: string) => Object.assign(new Error('of no connexion'), { code });
  for (const code of [
    'ECONNRESET',
    'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_STREAM_DESTROYED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_HAS_EXPIRED',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ]) {
    const error = postgresError(coded(code));
    assert.ok(error instanceof StorageError, code);
    assert.equal(error.code, 'unreachable');
  }
  for (const error of [coded('ERR_INVALID_ARG_TYPE'), coded('certificate_unknown'), coded('contended'), 1]) {
    assert.equal(postgresError(error), error);
  }
});
