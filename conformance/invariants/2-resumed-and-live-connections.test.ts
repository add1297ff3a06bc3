import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { certify, identityOf } from './testing/certificates.ts';
import { House } from './testing/house.ts';
import { type HttpsAnswer, httpsRequest, type Identity } from './testing/https-request.ts';
import { ProtectedApi } from './testing/protected-api.ts';

let house: House;
let api: ProtectedApi;
before(async () => {
  house = await House.start();
  api = await ProtectedApi.start(house);
});
after(async () => {
  await api.close();
  await house.discard();
});

type Version = 'TLSv1.2' | 'TLSv1.3';

/** One token request on a new connection, which resumes `session` if there is one. */
async function overSession(
  clientId: string,
  identity: Identity,
  version: Version,
  session?: Buffer,
): Promise<{ status: number; head: string; resumed: boolean; session: Buffer | undefined }> {
  const socket: TLSSocket = connect({
    host: '127.0.0.1',
    port: house.port('mtls'),
    servername: 'localhost',
    ca: house.ca,
    ...identity,
    minVersion: version,
    maxVersion: version,
    ...(session !== undefined && { session }),
  });
  let latest: Buffer | undefined;
  socket.on('session', (received: Buffer) => {
    latest = received;
  });
  await once(socket, 'secureConnect');
  const resumed = socket.isSessionReused();
  const body = `grant_type=client_credentials&scope=payments:write&client_id=${clientId}`;
  socket.write(
    `POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(socket, 'close');
  const head = text.slice(0, text.indexOf('\r\n\r\n'));
  return { status: Number(text.split(' ')[1]), head, resumed, session: latest };
}

async function untilPast(time: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, time - Date.now() + 1));
}

describe('resumption', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`invariant 2: a session resumed after the certificate was revoked gets nothing (${version})`, async () => {
      const clientId = `revoked-${version.replace('.', '-')}`;
      const identity = await house.certified(clientId);
      const first = await overSession(clientId, identity, version);
      assert.equal(first.status, 200, first.head);
      const second = await overSession(clientId, identity, version, first.session);
      assert.deepEqual([second.status, second.resumed], [200, true]);
      await house.administer('POST', `/certificates/${identity.fingerprint}/revoke`, {});
      const third = await overSession(clientId, identity, version, first.session);
      assert.deepEqual([third.status, third.resumed], [401, true]);
    });

    test(`invariant 2: a session resumed after the client was revoked gets nothing (${version})`, async () => {
      const clientId = `ended-${version.replace('.', '-')}`;
      const identity = await house.certified(clientId);
      const first = await overSession(clientId, identity, version);
      await house.administer('POST', `/clients/${clientId}/revoke`, {});
      const again = await overSession(clientId, identity, version, first.session);
      assert.deepEqual([again.status, again.resumed], [401, true]);
    });

    test(`invariant 2: a session shows the certificate of its handshake, not the one offered beside it (${version})`, async () => {
      const suffix = version.replace('.', '-');
      const owner = await house.certified(`owner-${suffix}`);
      const other = await house.certified(`other-${suffix}`);
      const first = await overSession(`owner-${suffix}`, owner, version);
      const asOther = await overSession(`other-${suffix}`, other, version, first.session);
      assert.deepEqual([asOther.status, asOther.resumed], [401, true]);
      const without = await overSession(`other-${suffix}`, { cert: '', key: '' }, version, first.session);
      assert.equal(without.status, 401);
    });

    test(`invariant 2: a session does not survive a restart without what proves its certificate (${version})`, async () => {
      const clientId = `restarted-${version.replace('.', '-')}`;
      const root = await certify('CN=Chain Root', { ca: true });
      const intermediate = await certify('CN=Chain Intermediate', { ca: true, issuer: root });
      const name = { type: 'dns', value: `${clientId}.example` } as const;
      await house.client(clientId, {
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_san_dns: name.value,
        tls_client_auth_trust_anchors: [root.certificate.toPem()],
      });
      const leaf = await certify('CN=chained', { issuer: intermediate, names: [name] });
      const first = await overSession(clientId, identityOf(leaf, intermediate), version);
      assert.equal(first.status, 200, first.head);
      await house.kill('SIGTERM');
      await house.restart();
      // Its tickets are of keys that are gone, so that a full handshake follows, here without the intermediate.
      const again = await overSession(clientId, identityOf(leaf), version, first.session);
      assert.deepEqual([again.status, again.resumed], [401, false]);
      const bare = await overSession(clientId, identityOf(leaf), version, again.session);
      assert.deepEqual([bare.status, bare.resumed], [401, true]);
      const whole = await overSession(clientId, identityOf(leaf, intermediate), version);
      assert.equal(whole.status, 200);
      const resumed = await overSession(clientId, identityOf(leaf), version, whole.session);
      assert.deepEqual([resumed.status, resumed.resumed], [200, true], 'the chain of the handshake is known');
    });
  }
});

/** What a kept-alive connection is worth: its answers, or its end. */
async function statusOrEnd(request: Promise<HttpsAnswer>): Promise<number | 'ended'> {
  return request.then(
    ({ status }) => status,
    () => 'ended' as const,
  );
}

test('invariant 2: a kept connection dies with its certificate, at the server and at an API that watches', async () => {
  const identity = await house.certified('living');
  const atServer = new Agent({ keepAlive: true, maxSockets: 1 });
  const atApi = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (): Promise<HttpsAnswer> =>
    house.token('mtls', { identity, agent: atServer, form: { client_id: 'living' } });
  const token = String((await ask()).body['access_token']);
  const call = (): Promise<HttpsAnswer> => api.call(token, { identity, agent: atApi });
  assert.deepEqual([(await call()).status, (await ask()).reused, (await call()).reused], [200, true, true]);
  const heard = api.hears('certificate', identity.x5t);
  await house.administer('POST', `/certificates/${identity.fingerprint}/revoke`, {});
  await heard;
  for (const request of [ask, call, ask, call]) {
    assert.ok([401, 'ended'].includes(await statusOrEnd(request())));
  }
  atServer.destroy();
  atApi.destroy();
});

test('invariant 2: an expired certificate gets nothing, resumed, kept or anew, from the moment it ends', async () => {
  const root = await certify('CN=Brief Root', { ca: true });
  const name = { type: 'dns', value: 'brief.example' } as const;
  await house.client('brief', {
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: name.value,
    tls_client_auth_trust_anchors: [root.certificate.toPem()],
  });
  const leaf = await certify('CN=brief', { issuer: root, names: [name], notAfter: Date.now() + 6_000 });
  const identity = identityOf(leaf, root);
  const older = await overSession('brief', identity, 'TLSv1.2');
  const newer = await overSession('brief', identity, 'TLSv1.3');
  assert.deepEqual([older.status, newer.status], [200, 200]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const atApi = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (): Promise<HttpsAnswer> =>
    house.token('mtls', { identity, agent, form: { client_id: 'brief' } });
  const first = await ask();
  assert.equal(first.status, 200, first.text);
  const token = String(first.body['access_token']);
  assert.ok(Number(first.body['expires_in']) <= 6, 'no token outlives its certificate');
  assert.equal((await api.call(token, { identity, agent: atApi })).status, 200);

  await untilPast(leaf.certificate.notAfter);
  const late = await ask();
  assert.deepEqual([late.status, late.reused], [401, true]);
  assert.equal((await house.reasons('brief'))[0], 'certificate_outside_validity');
  assert.equal((await api.call(token, { identity, agent: atApi })).status, 401);
  const resumedOlder = await overSession('brief', identity, 'TLSv1.2', older.session);
  assert.deepEqual([resumedOlder.status, resumedOlder.resumed], [401, true]);
  const resumedNewer = await overSession('brief', identity, 'TLSv1.3', newer.session);
  assert.deepEqual([resumedNewer.status, resumedNewer.resumed], [401, true]);
  const anew = await overSession('brief', identity, 'TLSv1.3');
  assert.deepEqual([anew.status, anew.resumed], [401, false]);
  agent.destroy();
  atApi.destroy();
});

test('invariant 2: a suspended client has no use of its certificate, on new connections and kept ones', async () => {
  const identity = await house.certified('dormant');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (): Promise<HttpsAnswer> =>
    house.token('mtls', { identity, agent, form: { client_id: 'dormant' } });
  assert.equal((await ask()).status, 200);
  await house.administer('POST', '/clients/dormant/suspend', {});
  assert.ok([401, 'ended'].includes(await statusOrEnd(ask())));
  assert.equal((await ask()).status, 401);
  await house.administer('POST', '/clients/dormant/resume', {});
  assert.equal((await ask()).status, 200);
  agent.destroy();
});

test('invariant 2: a node whose certificate is revoked loses its stream', async () => {
  const node = await house.certificate('payments-api');
  const socket = connect({
    host: '127.0.0.1',
    port: house.port('mtls'),
    servername: 'localhost',
    ca: house.ca,
    cert: node.cert,
    key: node.key,
  });
  await once(socket, 'secureConnect');
  socket.write('GET /nodes/v1/feed HTTP/1.1\r\nHost: localhost\r\n\r\n');
  let received = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  while (!received.includes('"more":false')) await once(socket, 'data');
  const closed = once(socket, 'close');
  await house.administer('POST', `/certificates/${node.fingerprint}/revoke`, {});
  await closed;
  const again = await httpsRequest({
    url: `${house.ready.mtls}/nodes/v1/feed`,
    ca: house.ca,
    identity: node,
  });
  assert.equal(again.status, 403);
});
