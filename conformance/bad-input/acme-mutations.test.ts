/** Requests of ACME that chance has changed, over the real listener: none makes the server fail, and none leaves anything behind. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { Answer } from '../../packages/server/src/acme/testing/acme-client.ts';
import { csrFor, openAcme } from '../../packages/server/src/acme/testing/open-acme.ts';
import { prove } from '../../packages/server/src/acme/testing/prove.ts';
import { leavesNothing } from './testing/acme-rows.ts';

const house = await openAcme();
const { data, logged } = house.server;
after(() => {
  assert.doesNotMatch(logged(), /"level":(50|60)/, 'nothing failed inside');
});
const client = await house.client();
const order = await client.order(['localhost']);
await prove(house, client, order.json.authorizations);
const finalize = order.json.finalize as string;
const runs = { numRuns: 150 };

/** A problem document that is the client's fault. */
function isRefusal(answer: Answer): void {
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text}`);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.match(String(answer.json.type), /^urn:ietf:params:acme:error:[a-zA-Z]+$/);
  assert.equal(answer.json.status, answer.status);
}

/** Some octets of a text or of DER replaced, left out or put in. */
const mutation = fc.record({
  at: fc.nat(10_000),
  remove: fc.nat(4),
  insert: fc.uint8Array({ maxLength: 4 }),
});

function mutated(octets: Buffer, { at, remove, insert }: { at: number; remove: number; insert: Uint8Array }) {
  const place = at % octets.length;
  return Buffer.concat([octets.subarray(0, place), insert, octets.subarray(place + remove)]);
}

test('no change to a CSR gets a certificate, or makes the server fail', async () => {
  const csr = Buffer.from(await csrFor(['localhost']), 'base64url');
  await fc.assert(
    fc.asyncProperty(mutation, async (change) => {
      const changed = mutated(csr, change);
      fc.pre(!changed.equals(csr));
      const payload = { csr: changed.toString('base64url') };
      isRefusal(await leavesNothing(data, () => client.post(finalize, payload)));
    }),
    runs,
  );
});

test('no change to the octets of a request does what the request asks for, or makes the server fail', async () => {
  const url = client.directory['newOrder']!;
  await fc.assert(
    fc.asyncProperty(mutation, async (change) => {
      const header = { alg: 'ES256', nonce: await client.nonce(), url, kid: client.kid };
      const jws = client.jws(header, { identifiers: [{ type: 'dns', value: 'localhost' }] });
      const body = Buffer.from(JSON.stringify(jws));
      const changed = mutated(body, change);
      // What says the same in other octets, such as blanks between members, is the same request.
      fc.pre(JSON.stringify(parsed(changed)) !== JSON.stringify(jws));
      isRefusal(await leavesNothing(data, () => client.send('POST', url, changed.toString('latin1'))));
    }),
    runs,
  );
});

test('no value of any member makes the server fail', async () => {
  const anything = fc.jsonValue({ maxDepth: 3 });
  const { newOrder, newAuthz, revokeCert, keyChange } = client.directory;
  const members = fc.record(
    {
      identifiers: fc.oneof(
        anything,
        fc.array(fc.record({ type: fc.constantFrom('dns', 'ip', 'email'), value: fc.string() }), {
          maxLength: 5,
        }),
      ),
      identifier: anything,
      certificate: anything,
      reason: anything,
      account: anything,
      oldKey: anything,
      notBefore: anything,
      replaces: anything,
      profile: anything,
      protected: fc.string(),
      payload: fc.string(),
      signature: fc.string(),
      csr: fc.oneof(anything, fc.base64String()),
    },
    { requiredKeys: [] },
  );
  const urls = fc.constantFrom(newOrder!, newAuthz!, revokeCert!, keyChange!, finalize);
  await fc.assert(
    fc.asyncProperty(urls, members, async (url, payload) => {
      const answer = await client.post(url, payload);
      // A text of chance may be a DNS name, and then the order is a good one.
      if (answer.status !== 201) isRefusal(answer);
    }),
    runs,
  );
  assert.equal((await client.post(String(order.headers['location']))).json.status, 'ready');
});

test('no header that chance made is taken', async () => {
  const url = client.directory['newOrder']!;
  const members = ['alg', 'nonce', 'url', 'kid', 'jwk', 'crit', 'b64', 'typ', 'cty', 'x5c'];
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom(...members), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }),
      async (header) => {
        fc.pre(Object.keys(header).some((name) => !['typ', 'cty', 'x5c'].includes(name)));
        const payload = { identifiers: [{ type: 'dns', value: 'localhost' }] };
        isRefusal(await leavesNothing(data, () => client.post(url, payload, { header })));
      },
    ),
    runs,
  );
});

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}
