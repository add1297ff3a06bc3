import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KnownKey } from '../../../acme/index.ts';
import type { Storage } from '../../open-storage.ts';
import { acmeAccount, acmeOrder, authorization } from '../acme-records.ts';
import { authority, certificate, draft, issued, now, sha256 } from '../records.ts';
import { type DatabaseKind, withTwoNodes } from '../storage-for-test.ts';

const event = draft('x.done', 'x', { object: { kind: 'account', id: 'x' } });
const issuedEvent = draft('certificate.issued', 'a');
const rounds = 20;

async function prepared({ authorities, acme }: Storage, accounts: readonly string[]): Promise<void> {
  await authorities.addAuthorities({ authorities: [authority('auth_a')], expectedCount: 0 }, []);
  for (const id of accounts) await acme.createAccount({ account: acmeAccount(id) }, event);
}

/** An order that is ready; what answers finalizes it with the key, which nobody else may have. */
async function ready({ acme }: Storage, accountId: string, id: string) {
  const order = acmeOrder(id, [id], { accountId });
  await acme.createOrder({ order, authorizations: [authorization(id, { accountId })] }, event);
  const { clientId: _, credentialId: _id, ...record } = issued(certificate(id), { profile: 'server' });
  return (node: Storage, spkiSha256: string) =>
    node.acme.finalize(
      {
        orderId: id,
        at: now,
        issue: { certificate: { ...record, spkiSha256 } },
        isKeyAllowed: ({ ofAccount, uses }: KnownKey) =>
          !ofAccount && uses.every((use) => use.accountId === accountId),
      },
      [issuedEvent],
    );
}

/** One key has one holder, whoever asks on whichever node at the same moment. */
export function acmeKeysContract(kind: DatabaseKind): void {
  test(`${kind.name}: of two accounts that have one key certified at once, one gets the certificate`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one, ['x', 'y']);
      for (let round = 0; round < rounds; round += 1) {
        const key = sha256(`key ${round}`).toString('hex');
        const ofX = await ready(one, 'x', `x${round}`);
        const ofY = await ready(one, 'y', `y${round}`);
        const outcomes = await Promise.all([ofX(one, key), ofY(other, key)]);
        assert.equal(outcomes.filter(({ done }) => done).length, 1);
        const refused = outcomes.find(({ done }) => !done);
        assert.deepEqual(refused, { done: false, conflict: 'key_refused' });
        const { uses } = await one.acme.knownKey(key);
        assert.deepEqual(uses, [{ accountId: outcomes[0]!.done ? 'x' : 'y' }]);
      }
    }));

  test(`${kind.name}: an account has its key certified again, also at once`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one, ['x']);
      const key = sha256('key').toString('hex');
      const finalizations = [await ready(one, 'x', 'o1'), await ready(one, 'x', 'o2')];
      const outcomes = await Promise.all(
        finalizations.map((finalize, index) => finalize(index === 0 ? one : other, key)),
      );
      assert.ok(outcomes.every(({ done }) => done));
    }));

  test(`${kind.name}: of an account and a certificate with one key at once, one comes about`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one, ['x']);
      for (let round = 0; round < rounds; round += 1) {
        const account = acmeAccount(`new${round}`);
        const finalize = await ready(one, 'x', `o${round}`);
        const [finalized, created] = await Promise.all([
          finalize(one, account.spkiSha256),
          other.acme.createAccount({ account }, event),
        ]);
        assert.equal(created, finalized.done ? 'key_certified' : 'done');
        const { ofAccount, uses } = await one.acme.knownKey(account.spkiSha256);
        assert.deepEqual([ofAccount, uses.length], finalized.done ? [false, 1] : [true, 0]);
      }
    }));

  test(`${kind.name}: of a key change and a certificate with one key at once, one comes about`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one, ['x', 'y']);
      let current = acmeAccount('y');
      for (let round = 0; round < rounds; round += 1) {
        const { thumbprint, jwk, spkiSha256 } = acmeAccount(`key${round}`);
        const next = { ...current, thumbprint, jwk, spkiSha256, revision: current.revision + 1 };
        const finalize = await ready(one, 'x', `o${round}`);
        const [finalized, changed] = await Promise.all([
          finalize(one, spkiSha256),
          other.acme.changeAccount({ account: next, expectedRevision: current.revision }, event),
        ]);
        assert.equal(changed, finalized.done ? 'key_certified' : 'done');
        if (changed === 'done') current = next;
        assert.deepEqual(await one.acme.findAccount('y'), current);
      }
    }));

  test(`${kind.name}: an account whose key was certified elsewhere is changed and deactivated all the same`, () =>
    withTwoNodes(kind, async (one, other) => {
      await prepared(one, ['x']);
      const { clientId: _, credentialId: _id, ...record } = issued(certificate('s'), { profile: 'server' });
      const { spkiSha256 } = acmeAccount('x');
      await one.authorities.issue({ certificate: { ...record, spkiSha256 } }, [issuedEvent]);
      const account = acmeAccount('x', { status: 'deactivated', revision: 2 });
      assert.equal(await other.acme.changeAccount({ account, expectedRevision: 1 }, event), 'done');
    }));
}
