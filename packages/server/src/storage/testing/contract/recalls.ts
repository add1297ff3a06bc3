import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IssuedCertificate, Recall } from '../../../authority/index.ts';
import { acmeAccount, acmeOrder, authorization, isKeyAllowed } from '../acme-records.ts';
import { authority, certificate, client, draft, issued, now } from '../records.ts';
import { type DatabaseKind, withNewStorage, withTwoNodes } from '../storage-for-test.ts';

const event = draft('recall.created', 'r', { object: { kind: 'recall', id: 'r' } });
const recall: Recall = { id: 'r', filter: {}, createdAt: now + 10, createdBy: 'cli' };
const at = now + 1000;

/** A certificate of a server by its names, issued before the recall unless said otherwise. */
function served(id: string, more: Partial<IssuedCertificate> = {}): IssuedCertificate {
  const { clientId: _, credentialId: _id, ...rest } = issued(certificate(id), { profile: 'server' });
  return { ...rest, names: [`dns:${id}.example`], ...more };
}

export function recallsContract(kind: DatabaseKind): void {
  test(`${kind.name}: a recall comes back on every node as it was made, and ends once`, () =>
    withTwoNodes(kind, async (one, other) => {
      const filter = {
        authorityId: 'a',
        authorityIds: ['a', 'b'],
        profile: 'server',
        keyType: 'rsa-2048',
        issuedFrom: 1,
        issuedUntil: 2,
      };
      const whole = { ...recall, filter, explanationUrl: 'https://a.example/é' };
      await one.recalls.addRecall(whole, event);
      await one.recalls.addRecall({ ...recall, id: 'older', createdAt: now }, event);
      assert.deepEqual(await other.recalls.findRecall('r'), whole);
      assert.equal(await other.recalls.findRecall('z'), undefined);
      assert.equal(await other.recalls.findRecall('\0'), undefined);
      const ids = async (underWay: boolean) =>
        (await other.recalls.listRecalls(underWay)).map(({ id }) => id);
      assert.deepEqual(await ids(true), ['r', 'older']);
      const ends = await Promise.all(
        [one, other, one, other].map(({ recalls }) => recalls.endRecall({ id: 'r', at }, event)),
      );
      assert.equal(ends.filter(Boolean).length, 1);
      assert.equal(await one.recalls.endRecall({ id: '\0', at }, event), false);
      assert.equal((await other.recalls.findRecall('r'))?.endedAt, at);
      assert.deepEqual(await ids(true), ['older']);
      assert.deepEqual(await ids(false), ['r', 'older']);
    }));

  test(`${kind.name}: what became of recalled certificates is told from orders, lineages and revocations`, () =>
    withNewStorage(kind, async ({ authorities, clients, acme, recalls, revocation }) => {
      const both = [authority('auth_a'), authority('auth_b')];
      await authorities.addAuthorities({ authorities: both, expectedCount: 0 }, []);
      await clients.create({ client: client('a'), claims: [] }, [draft('client.created', 'a')]);
      await clients.create({ client: client('b'), claims: [] }, [draft('client.created', 'b')]);
      await acme.createAccount({ account: acmeAccount('x') }, event);
      const add = (record: IssuedCertificate) =>
        authorities.issue({ certificate: record }, [draft('certificate.issued', 'a')]);
      const later = { issuedAt: recall.createdAt + 1 };
      // Before the recall: what it is about, and what it is not.
      for (const id of ['open', 'ordered', 'renewed', 'gone']) await add(served(id));
      await add(served('late', { notAfter: recall.createdAt + 5 }));
      await add(served('over', { notAfter: recall.createdAt }));
      await add(served('elsewhere', { authorityId: 'auth_b', issuedAt: now + 5 }));
      for (const profile of ['ocsp-responder', 'cross-certificate']) await add(served(profile, { profile }));
      await add({ ...issued(certificate('of-a')), clientId: 'a', names: ['uri:x'] });
      await add({ ...issued(certificate('of-b')), clientId: 'b', names: ['uri:x'] });
      // After it.
      await add(served('renewed-2', { ...later, names: served('renewed').names }));
      await add(served('other-profile', { ...later, names: served('open').names, profile: 'client' }));
      await add({ ...issued(certificate('of-a-2'), later), clientId: 'a', names: ['uri:x'] });
      const fingerprint = (id: string) => served(id).fingerprint256;
      const order = acmeOrder('o', ['v'], {
        replaces: { fingerprint256: fingerprint('ordered'), certificateId: 'a.b' },
      });
      await acme.createOrder({ order, authorizations: [authorization('v')] }, event);
      const next = served('ordered-2', { ...later, names: ['dns:moved.example'] });
      const finalized = await acme.finalize(
        { orderId: 'o', at: now, issue: { certificate: next }, isKeyAllowed },
        [event],
      );
      assert.equal(finalized.done, true);
      // Begun and not finished: nothing has replaced it yet.
      const begun = acmeOrder('p', ['w'], {
        replaces: { fingerprint256: fingerprint('open'), certificateId: 'c.d' },
      });
      await acme.createOrder({ order: begun, authorizations: [authorization('w')] }, event);
      for (const id of ['gone', 'renewed']) {
        await revocation.revokeCertificate(
          { fingerprint256: fingerprint(id), credentialId: undefined, reason: 'superseded', at },
          draft('certificate.revoked', 'a'),
        );
      }
      const states = async (filter: Recall['filter'], when = at) => {
        const wanted = { ...recall, filter };
        const listed = await recalls.listRecalled({ recall: wanted, at: when, limit: 100 });
        const { counts, next } = await recalls.countRecalled({ recall: wanted, at: when, limit: 100 });
        assert.equal(next, undefined);
        for (const [state, count] of Object.entries(counts)) {
          assert.equal(listed.filter((one) => one.state === state).length, count, state);
        }
        return Object.fromEntries(listed.map((one) => [one.certificate.subject.slice(3), one.state]));
      };
      assert.deepEqual(await states({}), {
        open: 'outstanding',
        ordered: 'replaced',
        renewed: 'replaced',
        gone: 'revoked',
        late: 'expired',
        elsewhere: 'outstanding',
        'of-a': 'replaced',
        'of-b': 'outstanding',
      });
      assert.deepEqual(Object.keys(await states({ authorityIds: ['auth_b'] })), ['elsewhere']);
      assert.deepEqual(Object.keys(await states({ profile: 'client' })).sort(), ['of-a', 'of-b']);
      assert.deepEqual(Object.keys(await states({ issuedFrom: now + 5 })), ['elsewhere']);
      assert.equal('elsewhere' in (await states({ issuedUntil: now + 5 })), false);
      const all = await recalls.listRecalled({ recall, at, limit: 100 });
      const first = await recalls.listRecalled({ recall, at, limit: 3 });
      const after = first.at(-1)!.certificate.fingerprint256;
      assert.deepEqual([...first, ...(await recalls.listRecalled({ recall, at, after, limit: 100 }))], all);
      assert.equal((await recalls.countRecalled({ recall, at, limit: 3 })).next, after);
      const { counts } = await recalls.countRecalled({ recall, at, after, limit: 100 });
      assert.equal(
        Object.values(counts).reduce((sum, count) => sum + count, 0),
        all.length - 3,
      );
      assert.deepEqual(await recalls.listRecalled({ recall, at, after: '\0', limit: 1 }), []);
      // What replaced it is revoked itself, or with its authority: it has to be replaced again.
      const revoke = (fingerprint256: string) =>
        revocation.revokeCertificate(
          { fingerprint256, credentialId: undefined, reason: 'key_compromise', at },
          draft('certificate.revoked', 'a'),
        );
      await revoke(next.fingerprint256);
      assert.equal((await states({}))['ordered'], 'outstanding');
      await add(served('open-2', { ...later, names: served('open').names, authorityId: 'auth_b' }));
      assert.equal((await states({}))['open'], 'replaced');
      await revocation.revokeAuthorities({ authorityIds: ['auth_b'], at }, () => [event]);
      assert.deepEqual(await states({ authorityIds: ['auth_b'] }), { elsewhere: 'revoked' });
      assert.equal((await states({}))['open'], 'outstanding');
      await revocation.revokeAuthorities({ authorityIds: ['auth_a'], at: recall.createdAt }, () => [event]);
      assert.deepEqual(await states({ authorityIds: ['auth_a'] }), {});
    }));
}
