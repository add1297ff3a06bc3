import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trustDomainOf } from './spiffe-id.ts';

test('a SPIFFE ID has a trust domain and a path', () => {
  assert.equal(trustDomainOf('spiffe://example.com/ns/prod/sa/billing'), 'example.com');
  assert.equal(trustDomainOf('spiffe://mesh/Billing-1_a.b'), 'mesh');
});

for (const id of [
  'spiffe://example.com',
  'spiffe://example.com/',
  'spiffe://example.com/a/',
  'spiffe://example.com//a',
  'spiffe://example.com/../a',
  'spiffe://example.com/a/.',
  'spiffe://example.com/a%20b',
  'spiffe://example.com/a?b',
  'spiffe://example.com/a#b',
  'spiffe://Example.com/a',
  'spiffe://example.com:443/a',
  'spiffe://user@example.com/a',
  'spiffe:///a',
  'SPIFFE://example.com/a',
  'https://example.com/a',
  `spiffe://example.com/${'a'.repeat(2048)}`,
]) {
  test(`${id.slice(0, 40)} is no SPIFFE ID of a workload`, () => assert.equal(trustDomainOf(id), undefined));
}
