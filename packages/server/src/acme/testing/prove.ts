import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import type { AcmeClient } from './acme-client.ts';
import { type AcmeHouse, csrFor } from './open-acme.ts';

/** Answers the http-01 challenge of every authorization. */
export async function prove(
  house: AcmeHouse,
  client: AcmeClient,
  authorizations: readonly string[],
): Promise<void> {
  for (const url of authorizations) {
    const { json } = await client.post(url);
    if (json.status === 'valid') continue;
    const challenge = json.challenges.find(({ type }: { type: string }) => type === 'http-01');
    house.answers.set(challenge.token, `${challenge.token}.${client.thumbprint}`);
    await client.post(challenge.url, {});
    assert.equal((await client.settled(url)).json.status, 'valid');
  }
}

/** Orders, proves, finalizes and downloads. */
export async function certificateFor(
  house: AcmeHouse,
  client: AcmeClient,
  names: readonly string[],
  more: object = {},
  key?: KeyObject,
) {
  const order = await client.order(names, more);
  assert.equal(order.status, 201, order.text);
  await prove(house, client, order.json.authorizations);
  const done = await client.post(order.json.finalize, { csr: await csrFor(names, key) });
  assert.equal(done.status, 200, done.text);
  return { order, done, download: await client.post(done.json.certificate) };
}
