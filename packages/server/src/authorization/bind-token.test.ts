import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Certificate } from '@mortise/x509';
import type { JsonObject } from '../events/index.ts';
import {
  type AuthorizationFixture,
  authorizationFixture,
  basic,
  claimsOf,
  formRequest,
  json,
  orders,
  presented,
} from './testing/authorization-fixture.ts';
import { PrivateAuthority } from './testing/private-authority.ts';

const registration = { scope: 'orders:read', default_scope: 'orders:read', resources: [orders] };
const by = { actor: 'system' } as const;

describe('a token that is obtained with a secret', () => {
  let fixture: AuthorizationFixture;
  let partner: PrivateAuthority;

  before(async () => {
    fixture = await authorizationFixture();
    partner = await PrivateAuthority.make('Partner', fixture.now);
  });
  after(() => fixture.close());

  const register = async (changes: JsonObject = {}) => {
    const { client, secret } = await fixture.register({ ...registration, ...changes });
    const { clientId } = client;
    return {
      clientId,
      ask: (certificate?: Certificate, chain: readonly Certificate[] = []) =>
        fixture.server.token(
          formRequest(
            { grant_type: 'client_credentials' },
            {
              authorization: basic(clientId, secret),
              ...(certificate === undefined ? {} : { certificate: presented(certificate, chain) }),
            },
          ),
        ),
    };
  };
  const refusedAs = async (code: string, asking: ReturnType<Awaited<ReturnType<typeof register>>['ask']>) => {
    const response = await asking;
    assert.equal(response.status, 401, response.body);
    assert.equal(json(response)['error'], 'invalid_client');
    assert.equal(json(response)['access_token'], undefined);
    assert.equal(fixture.refusals.at(-1)!.reason.code, code);
  };

  test('is bound to a certificate that is registered for the client, and carries the ids of both', async () => {
    const { clientId, ask } = await register();
    const { certificate } = await fixture.issue(clientId);
    const claims = claimsOf(await ask(certificate));
    assert.deepEqual(claims['cnf'], { 'x5t#S256': certificate.thumbprint });
    const { credentials } = (await fixture.clients.find(clientId))!;
    const ids = ['secret', 'certificate'].map((kind) => credentials.find((one) => one.kind === kind)!.id);
    const carried = claims['mortise'] as { credentials: string[]; authorities: string[] };
    assert.deepEqual(carried.credentials, ids);
    assert.equal(carried.authorities.length, 1);
    await fixture.credentialUse.flush();
    const read = (await fixture.clients.read(clientId))!;
    for (const id of ids)
      assert.equal(read.credentials.find((one) => one.id === id)!.lastUsedAt, fixture.now);
  });

  test('is bound to a certificate under anchors and matcher that were configured for the client', async () => {
    const { ask } = await register({
      tls_client_auth_san_dns: 'bound.partner.example',
      tls_client_auth_trust_anchors: [partner.root.certificate.toPem()],
    });
    const chain = [partner.intermediate.certificate];
    const right = await partner.leaf({ names: [{ type: 'dns', value: 'bound.partner.example' }] });
    assert.deepEqual(claimsOf(await ask(right.certificate, chain))['cnf'], {
      'x5t#S256': right.certificate.thumbprint,
    });
    const other = await partner.leaf({ names: [{ type: 'dns', value: 'other.partner.example' }] });
    await refusedAs('certificate_mismatch', ask(other.certificate, chain));
    const alone = await partner.leaf({ names: [{ type: 'dns', value: 'bound.partner.example' }] });
    await refusedAs('certificate_path_invalid', ask(alone.certificate));
  });

  test("is refused with a certificate that is nobody's, never given unbound", async () => {
    const { ask } = await register();
    const stranger = await partner.leaf();
    await refusedAs(
      'certificate_not_registered',
      ask(stranger.certificate, [partner.intermediate.certificate]),
    );
  });

  test("is refused with another client's certificate", async () => {
    const { ask } = await register();
    const other = await register();
    const { certificate } = await fixture.issue(other.clientId);
    await refusedAs('certificate_of_another_client', ask(certificate));
  });

  test('is refused with anchors but without a matcher', async () => {
    const { ask } = await register({ tls_client_auth_trust_anchors: [partner.root.certificate.toPem()] });
    const leaf = await partner.leaf();
    const response = await ask(leaf.certificate, [partner.intermediate.certificate]);
    assert.equal(response.status, 401);
  });

  test('is refused with a registered certificate that is revoked or has ended', async () => {
    const { clientId, ask } = await register();
    const { certificate } = await fixture.issue(clientId, 3_600);
    assert.equal((await ask(certificate)).status, 200);
    const earlier = fixture.now;
    fixture.now = certificate.notAfter + 1;
    await refusedAs('certificate_outside_validity', ask(certificate));
    fixture.now = earlier;
    await fixture.revocation.revokeCertificate({ fingerprint256: certificate.fingerprint256 }, by);
    await refusedAs('certificate_credential_ended', ask(certificate));
  });

  test('is a bearer token without a certificate, unless the client requires binding', async () => {
    const free = await register();
    assert.equal(claimsOf(await free.ask())['cnf'], undefined);
    const strict = await register({ tls_client_certificate_bound_access_tokens: true });
    await refusedAs('binding_required', strict.ask());
    const { certificate } = await fixture.issue(strict.clientId);
    assert.deepEqual(claimsOf(await strict.ask(certificate))['cnf'], { 'x5t#S256': certificate.thumbprint });
  });

  test('is refused to a wrong secret, however good the certificate', async () => {
    const { client } = await fixture.register(registration);
    const { certificate } = await fixture.issue(client.clientId);
    const response = await fixture.server.token(
      formRequest(
        { grant_type: 'client_credentials' },
        { authorization: basic(client.clientId, 'wrong'), certificate: presented(certificate) },
      ),
    );
    assert.equal(response.status, 401);
  });

  test('is refused to a certificate alone: that is not a method of this client', async () => {
    const { clientId } = await register();
    const { certificate } = await fixture.issue(clientId);
    const response = await fixture.server.token(
      formRequest(
        { grant_type: 'client_credentials', client_id: clientId },
        { certificate: presented(certificate) },
      ),
    );
    assert.equal(response.status, 401);
    assert.equal(fixture.refusals.at(-1)!.reason.code, 'method_not_registered');
  });
});
