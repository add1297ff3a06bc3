import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeholders, postgresText, sqliteText } from './statement-text.ts';

test('placeholders are numbered for PostgreSQL', () => {
  assert.equal(
    postgresText('SELECT ? FROM a WHERE b = ? FOR UPDATE'),
    'SELECT $1 FROM a WHERE b = $2 FOR UPDATE',
  );
  assert.equal(placeholders(3), '?, ?, ?');
});

test('row locks at the end are dropped for SQLite', () => {
  assert.equal(sqliteText('SELECT a FROM b WHERE c = ?\n FOR UPDATE'), 'SELECT a FROM b WHERE c = ?');
  assert.equal(sqliteText('SELECT a FROM b FOR SHARE'), 'SELECT a FROM b');
  assert.equal(sqliteText('SELECT a FROM b FOR UPDATE SKIP LOCKED'), 'SELECT a FROM b');
  assert.equal(sqliteText('SELECT a FROM b'), 'SELECT a FROM b');
});
