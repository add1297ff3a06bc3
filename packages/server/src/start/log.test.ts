import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createLog } from './log.ts';

function logged(isTTY: boolean, write: (log: ReturnType<typeof createLog>) => void): string {
  let text = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  write(createLog('info', Object.assign(sink, { isTTY })));
  return text;
}

const hostile = 'a\u001b]0;owned\u0007\r\n12:00:00 info  all is well\u009b2J\u202e\u2028b';

for (const [where, isTTY] of [
  ['for a person', true],
  ['for a machine', false],
] as const) {
  test(`what a stranger sent stays one line without a control character (${where})`, () => {
    const text = logged(isTTY, (log) => {
      log.info({ clientId: hostile, nested: { name: hostile } }, 'a request was refused');
    });
    assert.equal(text.split('\n').length, 2);
    assert.doesNotMatch(text.trimEnd(), isTTY ? /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u : /[\u0000-\u001f]/);
    assert.match(text, /owned/);
  });
}

test('an error keeps the lines of its stack', () => {
  const text = logged(true, (log) => log.error({ err: new Error('it failed') }, 'a request failed'));
  assert.match(text, /error a request failed.*\nError: it failed\n {4}at /);
});

test('members that may hold a credential are not written', () => {
  for (const isTTY of [true, false]) {
    const text = logged(isTTY, (log) => {
      log.info({ client_secret: 'one', headers: { authorization: 'two' }, a: { b: { token: 'three' } } });
    });
    assert.doesNotMatch(text, /one|two|three/);
  }
});
