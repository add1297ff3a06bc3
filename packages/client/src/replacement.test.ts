import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { afterEach, beforeEach, test } from 'node:test';
import { listen, stopListening } from '../../../testing/listening.ts';
import { thumbprintOf } from './testing/authorization-server.ts';
import { dayMs, Enrolled, hourMs } from './testing/enrolled.ts';
import { Household } from './testing/household.ts';

let household: Household;
beforeEach(async () => {
  household = await Household.start();
  household.server.client.thumbprints?.push(household.renewed.thumbprint);
});
afterEach(() => household.close());

/** An API that does not know the renewed certificate yet. */
function knowsOnlyTheFormer(path = '/'): void {
  household.api.answers.set(path, (request, response) => {
    if (thumbprintOf(request) === household.billing.thumbprint) response.writeHead(200).end('former');
    else response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
  });
}

test('an API that does not take the new certificate yet is called once more with the former', async () => {
  const client = household.client();
  await client.fetch(household.api.url);
  await client.replaceCertificate(household.renewed);
  knowsOnlyTheFormer();
  const response = await client.fetch(household.api.url, { method: 'POST', body: 'once more' });
  assert.equal(await response.text(), 'former');
  const [, refused, taken] = household.api.requests;
  assert.deepEqual(
    [refused?.thumbprint, taken?.thumbprint],
    [household.renewed.thumbprint, household.billing.thumbprint],
  );
  assert.equal(household.server.tokens.get(taken?.token ?? ''), household.billing.thumbprint);
  assert.equal(taken?.body, 'once more');
});

test('where both are refused the answer is the last one', async () => {
  const client = household.client();
  await client.fetch(household.api.url);
  await client.replaceCertificate(household.renewed);
  household.api.answers.set('/', (_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
  });
  assert.equal((await client.fetch(household.api.url)).status, 401);
  assert.equal(household.api.requests.length, 3);
});

test('ten minutes later nobody is asked with the former certificate', async () => {
  let now = Date.now();
  const client = household.client({ clock: () => now });
  await client.fetch(household.api.url);
  await client.replaceCertificate(household.renewed);
  knowsOnlyTheFormer();
  now += 600_000;
  assert.equal((await client.fetch(household.api.url)).status, 401);
  assert.ok(
    household.api.requests.slice(1).every(({ thumbprint }) => thumbprint === household.renewed.thumbprint),
  );
});

test('where the former certificate gets no token any more, a fresh token over the new one is tried', async () => {
  const client = household.client();
  await client.fetch(household.api.url);
  await client.replaceCertificate(household.renewed);
  household.server.client.thumbprints = [household.renewed.thumbprint];
  household.server.tokens.clear();
  assert.equal((await client.fetch(household.api.url)).status, 200);
  assert.equal(household.api.requests.at(-1)?.thumbprint, household.renewed.thumbprint);
});

test('a call that began before the replacement is made once more with the new certificate', async () => {
  const client = household.client();
  const arrived = Promise.withResolvers<() => void>();
  household.api.answers.set('/slow', (request, response) => {
    const former = thumbprintOf(request) === household.billing.thumbprint;
    if (former)
      arrived.resolve(() =>
        response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end(),
      );
    else response.writeHead(200).end('new');
  });
  const call = client.fetch(`${household.api.url}/slow`);
  const refuse = await arrived.promise;
  await client.replaceCertificate(household.renewed);
  refuse();
  assert.equal(await (await call).text(), 'new');
});

test('a server that closes the connection on the new certificate is asked with the former, if the call may be repeated', async () => {
  const { cert, key } = await household.authority.server();
  const server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false });
  const seen: string[] = [];
  server.on('secureConnection', (socket) => {
    const presented = socket.getPeerX509Certificate()?.raw;
    if (presented?.equals(household.billing.certificate.der) !== true) socket.destroy();
  });
  server.on('request', (request, response) => {
    const thumbprint = thumbprintOf(request);
    if (thumbprint !== undefined) seen.push(thumbprint);
    response.end('in');
  });
  const url = `https://localhost:${await listen(server)}`;
  try {
    const client = household.client();
    await client.fetch(household.api.url);
    await client.replaceCertificate(household.renewed);
    assert.equal(await (await client.fetch(url)).text(), 'in');
    assert.equal((await client.request({ url, token: false })).text, 'in');
    assert.deepEqual(seen, [household.billing.thumbprint, household.billing.thumbprint]);
    await assert.rejects(client.fetch(url, { method: 'POST', body: 'once' }), { code: 'server_unreachable' });
  } finally {
    await stopListening(server);
  }
});

