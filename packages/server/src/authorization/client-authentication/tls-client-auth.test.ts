import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Certificate } from '@mortise/x509';
import type { JsonObject } from '../../events/index.ts';
import {
  type AuthorizationFixture,
  authorizationFixture,
  claimsOf,
  issuer,
  json,
  orders,
  presented,
} from '../testing/authorization-fixture.ts';
import { certificateRequests } from '../testing/certificate-requests.ts';
import { PrivateAuthority } from '../testing/private-authority.ts';

const registration = { scope: 'orders:read', default_scope: 'orders:read', resources: [orders] };
const by = { actor: 'system' } as const;

describe('tls_client_auth', () => {
  let fixture: AuthorizationFixture;
  let partner: PrivateAuthority;
  let impostor: PrivateAuthority;

  before(async () => {
    fixture = await authorizationFixture();
    partner = await PrivateAuthority.make('Partner', fixture.now);
    // The same names, other keys.
    impostor = await PrivateAuthority.make('Partner', fixture.now);
  });
  after(() => fixture.close());

  const { askWith, ask, lastReason, refusedAs } = certificateRequests(() => fixture);
  const registerPartner = async (matcher: JsonObject, anchors = [partner.root.certificate.toPem()]) =>
    (
      await fixture.register({
        ...registration,
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_trust_anchors: anchors,
        ...matcher,
      })
    ).client.clientId;

  describe('with the own authority', () => {
    let own: Awaited<ReturnType<AuthorizationFixture['issue']>>;
    before(async () => {
      await fixture.register({
        ...registration,
        client_id: 'billing',
        token_endpoint_auth_method: 'tls_client_auth',
      });
      await fixture.register({
        ...registration,
        client_id: 'other',
        token_endpoint_auth_method: 'tls_client_auth',
      });
      own = await fixture.issue('billing');
    });

    test('gives a bound token that carries the ids of credential and authority', async () => {
      const response = await ask('billing', own.certificate, own.chain);
      const claims = claimsOf(response);
      assert.deepEqual(claims['cnf'], { 'x5t#S256': own.certificate.thumbprint });
      const client = await fixture.clients.find('billing');
      const { credentials, authorities } = claims['mortise'] as {
        credentials: string[];
        authorities: string[];
      };
      assert.deepEqual(credentials, [client!.credentials[0]!.id]);
      assert.ok(authorities.includes(fixture.authority.anchors()[0]!.id));
    });

    test('needs no intermediates, whether or not the connection was resumed', async () => {
      assert.equal((await ask('billing', own.certificate)).status, 200);
      assert.equal((await askWith('billing', presented(own.certificate, [], true))).status, 200);
    });

    test('does not take the certificate of another client', async () => {
      await refusedAs('certificate_of_another_client', ask('other', own.certificate, own.chain));
    });

    test('does not take a certificate of the server profile', async () => {
      const { certificate, chain } = await fixture.authority.issue({
        profile: 'server',
        names: ['localhost'],
        actor: 'system',
      });
      await refusedAs('certificate_path_invalid', ask('billing', certificate, chain));
      const reason = lastReason();
      assert.ok(
        reason.code === 'certificate_path_invalid' &&
          reason.failures.some(({ code }) => code === 'purpose_mismatch'),
      );
    });

    test('does not take a certificate of another authority with the right name', async () => {
      const forged = await partner.leaf({ names: [{ type: 'uri', value: `${issuer}/clients/billing` }] });
      await refusedAs(
        'certificate_path_invalid',
        ask('billing', forged.certificate, [partner.intermediate.certificate, partner.root.certificate]),
      );
    });

    test('is refused without a certificate, and on the listener that asks for none', async () => {
      await refusedAs('credential_missing', askWith('billing', undefined));
    });

    test('is refused at once after the certificate is revoked, also on a connection that is open', async () => {
      const { certificate } = await fixture.issue('billing');
      const connection = presented(certificate);
      assert.equal((await askWith('billing', connection)).status, 200);
      await fixture.revocation.revokeCertificate({ fingerprint256: certificate.fingerprint256 }, by);
      await refusedAs('certificate_credential_ended', askWith('billing', connection));
      await refusedAs('certificate_credential_ended', ask('billing', certificate));
      assert.equal((await ask('billing', own.certificate)).status, 200);
    });

    test('is refused on an open connection from the moment its certificate ends', async () => {
      const { certificate } = await fixture.issue('billing', 3_600);
      const connection = presented(certificate);
      const earlier = fixture.now;
      fixture.now = certificate.notAfter - 30_000;
      assert.equal((await askWith('billing', connection)).status, 200);
      fixture.now = certificate.notAfter + 1;
      await refusedAs('certificate_outside_validity', askWith('billing', connection));
      fixture.now = earlier;
    });

    test('gives no token that outlives the certificate', async () => {
      const { certificate } = await fixture.issue('billing', 3_600);
      const earlier = fixture.now;
      fixture.now = certificate.notAfter - 45_500;
      const response = await ask('billing', certificate);
      assert.equal(json(response)['expires_in'], 46);
      assert.ok((claimsOf(response)['exp'] as number) * 1000 <= certificate.notAfter);
      fixture.now = certificate.notAfter;
      await refusedAs('certificate_outside_validity', ask('billing', certificate));
      fixture.now = earlier;
    });
  });

  describe("with a partner's authority", () => {
    for (const [what, matcher, names, subject] of [
      [
        'subject DN',
        { tls_client_auth_subject_dn: 'O=Partner, CN=Billing  Service' },
        [],
        'O=partner,CN=billing service',
      ],
      [
        'SAN DNS',
        { tls_client_auth_san_dns: 'Billing.Partner.example' },
        [{ type: 'dns', value: 'billing.partner.example' }],
      ],
      [
        'SAN URI',
        { tls_client_auth_san_uri: 'spiffe://partner/b' },
        [{ type: 'uri', value: 'spiffe://partner/b' }],
      ],
      ['SAN IP', { tls_client_auth_san_ip: '2001:DB8:0:0::1' }, [{ type: 'ip', value: '2001:db8::1' }]],
      [
        'SAN email',
        { tls_client_auth_san_email: 'b@Partner.example' },
        [{ type: 'email', value: 'b@partner.example' }],
      ],
    ] as const) {
      test(`matches by ${what}`, async () => {
        const clientId = await registerPartner(matcher);
        const leaf = await partner.leaf({ names, ...(subject === undefined ? {} : { subject }) });
        const response = await ask(clientId, leaf.certificate, [partner.intermediate.certificate]);
        assert.deepEqual(claimsOf(response)['cnf'], { 'x5t#S256': leaf.certificate.thumbprint });
        const other = await partner.leaf({
          subject: 'O=Partner,CN=Other',
          names: [{ type: 'dns', value: 'other.partner.example' }],
        });
        await refusedAs(
          'certificate_mismatch',
          ask(clientId, other.certificate, [partner.intermediate.certificate]),
        );
        const reason = lastReason();
        assert.ok(reason.code === 'certificate_mismatch');
        assert.equal(reason.expected, Object.values(matcher)[0]);
      });
    }

    test('a wildcard in the certificate names no client', async () => {
      const clientId = await registerPartner({ tls_client_auth_san_dns: 'wild.partner.example' });
      const leaf = await partner.leaf({ names: [{ type: 'dns', value: '*.partner.example' }] });
      await refusedAs(
        'certificate_mismatch',
        ask(clientId, leaf.certificate, [partner.intermediate.certificate]),
      );
    });

    test('an authority with the same names and other keys is another authority', async () => {
      const clientId = await registerPartner({ tls_client_auth_san_dns: 'pinned.partner.example' });
      const names = [{ type: 'dns', value: 'pinned.partner.example' }] as const;
      const forged = await impostor.leaf({ names });
      await refusedAs(
        'certificate_path_invalid',
        ask(clientId, forged.certificate, [impostor.intermediate.certificate, impostor.root.certificate]),
      );
      const right = await partner.leaf({ names });
      assert.equal((await ask(clientId, right.certificate, [partner.intermediate.certificate])).status, 200);
    });

    test('a bare key can be the anchor', async () => {
      const { certificate } = partner.intermediate;
      const publicKey = certificate.publicKey.export({ format: 'pem', type: 'spki' }) as string;
      const clientId = await registerPartner({
        tls_client_auth_san_dns: 'bare.partner.example',
        tls_client_auth_trust_anchors: [{ subject: certificate.subject.toString(), public_key: publicKey }],
      });
      const leaf = await partner.leaf({ names: [{ type: 'dns', value: 'bare.partner.example' }] });
      assert.equal((await ask(clientId, leaf.certificate)).status, 200);
    });

    test("a certificate of the own authority does not count for a client that has a partner's", async () => {
      const clientId = await registerPartner({ tls_client_auth_san_uri: `${issuer}/clients/elsewhere` });
      await fixture.register({ ...registration, client_id: 'elsewhere' });
      const { certificate, chain } = await fixture.issue('elsewhere');
      await refusedAs('certificate_of_another_client', ask(clientId, certificate, chain));
    });

    test('a certificate without clientAuth, expired, early, or without its intermediate is refused', async () => {
      const clientId = await registerPartner({ tls_client_auth_san_dns: 'strict.partner.example' });
      const names = [{ type: 'dns', value: 'strict.partner.example' }] as const;
      const chain = [partner.intermediate.certificate];
      const wrongPurpose = await partner.leaf({ names, purposes: ['serverAuth'] });
      await refusedAs('certificate_path_invalid', ask(clientId, wrongPurpose.certificate, chain));
      const expired = await partner.leaf({ names, notAfter: fixture.now - 1_000 });
      await refusedAs('certificate_outside_validity', ask(clientId, expired.certificate, chain));
      const early = await partner.leaf({ names, notBefore: fixture.now + 60_000 });
      await refusedAs('certificate_outside_validity', ask(clientId, early.certificate, chain));
      const good = await partner.leaf({ names });
      await refusedAs('certificate_path_invalid', ask(clientId, good.certificate));
      assert.equal(
        (await ask(clientId, good.certificate, chain)).status,
        200,
        'and with it accepted at once',
      );
    });

    test('a verdict is remembered for a connection that was resumed and has no chain', async () => {
      const clientId = await registerPartner({ tls_client_auth_san_dns: 'resumed.partner.example' });
      const leaf = await partner.leaf({ names: [{ type: 'dns', value: 'resumed.partner.example' }] });
      assert.equal((await ask(clientId, leaf.certificate, [partner.intermediate.certificate])).status, 200);
      assert.equal((await askWith(clientId, presented(leaf.certificate, [], true))).status, 200);
    });

    test('a resumed connection of which neither verdict nor chain is known is closed with the answer', async () => {
      const clientId = await registerPartner({ tls_client_auth_san_dns: 'forgotten.partner.example' });
      const leaf = await partner.leaf({ names: [{ type: 'dns', value: 'forgotten.partner.example' }] });
      const response = await refusedAs(
        'certificate_chain_gone',
        askWith(clientId, presented(leaf.certificate, [], true)),
      );
      assert.equal(response.headers['connection'], 'close');
    });

    test('new anchors count from the next request, on an open connection, too', async () => {
      const clientId = await registerPartner({ tls_client_auth_san_dns: 'moving.partner.example' });
      const leaf = await partner.leaf({ names: [{ type: 'dns', value: 'moving.partner.example' }] });
      const connection = presented(leaf.certificate, [partner.intermediate.certificate]);
      assert.equal((await askWith(clientId, connection)).status, 200);
      await fixture.clients.update({
        clientId,
        changes: { tls_client_auth_trust_anchors: [impostor.root.certificate.toPem()] },
        actor: 'system',
      });
      await refusedAs('certificate_path_invalid', askWith(clientId, connection));
      await refusedAs(
        'certificate_path_invalid',
        ask(clientId, leaf.certificate, [partner.intermediate.certificate]),
      );
    });

    test("a certificate that was found to be one client's is nobody else's on its next connection", async () => {
      const clientId = await registerPartner({ tls_client_auth_san_dns: 'first.partner.example' });
      const otherId = await registerPartner({ tls_client_auth_san_dns: 'second.partner.example' });
      const leaf = await partner.leaf({ names: [{ type: 'dns', value: 'first.partner.example' }] });
      assert.equal((await ask(clientId, leaf.certificate, [partner.intermediate.certificate])).status, 200);
      await refusedAs('certificate_mismatch', askWith(otherId, presented(leaf.certificate, [], true)));
      assert.equal((await askWith(clientId, presented(leaf.certificate, [], true))).status, 200);
    });

    test('a certificate that ends is refused on its next connection, resumed or not', async () => {
      const clientId = await registerPartner({ tls_client_auth_san_dns: 'ending.partner.example' });
      const leaf = await partner.leaf({ names: [{ type: 'dns', value: 'ending.partner.example' }] });
      const { now } = fixture;
      fixture.now = leaf.certificate.notAfter - 30_000;
      assert.equal((await ask(clientId, leaf.certificate, [partner.intermediate.certificate])).status, 200);
      fixture.now = leaf.certificate.notAfter + 1;
      await refusedAs(
        'certificate_outside_validity',
        askWith(clientId, presented(leaf.certificate, [], true)),
      );
      fixture.now = now;
    });

    test('a certificate that is revoked by its fingerprint is refused, registered or not', async () => {
      const clientId = await registerPartner({ tls_client_auth_san_dns: 'denied.partner.example' });
      const leaf = await partner.leaf({ names: [{ type: 'dns', value: 'denied.partner.example' }] });
      const connection = presented(leaf.certificate, [partner.intermediate.certificate]);
      assert.equal((await askWith(clientId, connection)).status, 200);
      const { fingerprint256 } = leaf.certificate;
      await fixture.revocation.revokeCertificate({ fingerprint256, clientId }, by);
      await refusedAs('denylisted', askWith(clientId, connection));
      await refusedAs('denylisted', askWith(clientId, presented(leaf.certificate, [], true)));
    });
  });

  test('what OpenSSL let through but is no certificate to us is refused', async () => {
    const der = Buffer.from('3003020101', 'hex');
    const broken = {
      ...presented(partner.root.certificate),
      x5t: 'broken',
      get certificate() {
        return Certificate.parse(der);
      },
    };
    await refusedAs('certificate_unreadable', askWith('billing', broken));
  });
});
