import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { csrFor, listening, openAcme } from '../testing/open-acme.ts';

const freePort = async (): Promise<number> => {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
};
const [dns, management] = [await freePort(), await freePort()];
const challenges = spawn('pebble-challtestsrv', [
  ...['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${management}`],
  ...['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''],
]);
after(() => challenges.kill());
const setText = async (host: string, value: string): Promise<void> => {
  for (;;) {
    try {
      const body = JSON.stringify({ host, value });
      const answer = await fetch(`http://127.0.0.1:${management}/set-txt`, { method: 'POST', body });
      assert.equal(answer.status, 200);
      return;
    } catch (error) {
      // It does not listen yet.
      if (!(error instanceof TypeError) || challenges.exitCode !== null) throw error;
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }
};
const house = await openAcme({ acmeNameServer: `127.0.0.1:${dns}` });

test('dns-01 proves a name and its wildcard by the TXT record of each', async () => {
  const client = await house.client();
  const names = ['a.example', '*.a.example'];
  const order = await client.order(names);
  for (const url of order.json.authorizations as string[]) {
    const { json } = await client.post(url);
    const challenge = json.challenges.find(({ type }: { type: string }) => type === 'dns-01');
    const keyAuthorization = `${challenge.token}.${client.thumbprint}`;
    await setText('_acme-challenge.a.example.', 'another');
    await setText(
      '_acme-challenge.a.example.',
      createHash('sha256').update(keyAuthorization).digest('base64url'),
    );
    await client.post(challenge.url, {});
    const settled = await client.settled(url);
    assert.equal(settled.json.status, 'valid', settled.text);
  }
  const done = await client.post(order.json.finalize, { csr: await csrFor(names) });
  assert.equal(done.json.status, 'valid', done.text);
});

test('dns-01 says that there is no record, or only others', async () => {
  const client = await house.client();
  const order = await client.order(['none.example', 'other.example']);
  await setText('_acme-challenge.other.example.', 'another');
  const types: string[] = [];
  for (const url of order.json.authorizations as string[]) {
    const { json } = await client.post(url);
    await client.post(json.challenges.find(({ type }: { type: string }) => type === 'dns-01').url, {});
    types.push((await client.settled(url)).json.challenges[0].error.type);
  }
  assert.deepEqual(types, ['urn:ietf:params:acme:error:dns', 'urn:ietf:params:acme:error:incorrectResponse']);
});
