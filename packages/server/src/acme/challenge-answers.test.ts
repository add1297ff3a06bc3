import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DirectClient } from './testing/direct-client.ts';
import { openDirectHouse } from './testing/direct-house.ts';

/** A client that has ordered, with the challenge to be answered, and a web server that says what it is told, when it is told. */
async function ordered(t: TestContext, patienceMs: number) {
  const { serve } = await openDirectHouse(t);
  const web = Promise.withResolvers<string>();
  const unused = () => Promise.reject(new Error('not asked for'));
  const server = serve({
    validation: { retryDelaysMs: [], patienceMs },
    network: {
      fetch: async () => Buffer.from(await web.promise),
      resolveTxt: unused,
      presentedCertificate: unused,
    },
  });
  t.after(async () => {
    web.resolve('');
    await server.close();
  });
  const client = await new DirectClient(server, 'server').open();
  await client.register();
  const order = await client.order(['a.example']);
  const authorization = order.json.authorizations[0] as string;
  const { json } = await client.post(authorization);
  const challenge = json.challenges.find(({ type }: { type: string }) => type === 'http-01');
  const proof = `${challenge.token}.${client.thumbprint}`;
  return { client, authorization, url: challenge.url as string, proof, web };
}

test('the answer to a challenge that is soon proven says so', async (t) => {
  const { client, url, proof, web } = await ordered(t, 60_000);
  const answering = client.post(url, {});
  web.resolve(proof);
  const answer = await answering;
  assert.equal(answer.json.status, 'valid');
  assert.equal(answer.headers['retry-after'], undefined);
});

test('the answer to a challenge that soon fails says why', async (t) => {
  const { client, url, web } = await ordered(t, 60_000);
  const answering = client.post(url, {});
  web.resolve('something else');
  const answer = await answering;
  assert.equal(answer.json.status, 'invalid');
  assert.equal(answer.json.error.type, 'urn:ietf:params:acme:error:incorrectResponse');
});

test('a challenge that takes long is answered meanwhile, with when to ask again', async (t) => {
  const { client, authorization, url, proof, web } = await ordered(t, 0);
  const answer = await client.post(url, {});
  assert.equal(answer.json.status, 'processing');
  assert.equal(answer.headers['retry-after'], '2');
  web.resolve(proof);
  assert.equal((await client.settled(authorization)).json.status, 'valid');
});
