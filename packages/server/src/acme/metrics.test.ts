import assert from 'node:assert/strict';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { openAcme } from './testing/open-acme.ts';
import { certificateFor } from './testing/prove.ts';

const house = await openAcme();

/** The values of the metrics listener, by name and labels. */
async function scrape(): Promise<Map<string, number>> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get(`http://${house.server.listening.metrics}/metrics`, (response) => {
    text(response).then(resolve, reject);
  }).on('error', reject);
  const lines = (await promise).split('\n').filter((line) => line.startsWith('mortise_'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

test('what ACME does is counted: accounts, orders, validations, refusals, certificates', async () => {
  const client = await house.client();
  await certificateFor(house, client, ['localhost']);
  const order = await client.order(['127.0.0.1']);
  const url = order.json.authorizations[0] as string;
  const { json } = await client.post(url);
  const challenge = json.challenges.find(({ type }: { type: string }) => type === 'http-01');
  await client.post(challenge.url, {});
  assert.equal((await client.settled(url)).json.status, 'invalid');
  await client.order(['not a name']);
  const values = await scrape();
  const expected = {
    'mortise_acme_accounts_total{profile="server"}': 1,
    'mortise_acme_orders_total{profile="server"}': 2,
    'mortise_acme_validations_total{challenge="http-01",outcome="valid"}': 1,
    'mortise_acme_validations_total{challenge="http-01",outcome="incorrectResponse"}': 1,
    'mortise_acme_refusals_total{type="rejectedIdentifier"}': 1,
    'mortise_certificates_issued_total{profile="server"}': 1,
    mortise_acme_validations_in_progress: 0,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(values.get(name), value, name);
});
