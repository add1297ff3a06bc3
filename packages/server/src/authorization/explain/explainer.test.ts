import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Certificate } from '@mortise/x509';
import type { JsonObject } from '../../events/index.ts';
import {
  type AuthorizationFixture,
  authorizationFixture,
  issuer,
  orders,
} from '../testing/authorization-fixture.ts';
import { certificateRequests } from '../testing/certificate-requests.ts';
import { PrivateAuthority, selfSigned } from '../testing/private-authority.ts';
import type { Check } from './check.ts';
import { type CertificateExplanation, Explainer } from './explainer.ts';

const registration = { scope: 'orders:read', default_scope: 'orders:read', resources: [orders] };
const by = { actor: 'system' } as const;

describe('what would be decided about a certificate', () => {
  let fixture: AuthorizationFixture;
  let partner: PrivateAuthority;
  let explainer: Explainer;

  before(async () => {
    fixture = await authorizationFixture();
    partner = await PrivateAuthority.make('Partner', fixture.now);
    explainer = new Explainer({
      ...fixture,
      authorities: fixture.authority,
      issuer,
      clock: () => fixture.now,
    });
  });
  after(() => fixture.close());

  const { ask, lastReason } = certificateRequests(() => fixture);
  const own = (clientId: string, rest: JsonObject = {}) =>
    fixture.register({
      ...registration,
      client_id: clientId,
      token_endpoint_auth_method: 'tls_client_auth',
      ...rest,
    });
  const ofPartner = (clientId: string, matcher: JsonObject) =>
    own(clientId, { tls_client_auth_trust_anchors: [partner.root.certificate.toPem()], ...matcher });

  /** Explains, and holds the decision against the one about a real request. */
  async function explain(
    clientId: string,
    leaf: Certificate,
    chain: readonly Certificate[] = [],
  ): Promise<CertificateExplanation> {
    const found = await explainer.explain({ clientId, certificate: { leaf, chain } });
    const { certificate } = found!;
    const response = await ask(clientId, leaf, chain);
    assert.equal(certificate!.decision.accepted, response.status === 200, response.body);
    if (!certificate!.decision.accepted)
      assert.deepEqual(certificate!.decision.reason.code, lastReason().code);
    assert.deepEqual(certificate!.confirmation, { 'x5t#S256': leaf.thumbprint });
    return certificate!;
  }

  const outcomes = (checks: readonly Check[]) =>
    Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));
  const valuesOf = (checks: readonly Check[], name: Check['name']) =>
    checks.find((one) => one.name === name)!.values!;

  test('one that is right passes every check, and says what tokens would be bound to', async () => {
    await own('right');
    const { certificate, chain } = await fixture.issue('right');
    const { role, checks } = await explain('right', certificate, chain);
    assert.equal(role, 'authentication');
    assert.deepEqual(outcomes(checks), {
      method: 'passed',
      validity: 'passed',
      path: 'passed',
      purpose: 'passed',
      matcher: 'passed',
      registration: 'passed',
      denylist: 'passed',
    });
    assert.equal(valuesOf(checks, 'path')['anchors_of'], 'this server');
    assert.equal(valuesOf(checks, 'matcher')['expected'], `san_uri ${issuer}/clients/right`);
  });

  test('there is nothing to say about a client that is not there', async () => {
    assert.equal(await explainer.explain({ clientId: 'nobody' }), undefined);
  });

  test('the certificate of another client says whose it is', async () => {
    await own('owner');
    await own('borrower');
    const { certificate } = await fixture.issue('owner');
    const { checks } = await explain('borrower', certificate);
    const { matcher, registration: registered, path } = outcomes(checks);
    assert.deepEqual([path, matcher, registered], ['passed', 'failed', 'failed']);
    assert.equal(valuesOf(checks, 'registration')['client_id'], 'owner');
  });

  test('a wrong name is shown beside the one that is expected, a subject in RFC 4514', async () => {
    await ofPartner('pay', { tls_client_auth_subject_dn: 'CN=pay,OU=Robots,O=Partner\\, Inc.,C=CH' });
    await ofPartner('ship', { tls_client_auth_san_dns: 'ship.partner.example' });
    const chain = [partner.intermediate.certificate];
    const wrong = await partner.leaf({
      subject: 'CN=ship,OU=Robots,O=Partner\\, Inc.,C=CH',
      names: [{ type: 'dns', value: 'ship.partner.example' }],
    });
    const { checks } = await explain('pay', wrong.certificate, chain);
    assert.equal(outcomes(checks)['matcher'], 'failed');
    assert.deepEqual(valuesOf(checks, 'matcher'), {
      expected: 'subject_dn CN=pay,OU=Robots,O=Partner\\, Inc.,C=CH',
      presented: ['subject CN=ship,OU=Robots,O=Partner\\, Inc.,C=CH', 'dns:ship.partner.example'],
      named_as_client: 'ship',
    });
    assert.equal(valuesOf(checks, 'path')['anchors_of'], 'the client');
    const right = await explain('ship', wrong.certificate, chain);
    assert.equal(outcomes(right.checks)['matcher'], 'passed');
    assert.match(right.checks.find(({ name }) => name === 'registration')!.message, /need not be/);
  });

  test('a path that is missing a certificate, a wrong purpose and an end are told together', async () => {
    await ofPartner('late', { tls_client_auth_san_dns: 'late.partner.example' });
    const leaf = await partner.leaf({
      names: [{ type: 'dns', value: 'late.partner.example' }],
      purposes: ['serverAuth'],
      notBefore: fixture.now - 9_000_000,
      notAfter: fixture.now - 5_000,
    });
    const { checks, decision } = await explain('late', leaf.certificate);
    assert.equal(decision.accepted, false);
    assert.deepEqual(outcomes(checks), {
      method: 'passed',
      validity: 'failed',
      path: 'failed',
      purpose: 'failed',
      matcher: 'passed',
      registration: 'passed',
      denylist: 'passed',
    });
    assert.deepEqual(valuesOf(checks, 'purpose'), { wanted: 'clientAuth', presented: ['serverAuth'] });
    assert.match(String(valuesOf(checks, 'path')['failures']), /no_path.*RFC 5280/);
    assert.match(
      String(valuesOf(checks, 'path')['anchors']),
      /^CN=Partner Root \(key sha256 [0-9a-f]{64}\)$/,
    );
    const inFull = await explain('late', leaf.certificate, [partner.intermediate.certificate]);
    assert.equal(outcomes(inFull.checks)['path'], 'passed');
    assert.equal(outcomes(inFull.checks)['purpose'], 'failed');
  });

  test('what is revoked is told by the entry of the denylist', async () => {
    await own('gone');
    const { certificate } = await fixture.issue('gone');
    await fixture.revocation.revokeCertificate({ fingerprint256: certificate.fingerprint256 }, by);
    const revoked = await explain('gone', certificate);
    assert.equal(outcomes(revoked.checks)['registration'], 'failed');
    assert.equal(outcomes(revoked.checks)['denylist'], 'failed');
    await fixture.revocation.suspendClient('gone', by);
    const suspended = await explainer.explain({
      clientId: 'gone',
      certificate: { leaf: certificate, chain: [] },
    });
    assert.equal(suspended!.client.outcome, 'failed');
    assert.deepEqual(suspended!.client.values, { status: 'suspended' });
    assert.equal((await explain('gone', certificate)).decision.accepted, false);
  });

  test('for self_signed_tls_client_auth, the registration alone counts', async () => {
    const { certificate } = await selfSigned(fixture.now);
    const jwk = certificate.publicKey.export({ format: 'jwk' }) as JsonObject;
    const jwks = { keys: [{ ...jwk, x5c: [certificate.der.toString('base64')] }] };
    await own('lone', { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks });
    const right = await explain('lone', certificate);
    assert.deepEqual(outcomes(right.checks), {
      method: 'passed',
      validity: 'passed',
      path: 'not_asked',
      matcher: 'not_asked',
      registration: 'passed',
      denylist: 'passed',
    });
    const other = await selfSigned(fixture.now);
    const wrong = await explain('lone', other.certificate);
    assert.equal(outcomes(wrong.checks)['registration'], 'failed');
  });

  test('for a client with a secret, the certificate binds and proves nothing', async () => {
    await fixture.register({ ...registration, client_id: 'secretive' });
    const stranger = await partner.leaf();
    const about = async (leaf: Certificate) =>
      (await explainer.explain({ clientId: 'secretive', certificate: { leaf, chain: [] } }))!.certificate!;
    const unknown = await about(stranger.certificate);
    assert.equal(unknown.role, 'binding');
    assert.equal(unknown.decision.accepted, false);
    assert.equal(outcomes(unknown.checks)['registration'], 'failed');
    const { certificate } = await fixture.issue('secretive');
    const known = await about(certificate);
    assert.equal(known.decision.accepted, true);
    assert.deepEqual(outcomes(known.checks), {
      method: 'not_asked',
      validity: 'passed',
      path: 'not_asked',
      matcher: 'not_asked',
      registration: 'passed',
      denylist: 'passed',
    });
  });

  test('a server that may have missed a revocation decides nothing', async () => {
    await own('patient');
    const { certificate } = await fixture.issue('patient');
    const stale = new Explainer({
      ...fixture,
      authorities: fixture.authority,
      revocation: { denylist: fixture.revocation.denylist, isStale: () => true },
      issuer,
      clock: () => fixture.now,
    });
    const found = await stale.explain({ clientId: 'patient', certificate: { leaf: certificate, chain: [] } });
    assert.deepEqual(found!.certificate!.decision, { accepted: false, reason: { code: 'stale' } });
  });
});
