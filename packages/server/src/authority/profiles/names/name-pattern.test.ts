import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNamePattern, matchesPattern } from './name-pattern.ts';

for (const [pattern, matching, others] of [
  [
    'dns:api.example.com',
    ['dns:api.example.com'],
    ['dns:api.example.comm', 'dns:xapi.example.com', 'uri:api.example.com'],
  ],
  [
    'dns:*.Example.com',
    ['dns:a.example.com', 'dns:*.example.com'],
    ['dns:a.b.example.com', 'dns:example.com', 'dns:.example.com'],
  ],
  ['dns:api-*.example.com', ['dns:api-1.example.com'], ['dns:api-.example.com', 'dns:api-1.b.example.com']],
  [
    'dns:**.example.com',
    ['dns:a.example.com', 'dns:a.b.example.com'],
    ['dns:example.com', 'dns:a.example.org'],
  ],
  [
    'uri:spiffe://example.com/ns/*',
    ['uri:spiffe://example.com/ns/a'],
    ['uri:spiffe://example.com/ns/a/b', 'uri:spiffe://example.com/ns/'],
  ],
  ['uri:spiffe://example.com/**', ['uri:spiffe://example.com/ns/a'], ['uri:spiffe://example.com.evil/ns/a']],
  ['ip:10.0.0.0/8', ['ip:10.1.2.3'], ['ip:11.0.0.1', 'ip:2001:db8::1', 'dns:10.1.2.3']],
  ['ip:2001:db8::/32', ['ip:2001:db8::1'], ['ip:2001:db9::1', 'ip:10.0.0.1']],
  ['ip:192.0.2.1', ['ip:192.0.2.1'], ['ip:192.0.2.2']],
  ['email:*@example.com', ['email:a@example.com'], ['email:a@b@example.com', 'email:@example.com']],
] as const) {
  test(`the pattern ${pattern} matches what it says, and nothing else`, () => {
    assert.ok(isNamePattern(pattern));
    for (const name of matching) assert.ok(matchesPattern(name, pattern), name);
    for (const name of others) assert.ok(!matchesPattern(name, pattern), name);
  });
}

test('what is no pattern is none', () => {
  for (const text of [
    '',
    'example.com',
    'dns:',
    'other:a',
    'ip:10.0.0.0/33',
    'ip:x',
    'dns:***.a',
    'dns:a b',
    `dns:${'*.'.repeat(12)}a`,
  ]) {
    assert.ok(!isNamePattern(text), text);
  }
});

test('no pattern is slow, whatever the name', () => {
  const pattern = `uri:${'**a'.repeat(11)}b`;
  assert.ok(isNamePattern(pattern));
  assert.ok(!matchesPattern(`uri:${'a'.repeat(2000)}`, pattern));
});
