import assert from 'node:assert/strict';
import { Certificate } from '@mortise/x509';
import { csrFor } from '../../acme/testing/open-acme.ts';
import type { ExchangeHouse } from './exchange-house.ts';

/** From a token to a certificate: the key of an exchange is good once, for the client of the token alone. */
export async function exchangeAndEnrol(house: ExchangeHouse, id: string): Promise<void> {
  const credential = await house.client(id);
  const before = Math.floor(Date.now() / 1000);
  const answer = await house.exchange(await house.token(id, credential), credential);
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.headers['cache-control'], 'no-store');
  const enrolment = answer.json();
  const expiresAt = Number(enrolment['eab_expires_at']);
  assert.ok(expiresAt >= before + 600 && expiresAt <= Math.floor(Date.now() / 1000) + 600);
  const name = `${id}.clients.localhost`;
  assert.equal(enrolment['identifier'], name);

  const { acme, status } = await house.register(enrolment);
  assert.equal(status, 201);
  const order = await acme.order([name]);
  const done = await acme.post(order.json.finalize, { csr: await csrFor([name]) });
  assert.equal(done.json.status, 'valid', done.text);
  const leaf = Certificate.parse((await acme.post(done.json.certificate)).text);
  const shown = await house.mortise('client', 'show', id);
  const credentials = shown['credentials'] as { fingerprint256: string }[];
  assert.ok(credentials.some(({ fingerprint256 }) => fingerprint256 === leaf.fingerprint256));

  const again = await house.register(enrolment);
  assert.deepEqual(
    [again.status, again.type],
    [403, 'urn:ietf:params:acme:error:unauthorized'],
    'the key is used up',
  );
  const events = (await house.mortise('audit', 'list')) as unknown as {
    act: string;
    actor: string;
    object: { id: string };
  }[];
  const opened = events.filter(({ act, object }) => act === 'client.enrolment_opened' && object.id === id);
  assert.deepEqual(
    opened.map(({ actor }) => actor),
    [`client:${id}`],
  );
}
