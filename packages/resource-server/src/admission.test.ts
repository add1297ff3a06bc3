import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestFacts, Requirements } from './access.ts';
import { Denylist, type DenylistEntry } from './revocation/denylist.ts';
import {
  bound,
  certificate,
  facts,
  key,
  mine,
  now,
  other,
  parts,
  reason,
  setUp,
} from './testing/deciding.ts';
import { claims, signToken } from './testing/tokens.ts';

test('times are compared with leeway, and on every request again', async () => {
  const { resourceServer, time } = setUp();
  const token = signToken(key, claims(now, { nbf: now / 1000 + 60, iat: now / 1000 + 30 }));
  const at = async (seconds: number): Promise<string> => {
    time.now = now + seconds * 1000;
    return reason(await resourceServer.verify(facts(token)));
  };
  assert.equal(await at(54), 'not_yet_valid');
  assert.equal(await at(55), 'allowed');
  assert.equal(await at(304), 'allowed');
  assert.equal(await at(305), 'expired');
  const early = signToken(key, claims(now, { iat: now / 1000 + 30 }));
  time.now = now + 24_000;
  assert.equal(reason(await resourceServer.verify(facts(early))), 'issued_in_future');
  time.now = now + 25_000;
  assert.equal(reason(await resourceServer.verify(facts(early))), 'allowed');
});

const bindings: [string, Partial<RequestFacts>, string][] = [
  ['over its own certificate', { certificate }, 'allowed'],
  ['over no certificate', {}, 'certificate_missing'],
  [
    'over another certificate',
    { certificate: { ...certificate, thumbprint: other } },
    'certificate_mismatch',
  ],
  [
    'over its expired certificate',
    { certificate: { ...certificate, notAfter: now - 1 } },
    'certificate_expired',
  ],
  [
    'over its certificate of tomorrow',
    { certificate: { ...certificate, notBefore: now + 6000 } },
    'certificate_not_yet_valid',
  ],
];
for (const [what, changes, expected] of bindings) {
  test(`a bound token ${what}: ${expected}, whether or not it is remembered`, async () => {
    const { resourceServer } = setUp();
    const token = signToken(key, claims(now, bound));
    assert.equal(reason(await resourceServer.verify(facts(token, changes))), expected);
    assert.equal(reason(await resourceServer.verify(facts(token, { certificate }))), 'allowed');
    const decision = await resourceServer.verify(facts(token, changes));
    assert.equal(reason(decision), expected);
    if (!decision.allowed) assert.equal(decision.error, 'invalid_token');
  });
}

test('a route, or the whole resource, can refuse bearer tokens', async () => {
  const token = signToken(key, claims(now));
  const whole = setUp({ options: { requiredBinding: 'x5t#S256' } }).resourceServer;
  assert.equal(reason(await whole.verify(facts(token, { certificate }))), 'binding_required');
  const { resourceServer } = setUp();
  assert.equal(
    reason(await resourceServer.verify(facts(token, { certificate }), { requiredBinding: 'x5t#S256' })),
    'binding_required',
  );
  assert.equal(reason(await resourceServer.verify(facts(token))), 'allowed');
});

const revocations: [string, DenylistEntry][] = [
  ['client', { kind: 'client', id: 'billing' }],
  ['client by its epoch', { kind: 'client', id: 'billing', epoch: 2 }],
  ['credential', { kind: 'credential', id: 'cred_1' }],
  ['certificate', { kind: 'certificate', id: mine }],
  ['token', { kind: 'token', id: 'j1' }],
  ['key', { kind: 'key', id: 'k1' }],
  ['authority', { kind: 'authority', id: 'auth_1' }],
];
for (const [what, entry] of revocations) {
  test(`a token is refused from the moment its ${what} is revoked, although it is remembered`, async () => {
    const { resourceServer, denylist } = setUp();
    const token = signToken(
      key,
      claims(now, {
        ...bound,
        jti: 'j1',
        mortise: { epoch: 1, credentials: ['cred_1'], authorities: ['auth_1'] },
      }),
    );
    const request = facts(token, { certificate });
    assert.equal(reason(await resourceServer.verify(request)), 'allowed');
    denylist.apply({ add: [entry] });
    const decision = await resourceServer.verify(request);
    assert.equal(reason(decision), 'revoked');
    assert.equal(parts(decision).error, 'invalid_token');
    assert.equal(reason(await resourceServer.verify(request)), 'revoked');
  });
}

test('a token that leaves out the id of its key is refused once that key is revoked', async () => {
  const { resourceServer, denylist } = setUp();
  const request = facts(signToken(key, claims(now), { kid: undefined }));
  assert.equal(reason(await resourceServer.verify(request)), 'allowed');
  denylist.apply({ add: [{ kind: 'key', id: key.kid }] });
  assert.equal(reason(await resourceServer.verify(request)), 'revoked');
  const later = facts(signToken(key, claims(now), { kid: undefined }));
  assert.equal(reason(await resourceServer.verify(later)), 'revoked');
});

test('a bearer token over a connection with a revoked certificate is refused', async () => {
  const { resourceServer } = setUp({ denied: [{ kind: 'certificate', id: other }] });
  const token = signToken(key, claims(now));
  assert.equal(
    reason(await resourceServer.verify(facts(token, { certificate: { ...certificate, thumbprint: other } }))),
    'revoked',
  );
  assert.equal(reason(await resourceServer.verify(facts(token))), 'allowed');
});

test('without revocation a token lives until it expires', async () => {
  const { resourceServer } = setUp({ options: { revocation: 'none' } });
  assert.equal(reason(await resourceServer.verify(facts(signToken(key, claims(now))))), 'allowed');
  assert.equal(resourceServer.denylist, undefined);
});

const stale: [string, 'fail-closed' | 'fail-open' | undefined, Requirements, string][] = [
  ['refuses by default', undefined, {}, 'revocation_stale'],
  ['refuses', 'fail-closed', {}, 'revocation_stale'],
  ['decides by it', 'fail-open', {}, 'allowed'],
  ['refuses on a route that says so', 'fail-open', { whenStale: 'fail-closed' }, 'revocation_stale'],
  ['decides by it on a route that says so', 'fail-closed', { whenStale: 'fail-open' }, 'allowed'],
];
for (const [what, whenStale, requirements, expected] of stale) {
  test(`with a denylist that is too old it ${what}`, async () => {
    const denylist = new Denylist([{ kind: 'client', id: 'gone' }]);
    const { resourceServer } = setUp({
      options: {
        revocation: { denylist, isStale: () => true, ...(whenStale !== undefined && { whenStale }) },
      },
    });
    const decision = await resourceServer.verify(facts(signToken(key, claims(now))), requirements);
    assert.equal(reason(decision), expected);
    if (!decision.allowed) {
      assert.equal(decision.status, 503);
      assert.equal(decision.headers['retry-after'], '5');
      assert.equal(decision.headers['www-authenticate'], undefined);
    }
    const gone = await resourceServer.verify(
      facts(signToken(key, claims(now, { client_id: 'gone' }))),
      requirements,
    );
    assert.equal(reason(gone), 'revoked');
  });
}
