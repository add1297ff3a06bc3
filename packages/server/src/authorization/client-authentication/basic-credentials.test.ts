import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readBasicCredentials } from './basic-credentials.ts';

const header = (pair: string | Buffer) => `Basic ${Buffer.from(pair).toString('base64')}`;
const sha256 = (text: string) => createHash('sha256').update(text).digest();

describe('credentials of the scheme Basic', () => {
  test('are read alike whether or not they were read before', () => {
    for (const authorization of [header('billing:mrt_one'), header(`billing:mrt_${'x'.repeat(600)}`)]) {
      const first = readBasicCredentials(authorization);
      assert.equal(first?.clientId, 'billing');
      assert.deepEqual(readBasicCredentials(authorization), first);
    }
  });

  test('another secret, another id and another place of the colon are other credentials', () => {
    const read = ['a:b:c', 'a:b', 'a%3Ab:c', 'a:b%3Ac', 'b:a'].map((pair) =>
      readBasicCredentials(header(pair)),
    );
    assert.deepEqual(
      read.map((one) => [one?.clientId, one?.secretHash]),
      [
        ['a', sha256('b:c')],
        ['a', sha256('b')],
        ['a:b', sha256('c')],
        ['a', sha256('b:c')],
        ['b', sha256('a')],
      ],
    );
  });

  test('property: any id and secret come through, and nothing that is kept is the secret', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).map((one) => one.toWellFormed());
    const secrets = text.map((one) => `secret ${one}`.replaceAll('\0', ''));
    fc.assert(
      fc.property(
        text.map((one) => one.replaceAll('\0', '-')),
        secrets,
        (clientId, secret) => {
          const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
          const read = readBasicCredentials(header(pair));
          assert.deepEqual(read, { source: 'authorization', clientId, secretHash: sha256(secret) });
          assert.equal(readBasicCredentials(header(pair)), read);
        },
      ),
    );
  });

  for (const [what, authorization] of [
    ['no colon', header('billing')],
    ['no id', header(':secret')],
    ['NUL', header('billing:a\0b')],
    ['NUL behind percent-encoding', header('billing:a%00b')],
    ['what is not UTF-8', header(Buffer.from('billing:\xff', 'latin1'))],
    ['bad percent-encoding', header('billing:%zz')],
    ['what is not base64', 'Basic *'],
    ['another scheme', 'Bearer YTpi'],
    ['nothing behind the scheme', 'Basic '],
  ] as const) {
    test(`with ${what} there are none, the second time neither`, () => {
      assert.equal(readBasicCredentials(authorization), undefined);
      assert.equal(readBasicCredentials(authorization), undefined);
    });
  }
});
