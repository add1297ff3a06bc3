import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acmeAccount, acmeOrder, authorization, isKeyAllowed } from '../acme-records.ts';
import { authority, certificate, client, draft, issued, now } from '../records.ts';
import { type DatabaseKind, withNewStorage } from '../storage-for-test.ts';

const minute = 60_000;

export function lineagesContract(kind: DatabaseKind): void {
  test(`${kind.name}: lineages are told from certificates, orders, uses, reports and the ends of tokens`, () =>
    withNewStorage(kind, async ({ authorities, clients, acme, credentialUses, lineages, nodes }) => {
      await authorities.addAuthorities({ authorities: [authority('auth_a')], expectedCount: 0 }, []);
      for (const id of ['a', 'b']) {
        await clients.create({ client: client(id), claims: [] }, [draft('client.created', id)]);
      }
      await acme.createAccount({ account: acmeAccount('x') }, draft('account.created', 'a'));
      const made = (id: string, issuedAt: number, clientId = 'a') => ({
        ...issued(certificate(id), { issuedAt, clientId }),
        clientId,
      });
      const old = made('old', now);
      const renewed = made('renewed', now + 2);
      const event = draft('certificate.issued', 'a');
      await authorities.issue({ certificate: old }, [event]);
      await authorities.issue({ certificate: made('of-b', now + 1, 'b') }, [event]);
      const order = acmeOrder('o', ['v'], {
        replaces: { fingerprint256: old.fingerprint256, certificateId: 'a.b' },
      });
      await acme.createOrder({ order, authorizations: [authorization('v')] }, event);
      await acme.finalize({ orderId: 'o', at: now, issue: { certificate: renewed }, isKeyAllowed }, [event]);

      const use = { clientId: 'a', credentialId: 'c1', thumbprint: old.x5t, scope: 'x', lastUsedAt: now + 5 };
      const tokensEndAt = now + 10 * minute;
      await credentialUses.record([
        { ...use, count: 3, tokensEndAt },
        // The same tokens, counted for the secret that they were asked for with, too.
        { ...use, credentialId: 'c2', count: 3, tokensEndAt },
        { ...use, scope: 'y', count: 1, lastUsedAt: now + 7, tokensEndAt: now + 20 * minute },
        { ...use, thumbprint: renewed.x5t, count: 1 },
        { ...use, thumbprint: '', count: 8, tokensEndAt },
      ]);
      await credentialUses.record([{ ...use, count: 2, tokensEndAt }]);
      const sighting = { nodeClientId: 'n', x5t: renewed.x5t, clientId: 'a', lastSeenAt: now + 9, count: 1 };
      await nodes.record({ nodes: [], sightings: [sighting] });

      const told = async (at: number, clientIds = ['a'], perClient = 10) =>
        (await lineages.entriesOf({ clientIds, at, perClient })).map(({ certificate: each, ...rest }) => ({
          fingerprint256: each.fingerprint256,
          ...rest,
        }));
      const former = { fingerprint256: old.fingerprint256, lastUsedAt: now + 7 };
      const next = {
        fingerprint256: renewed.fingerprint256,
        accountId: 'x',
        replaces: old.fingerprint256,
        lastUsedAt: now + 5,
        lastSeenAt: now + 9,
        liveTokens: 0,
      };
      assert.deepEqual(await told(now), [{ ...former, liveTokens: 6 }, next]);
      // Ends are rounded up, never down.
      assert.deepEqual(await told(tokensEndAt - 1), [{ ...former, liveTokens: 6 }, next]);
      assert.deepEqual(await told(tokensEndAt + 2 * minute), [{ ...former, liveTokens: 1 }, next]);
      assert.equal(await credentialUses.forgetEndedTokens(tokensEndAt + 2 * minute), 2);
      assert.deepEqual(await told(now), [{ ...former, liveTokens: 1 }, next]);
      assert.deepEqual(await told(now + 30 * minute), [{ ...former, liveTokens: 0 }, next]);
      assert.deepEqual(
        (await told(now, ['b', 'a'])).map(({ liveTokens }) => liveTokens),
        [1, 0, 0],
      );
      assert.deepEqual(await told(now, ['a'], 1), [next]);
      assert.deepEqual(await told(now, ['nobody', '\0']), []);
      assert.deepEqual(await told(now, []), []);
    }));
}
