import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authority, certificate, client, draft, issued } from '../records.ts';
import { type DatabaseKind, withNewStorage } from '../storage-for-test.ts';

const lanes = 24;
const perLane = 12;

export function issuanceContract(kind: DatabaseKind): void {
  test(`${kind.name}: of certificates that come as they like, each is recorded once, in whatever groups`, () =>
    withNewStorage(kind, async ({ authorities, clients }) => {
      await authorities.addAuthorities({ authorities: [authority('auth_a')], expectedCount: 0 }, [
        draft('authority.created', 'auth_a'),
      ]);
      await clients.create({ client: client('a'), claims: [] }, [draft('client.created', 'a')]);
      const sequences: number[] = [];
      await Promise.all(
        Array.from({ length: lanes }, async (_, lane) => {
          for (let index = 0; index < perLane; index += 1) {
            // From all at once to one by one, and never two lanes alike.
            for (let turn = (lane * index) % 7; turn > 0; turn -= 1) await new Promise(setImmediate);
            const credential = certificate(`${lane}-${index}`, { authorityId: 'auth_a' });
            const outcome = await authorities.issue(
              { certificate: issued(credential, { clientId: 'a' }), credential },
              [draft('certificate.issued', credential.fingerprint256)],
            );
            assert.ok(outcome.done);
            assert.equal(outcome.event.object.id, credential.fingerprint256);
            sequences.push(outcome.event.sequence);
          }
        }),
      );
      assert.equal(new Set(sequences).size, lanes * perLane);
      const recorded = await authorities.listCertificates({ filter: {}, limit: 1_000 });
      assert.equal(recorded.length, lanes * perLane);
    }));
}
