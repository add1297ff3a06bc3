import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  parseSealLine,
  type SealedEvent,
  SealHash,
  type SealKey,
  sealIsSigned,
  sealLine,
  signSeal,
} from './seals.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const key: SealKey = {
  privateKey,
  publicKey: createPublicKey(privateKey).export({ format: 'jwk' }).x as string,
};
const events: SealedEvent[] = [
  [1, 10, 'cli', 'x.done', 'client', 'a', null, null, null],
  [2, 11, 'cli', 'x.done', 'client', 'a', 'a', '{"b":1}', null],
];

function hashOf(
  list: readonly SealedEvent[],
  previous?: ReturnType<typeof signSeal>,
  from = 1,
  to = 2,
): string {
  const hash = new SealHash(previous, from, to);
  for (const event of list) hash.add(event);
  return hash.digest();
}

const seal = signSeal({ from: 1, to: 2, hash: hashOf(events), at: 12 }, key);

test('the hash depends on every event, their order, the stretch and the seal before', () => {
  const [first, second] = events as [SealedEvent, SealedEvent];
  const changed = second.map((value, index) => (index === 6 ? null : value)) as unknown as SealedEvent;
  const hashes = [
    hashOf(events),
    hashOf([first]),
    hashOf([second, first]),
    hashOf([first, changed]),
    hashOf(events, undefined, 1, 3),
    hashOf(events, seal),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
  assert.equal(hashOf(events), hashes[0]);
});

test('a signature covers every member', () => {
  assert.equal(sealIsSigned(seal), true);
  for (const change of [
    { from: 0 },
    { to: 3 },
    { hash: 'A' },
    { at: 13 },
    { publicKey: 'AAAA' },
    { signature: '' },
  ]) {
    assert.equal(sealIsSigned({ ...seal, ...change }), false);
  }
});

test('a seal comes back from its line, and nothing else does', () => {
  assert.deepEqual(parseSealLine(sealLine(seal)), seal);
  for (const line of [
    '',
    'x',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...seal, to: '2' }),
    JSON.stringify({ ...seal, from: -1 }),
  ]) {
    assert.equal(parseSealLine(line), undefined);
  }
});
