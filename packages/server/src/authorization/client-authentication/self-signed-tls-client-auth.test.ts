import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Certificate } from '@mortise/x509';
import type { JsonObject } from '../../events/index.ts';
import {
  type AuthorizationFixture,
  authorizationFixture,
  claimsOf,
  orders,
} from '../testing/authorization-fixture.ts';
import { certificateRequests } from '../testing/certificate-requests.ts';
import { PrivateAuthority, selfSigned } from '../testing/private-authority.ts';

const registration = { scope: 'orders:read', default_scope: 'orders:read', resources: [orders] };

describe('self_signed_tls_client_auth', () => {
  let fixture: AuthorizationFixture;
  let partner: PrivateAuthority;

  before(async () => {
    fixture = await authorizationFixture();
    partner = await PrivateAuthority.make('Partner', fixture.now);
  });
  after(() => fixture.close());

  const { ask, refusedAs } = certificateRequests(() => fixture);

  const jwkOf = (certificate: Certificate) => ({
    ...(certificate.publicKey.export({ format: 'jwk' }) as JsonObject),
    x5c: [certificate.der.toString('base64')],
  });

  test('takes each registered certificate, and gives a bound token with its credential', async () => {
    const [first, second] = [await selfSigned(fixture.now), await selfSigned(fixture.now)];
    const { client } = await fixture.register({
      ...registration,
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [jwkOf(first.certificate), jwkOf(second.certificate)] },
    });
    for (const { certificate } of [first, second]) {
      const claims = claimsOf(await ask(client.clientId, certificate));
      assert.deepEqual(claims['cnf'], { 'x5t#S256': certificate.thumbprint });
      const { credentials } = claims['mortise'] as { credentials: string[] };
      const credential = client.credentials.find(
        (one) => one.kind === 'certificate' && one.x5t === certificate.thumbprint,
      );
      assert.deepEqual(credentials, [credential!.id]);
    }
    await fixture.clients.update({
      clientId: client.clientId,
      changes: { jwks: { keys: [jwkOf(second.certificate)] } },
      actor: 'system',
    });
    assert.equal((await ask(client.clientId, first.certificate)).status, 401);
    assert.equal((await ask(client.clientId, second.certificate)).status, 200);
  });

  test('does not take another certificate of the same key, nor one that an authority vouches for', async () => {
    const right = await selfSigned(fixture.now);
    const { client } = await fixture.register({
      ...registration,
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [jwkOf(right.certificate)] },
    });
    const twin = await selfSigned(fixture.now, { privateKey: right.privateKey });
    await refusedAs('certificate_not_registered', ask(client.clientId, twin.certificate));
    const leaf = await partner.leaf();
    await refusedAs(
      'certificate_not_registered',
      ask(client.clientId, leaf.certificate, [partner.intermediate.certificate]),
    );
  });

  test('does not take a certificate that has ended', async () => {
    const short = await selfSigned(fixture.now, { notAfter: fixture.now + 60_000 });
    const { client } = await fixture.register({
      ...registration,
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [jwkOf(short.certificate)] },
    });
    const earlier = fixture.now;
    fixture.now += 61_000;
    await refusedAs('certificate_outside_validity', ask(client.clientId, short.certificate));
    fixture.now = earlier;
  });
});