test('a managed certificate renews under a client that calls all the time, and no call fails', async () => {
  const enrolled = await Enrolled.start(household.authority);
  const { acme, time } = enrolled;
  acme.onIssued = ({ thumbprint }) => household.server.client.thumbprints?.push(thumbprint);
  acme.window = ({ notBefore }) => ({
    start: notBefore + 16 * hourMs,
    end: notBefore + 16 * hourMs + 1000,
    retryAfter: '86400',
  });
  // The certificates are good by the real clock too, which TLS goes by.
  acme.validity = () => ({ notBefore: time.now - hourMs, notAfter: time.now + dayMs });
  household.server.lifetimeSeconds = 2 * 86_400;
  try {
    const managed = await enrolled.open();
    await managed.enrol();
    const client = household.client({ certificate: managed, anchors: undefined, clock: time.clock });
    managed.start();
    const statuses = new Set<number>();
    let calling = true;
    const callers = Array.from({ length: 4 }, async () => {
      while (calling) {
        const response = await client.fetch(household.api.url);
        statuses.add(response.status);
        await response.text();
      }
    });
    for (let renewals = 0; renewals < 3; renewals += 1) {
      // Only the certificate is to age here: a clock a day ahead would be one at which no token is good.
      const wanted = acme.issued.length + 1;
      await time.next();
      await managed.renew();
      assert.equal(acme.issued.length, wanted);
      const before = household.api.requests.length;
      while (household.api.requests.length < before + 20)
        await client.fetch(household.api.url).then((one) => one.text());
    }
    calling = false;
    await Promise.all(callers);
    assert.deepEqual([...statuses], [200]);
    const used = [...new Set(household.api.requests.map(({ thumbprint }) => thumbprint))];
    assert.deepEqual(
      used,
      acme.issued.map(({ thumbprint }) => thumbprint),
    );
    for (const { token, thumbprint } of household.api.requests) {
      assert.equal(household.server.tokens.get(token ?? ''), thumbprint);
    }
    await client.close();
    await managed.renew();
    assert.equal(acme.issued.length, 5, 'a closed client holds nobody back');
  } finally {
    await enrolled.close();
  }
});

test('a new certificate that gets no token is not taken over, and offered again', async () => {
  const enrolled = await Enrolled.start(household.authority);
  const { acme, time } = enrolled;
  household.server.client.thumbprints = [];
  acme.onIssued = ({ thumbprint }) => {
    if (acme.issued.length === 1) household.server.client.thumbprints?.push(thumbprint);
  };
  try {
    const managed = await enrolled.open();
    const first = await managed.enrol();
    const client = household.client({ certificate: managed, clock: time.clock });
    await client.fetch(household.api.url);
    await assert.rejects(managed.renew(), { name: 'OAuthError', code: 'invalid_client' });
    assert.equal(managed.credential, first);
    assert.equal((await client.fetch(household.api.url)).status, 200);
    household.server.client.thumbprints?.push(acme.issued[1]!.thumbprint);
    await managed.ensure();
    assert.equal(acme.issued.length, 2);
    assert.equal((await client.fetch(household.api.url)).status, 200);
    assert.equal(household.api.requests.at(-1)?.thumbprint, acme.issued[1]!.thumbprint);
  } finally {
    await enrolled.close();
  }
});

test('a managed certificate that has not enrolled is refused', async () => {
  const enrolled = await Enrolled.start(household.authority);
  const managed = await enrolled.open();
  assert.throws(() => household.client({ certificate: managed }), {
    code: 'configuration_invalid',
    message: /enrolled/,
  });
  await enrolled.close();
});
