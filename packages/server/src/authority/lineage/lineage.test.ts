import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Lineage, lineages } from './lineage.ts';
import type { LineageEntry } from './store.ts';

const hour = 3_600_000;
const at = 1000 * hour;

/** Issued `id` hours before now, for a day. */
function entry(
  id: number,
  more: Partial<LineageEntry> = {},
  certificate: Partial<LineageEntry['certificate']> = {},
): LineageEntry {
  const issuedAt = at - id * hour;
  const digest = String(id);
  return {
    certificate: {
      fingerprint256: digest,
      x5t: digest,
      serialNumber: digest,
      authorityId: 'auth',
      profile: 'client',
      clientId: 'billing',
      subject: '',
      names: ['dns:billing', 'uri:x'],
      spkiSha256: digest,
      certificate: Buffer.alloc(0),
      notBefore: issuedAt,
      notAfter: issuedAt + 24 * hour,
      issuedAt,
      ...certificate,
    },
    accountId: 'account',
    liveTokens: 0,
    ...more,
  };
}

const shape = (found: readonly Lineage[]): [stage: string, fingerprints: string[]][] =>
  found.map(({ stage, certificates }) => [
    stage,
    certificates.map(({ certificate }) => certificate.fingerprint256),
  ]);

const stages: [string, string, LineageEntry[]][] = [
  ['nothing was used', 'unused', [entry(10), entry(1)]],
  ['only the old one was used', 'waiting', [entry(10, { lastUsedAt: at }), entry(1)]],
  [
    'the old one was used after the new one',
    'moving',
    [entry(10, { lastUsedAt: at }), entry(1, { lastUsedAt: at - 1 })],
  ],
  [
    'tokens bound to the old one live',
    'moving',
    [entry(10, { lastUsedAt: at - 2, liveTokens: 3 }), entry(1, { lastUsedAt: at })],
  ],
  [
    'an API saw the old one after the new one',
    'moving',
    [entry(10, { lastSeenAt: at }), entry(1, { lastUsedAt: at - 1 })],
  ],
  [
    'the new one alone is used',
    'settled',
    [entry(10, { lastUsedAt: at - 2 }), entry(1, { lastUsedAt: at, liveTokens: 5 })],
  ],
  ['there is one, and it is used', 'settled', [entry(1, { lastUsedAt: at })]],
];
for (const [what, stage, entries] of stages) {
  test(`a lineage is ${stage} where ${what}`, () => {
    assert.equal(lineages(entries, at)[0]?.stage, stage);
  });
}

test('tokens bound to a revoked certificate are not counted, and it is not what the client is on', () => {
  const revoked = entry(
    1,
    { lastUsedAt: at - 1, liveTokens: 9 },
    { revokedAt: at, revocationReason: 'key_compromise' },
  );
  const [found] = lineages([entry(10, { lastUsedAt: at, liveTokens: 2 }), revoked], at);
  assert.equal(found?.stage, 'settled');
  assert.deepEqual(
    found.certificates.map(({ liveTokens }) => liveTokens),
    [0, 2],
  );
});

test('a certificate succeeds the one that its order replaced, also of another account', () => {
  const found = lineages(
    [entry(10), entry(9, { accountId: 'other' }), entry(1, { accountId: 'new', replaces: '9' })],
    at,
  );
  assert.deepEqual(shape(found), [
    ['unused', ['10']],
    ['unused', ['1', '9']],
  ]);
  assert.equal(found[1]?.certificates[1]?.replacedBy, '1');
});

test('without one that is replaced, account, profile and names tell', () => {
  const found = lineages(
    [
      entry(10),
      entry(9, { accountId: 'second instance' }),
      entry(8, {}, { profile: 'spiffe' }),
      entry(7, {}, { names: ['dns:other'] }),
      entry(6, {}, { names: ['uri:x', 'dns:billing'] }),
      entry(5, { accountId: 'second instance', replaces: 'long forgotten' }),
    ],
    at,
  );
  assert.deepEqual(
    shape(found).map(([, fingerprints]) => fingerprints),
    [['6', '10'], ['5', '9'], ['8'], ['7']],
  );
});

test('certificates issued without ACME succeed one another', () => {
  const { accountId: _none, ...first } = entry(10);
  const { accountId: _neither, ...second } = entry(9);
  assert.deepEqual(shape(lineages([first, second, entry(1)], at)), [
    ['unused', ['9', '10']],
    ['unused', ['1']],
  ]);
});

test('what has ended is left out, but the one before the newest and those on which tokens hang', () => {
  const found = lineages([entry(72), entry(60, { liveTokens: 1 }), entry(50), entry(30), entry(1)], at);
  assert.deepEqual(shape(found), [['unused', ['1', '30', '60']]]);
  assert.deepEqual(lineages([entry(72), entry(50)], at), []);
  assert.deepEqual(lineages([], at), []);
});
