import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { Agent, fetch as undiciFetch } from 'undici';
import {
  type AuthorizationFixture,
  authorizationFixture,
  basic,
  payments,
} from './testing/authorization-fixture.ts';
import { PrivateAuthority, selfSigned } from './testing/private-authority.ts';
import { type Identity, identityOf, type TlsListeners, tlsListeners } from './testing/tls-listeners.ts';

const registration = {
  scope: 'payments:read payments:write',
  default_scope: 'payments:read',
  resources: [payments],
};

describe('over real TLS connections', () => {
  let fixture: AuthorizationFixture;
  let listeners: TlsListeners;
  let agent: Agent;

  before(async () => {
    fixture = await authorizationFixture();
    listeners = await tlsListeners(fixture);
    agent = new Agent({ connect: { ca: listeners.ca } });
  });
  after(async () => {
    await agent.close();
    await listeners.close();
    await fixture.close();
  });

  /** One token request over a connection of its own; the session, if one is given, is resumed. */
  async function overSocket(
    clientId: string,
    identity: Identity,
    version: 'TLSv1.2' | 'TLSv1.3',
    session?: Buffer,
  ): Promise<{ status: number; head: string; resumed: boolean; session: Buffer }> {
    const { port } = new URL(listeners.mtlsUrl);
    const socket: TLSSocket = connect({
      host: '127.0.0.1',
      port: Number(port),
      servername: 'localhost',
      ca: listeners.ca,
      ...identity,
      minVersion: version,
      maxVersion: version,
      ...(session === undefined ? {} : { session }),
    });
    let latest: Buffer | undefined;
    socket.on('session', (received) => {
      latest = received;
    });
    await once(socket, 'secureConnect');
    const body = `grant_type=client_credentials&client_id=${clientId}`;
    socket.write(
      `POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    let text = '';
    while (!/\r\n\r\n[\s\S]*\}$/.test(text)) text += String((await once(socket, 'data'))[0]);
    const head = text.slice(0, text.indexOf('\r\n\r\n'));
    const resumed = socket.isSessionReused();
    const known = latest ?? socket.getSession()!;
    socket.destroy();
    return { status: Number(text.split(' ')[1]), head, resumed, session: known };
  }

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`a certificate of a partner's authority authenticates at the full handshake and when resumed (${version})`, async () => {
      const partner = await PrivateAuthority.make('Partner', fixture.now);
      const name = `${version.toLowerCase().replaceAll('.', '-')}.partner.example`;
      const register = (dns: string) =>
        fixture.register({
          ...registration,
          token_endpoint_auth_method: 'tls_client_auth',
          tls_client_auth_san_dns: dns,
          tls_client_auth_trust_anchors: [partner.root.certificate.toPem()],
        });
      const { client } = await register(name);
      const leaf = await partner.leaf({ names: [{ type: 'dns', value: name }] });
      const identity = identityOf(leaf, partner.intermediate.certificate.toPem());
      const first = await overSocket(client.clientId, identity, version);
      assert.equal(first.status, 200, first.head);
      assert.equal(first.resumed, false);
      const again = await overSocket(client.clientId, identity, version, first.session);
      assert.equal(again.resumed, true, 'the session was resumed');
      assert.equal(again.status, 200, again.head);
    });
  }

  test('an own certificate authenticates again over one kept connection, until it is revoked', async () => {
    const { client } = await fixture.register({
      ...registration,
      token_endpoint_auth_method: 'tls_client_auth',
    });
    const issued = await fixture.issue(client.clientId);
    const keptAlive = new HttpsAgent({
      keepAlive: true,
      maxSockets: 1,
      ca: listeners.ca,
      ...identityOf(issued),
    });
    const body = `grant_type=client_credentials&client_id=${client.clientId}`;
    const ask = () =>
      new Promise<{ status: number; reused: boolean }>((resolve, reject) => {
        const request = httpsRequest(
          `${listeners.mtlsUrl}/oauth2/token`,
          {
            method: 'POST',
            agent: keptAlive,
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
          },
          (response) => {
            response
              .resume()
              .on('end', () => resolve({ status: response.statusCode!, reused: request.reusedSocket }));
          },
        );
        request.on('error', reject).end(body);
      });
    assert.deepEqual(await ask(), { status: 200, reused: false });
    assert.deepEqual(await ask(), { status: 200, reused: true });
    const { fingerprint256 } = issued.certificate;
    await fixture.revocation.revokeCertificate({ fingerprint256 }, { actor: 'system' });
    assert.deepEqual(await ask(), { status: 401, reused: true });
    keptAlive.destroy();
  });

  test('a certificate header of a proxy is no certificate', async () => {
    const { client } = await fixture.register({
      ...registration,
      token_endpoint_auth_method: 'tls_client_auth',
    });
    const { certificate } = await fixture.issue(client.clientId);
    const response = await undiciFetch(`${listeners.mtlsUrl}/oauth2/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'client-cert': `:${certificate.der.toString('base64')}:`,
        'x-forwarded-client-cert': `Hash=${certificate.fingerprint256}`,
      },
      body: `grant_type=client_credentials&client_id=${client.clientId}`,
      dispatcher: agent,
    });
    assert.equal(response.status, 401);
  });

  test('a key of another type in the handshake is no way in', async () => {
    const { client } = await fixture.register({
      ...registration,
      token_endpoint_auth_method: 'tls_client_auth',
    });
    const stranger = await selfSigned(fixture.now, {
      names: [{ type: 'uri', value: `https://as.example/clients/${client.clientId}` }],
      privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    });
    const answer = await overSocket(client.clientId, identityOf(stranger), 'TLSv1.3');
    assert.equal(answer.status, 401);
  });

  test('a wrong Authorization header gets its challenge over the wire', async () => {
    const { client } = await fixture.register(registration);
    const response = await undiciFetch(`${listeners.publicUrl}/oauth2/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: basic(client.clientId, 'wrong'),
      },
      body: 'grant_type=client_credentials',
      dispatcher: agent,
    });
    assert.equal(response.status, 401);
    assert.match(response.headers.get('www-authenticate') ?? '', /^Basic realm="/);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.deepEqual(await response.json(), {
      error: 'invalid_client',
      error_description: 'client authentication failed',
    });
  });
});
