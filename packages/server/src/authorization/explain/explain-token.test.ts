import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type AuthorizationFixture,
  authorizationFixture,
  formRequest,
  type IssuedToClient,
  issuer,
  json,
  orders,
  payments,
  presented,
} from '../testing/authorization-fixture.ts';
import type { Check } from './check.ts';
import { Explainer, type TokenExplanation } from './explainer.ts';

const registration = { scope: 'orders:read', default_scope: 'orders:read', resources: [orders] };
const by = { actor: 'system' } as const;

describe('what would be decided about a token', () => {
  let fixture: AuthorizationFixture;
  let explainer: Explainer;
  let issued: IssuedToClient;
  let other: IssuedToClient;
  let token: string;

  const tokenFor = async (clientId: string, { certificate, chain }: IssuedToClient): Promise<string> => {
    const form = { grant_type: 'client_credentials', client_id: clientId };
    const response = await fixture.server.token(
      formRequest(form, { certificate: presented(certificate, chain) }),
    );
    return json(response)['access_token'] as string;
  };

  before(async () => {
    fixture = await authorizationFixture();
    explainer = new Explainer({
      ...fixture,
      authorities: fixture.authority,
      issuer,
      clock: () => fixture.now,
    });
    const method = { token_endpoint_auth_method: 'tls_client_auth' };
    await fixture.register({ ...registration, ...method, client_id: 'billing' });
    await fixture.register({ ...registration, ...method, client_id: 'shipping' });
    issued = await fixture.issue('billing');
    other = await fixture.issue('shipping');
    token = await tokenFor('billing', issued);
  });
  after(() => fixture.close());

  async function explain(
    given: string,
    {
      certificate,
      resource,
      clientId = 'billing',
    }: { certificate?: IssuedToClient; resource?: string; clientId?: string } = {},
  ): Promise<TokenExplanation> {
    const found = await explainer.explain({
      clientId,
      certificate: certificate === undefined ? undefined : { leaf: certificate.certificate, chain: [] },
      token: given,
      resource,
    });
    assert.equal(JSON.stringify(found).includes(given), false, 'the token itself is never told');
    return found!.token!;
  }

  const failures = ({ checks }: TokenExplanation): string[] =>
    checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  const one = ({ checks }: TokenExplanation, name: Check['name']): Check =>
    checks.find((check) => check.name === name)!;
  const withSegment = (index: number, change: (claims: Record<string, unknown>) => void): string => {
    const parts = token.split('.');
    const claims = JSON.parse(Buffer.from(parts[index]!, 'base64url').toString()) as Record<string, unknown>;
    change(claims);
    return parts.with(index, Buffer.from(JSON.stringify(claims)).toString('base64url')).join('.');
  };

  test('a right one passes every check over its own certificate', async () => {
    const found = await explain(token, { certificate: issued, resource: orders });
    assert.deepEqual(failures(found), []);
    assert.equal(found.accepted, true);
    assert.deepEqual(one(found, 'binding').values, {
      'cnf.x5t#S256': issued.certificate.thumbprint,
      'x5t#S256': issued.certificate.thumbprint,
    });
    assert.deepEqual(one(found, 'audience').values, { presented: orders, expected: orders });
  });

  test('a stolen one fails by its binding alone', async () => {
    const over = await explain(token, { certificate: other });
    assert.deepEqual(failures(over), ['binding']);
    assert.equal(over.accepted, false);
    assert.equal(one(over, 'binding').values!['x5t#S256'], other.certificate.thumbprint);
    assert.deepEqual(failures(await explain(token)), ['binding']);
  });

  test('a token of another client, or for another resource, says so', async () => {
    const foreign = await explain(token, { certificate: issued, clientId: 'shipping' });
    assert.deepEqual(failures(foreign), ['token_client']);
    const elsewhere = await explain(token, { certificate: issued, resource: payments });
    assert.deepEqual(failures(elsewhere), ['audience']);
  });

  test('one that was changed fails by its signature, and nothing is looked up by what it says', async () => {
    const changed = await explain(
      withSegment(1, (claims) => {
        claims['scope'] = 'everything';
        claims['aud'] = 'https://nowhere.example';
        claims['iss'] = 'https://elsewhere.example';
      }),
      { certificate: issued },
    );
    assert.deepEqual(failures(changed), ['signature', 'issuer', 'audience']);
    assert.equal(one(changed, 'denylist').outcome, 'not_asked');
    const otherKey = withSegment(0, (header) => {
      header['kid'] = 'unknown';
    });
    assert.match(one(await explain(otherKey), 'signature').message, /names no key of this server/);
    const otherType = withSegment(0, (header) => {
      header['typ'] = 'JWT';
    });
    assert.deepEqual(failures(await explain(otherType)), ['form']);
  });

  test('what is no token at all fails by its form', async () => {
    for (const text of ['', 'x', 'a.b.c', '..', `${'a'.repeat(20_000)}.b.c`, 'eyJ9.e30.x', '\0.\0.\0']) {
      const found = await explainer.explain({ clientId: 'billing', token: text });
      assert.deepEqual(failures(found!.token!), ['form'], text.slice(0, 20));
      assert.equal(found!.token!.accepted, false);
    }
  });

  test('a bearer token passes for whoever holds it', async () => {
    const { secret } = await fixture.register({ ...registration, client_id: 'bearer' });
    const form = { grant_type: 'client_credentials', client_id: 'bearer', client_secret: secret };
    await fixture.clients.update({
      clientId: 'bearer',
      changes: { token_endpoint_auth_method: 'client_secret_post' },
      actor: 'system',
    });
    const bearer = json(await fixture.server.token(formRequest(form)))['access_token'] as string;
    const found = await explain(bearer, { clientId: 'bearer' });
    assert.equal(found.accepted, true);
    assert.match(one(found, 'binding').message, /whoever holds it/);
    await fixture.clients.update({
      clientId: 'bearer',
      changes: { tls_client_certificate_bound_access_tokens: true },
      actor: 'system',
    });
    assert.deepEqual(failures(await explain(bearer, { clientId: 'bearer' })), ['binding']);
  });

  test('an expired one still tells everything else', async () => {
    const then = fixture.now;
    fixture.now += 601_000;
    const found = await explain(token, { certificate: issued });
    fixture.now = then;
    assert.deepEqual(failures(found), ['expiry']);
    assert.equal(one(found, 'signature').outcome, 'passed');
    assert.equal(one(found, 'denylist').outcome, 'passed');
  });

  test('a revoked one names the entry of the denylist', async () => {
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { jti: string };
    const second = await tokenFor('billing', issued);
    await fixture.revocation.revokeToken(
      { tokenId: jti, clientId: 'billing', expiresAt: fixture.now + 600_000 },
      by,
    );
    const found = await explain(token, { certificate: issued });
    assert.deepEqual(failures(found), ['denylist']);
    assert.deepEqual(one(found, 'denylist').values, { kind: 'token', id: jti });
    assert.equal((await explain(second, { certificate: issued })).accepted, true);
    await fixture.revocation.suspendClient('billing', by);
    await fixture.revocation.resumeClient('billing', by);
    const outlived = await explain(second, { certificate: issued });
    assert.deepEqual(one(outlived, 'denylist').values, { kind: 'client', id: 'billing' });
  });
});
