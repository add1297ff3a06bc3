import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../../../clients/index.ts';
import { certificate, client, draft, key, now, secret } from '../records.ts';
import { type DatabaseKind, withNewStorage, withTwoNodes } from '../storage-for-test.ts';

const created = [draft('client.created', 'a')];
const updated = [draft('client.updated', 'a')];

export function clientsContract(kind: DatabaseKind): void {
  test(`${kind.name}: a client comes back as it was created, with every member and credential`, () =>
    withNewStorage(kind, async ({ clients }) => {
      const whole: Client = client('a', {
        clientName: 'Billing ✓ \u0001',
        previousAuthMethod: { method: 'private_key_jwt', until: now + 5 },
        defaultScope: ['payments:read'],
        certificateBoundAccessTokens: true,
        accessTokenLifetimeSeconds: 300,
        tlsClientAuth: { kind: 'san_uri', value: 'https://x.example/a' },
        anchors: [
          {
            id: 'anchor',
            certificate: Buffer.from('c'),
            subject: Buffer.from('s'),
            spki: Buffer.from('k'),
            spkiSha256: 'ab',
          },
          { id: 'bare', subject: Buffer.alloc(0), spki: Buffer.from([0, 255]), spkiSha256: 'cd' },
        ],
        jwksUri: 'https://client.example/jwks',
        legacyAssertionAudience: true,
        credentials: [
          certificate('c1', { createdAt: now, der: Buffer.from('der'), authorityId: 'auth_a' }),
          key('c2', { createdAt: now + 1 }),
          secret('c3', { createdAt: now + 2, expiresAt: now + 10 }),
          {
            id: 'c4',
            kind: 'secret',
            form: 'encrypted',
            sealed: Buffer.from('sealed'),
            hint: 'wxyz',
            createdAt: now + 3,
          },
        ],
      });
      const outcome = await clients.create({ client: whole, claims: [] }, created);
      assert.equal(outcome.done, true);
      assert.deepEqual(await clients.find('a', now), whole);
      const minimal = client('b');
      await clients.create({ client: minimal, claims: [] }, [draft('client.created', 'b')]);
      assert.deepEqual(await clients.find('b', now), minimal);
      assert.equal(await clients.find('c', now), undefined);
      assert.equal(await clients.find('a\0', now), undefined);
    }));

  test(`${kind.name}: a second client of the same id changes nothing and appends no event`, () =>
    withNewStorage(kind, async ({ clients, feed }) => {
      await clients.create({ client: client('a'), claims: [] }, created);
      const again = client('a', { scope: ['other'], credentials: [secret('c1')] });
      assert.deepEqual(
        await clients.create({ client: again, claims: [{ anchor: 'mortise', matcher: 'm' }] }, created),
        { done: false, conflict: { code: 'client_exists' } },
      );
      assert.deepEqual(await clients.find('a', now), client('a'));
      assert.equal(await clients.findByMatcher({ anchor: 'mortise', matcher: 'm' }), undefined);
      assert.equal((await feed.read(0, 10)).length, 1);
    }));

  test(`${kind.name}: a matcher under one anchor and a certificate belong to one client`, () =>
    withNewStorage(kind, async ({ clients, feed }) => {
      const claim = { anchor: 'mortise', matcher: 'san_uri:x' };
      const shared = certificate('c1');
      await clients.create({ client: client('a', { credentials: [shared] }), claims: [claim] }, created);
      assert.deepEqual(
        await clients.create({ client: client('b'), claims: [claim] }, [draft('client.created', 'b')]),
        { done: false, conflict: { code: 'matcher_taken', owner: 'a' } },
      );
      assert.deepEqual(
        await clients.create(
          { client: client('b', { credentials: [{ ...shared, id: 'c2' }] }), claims: [] },
          [draft('client.created', 'b')],
        ),
        { done: false, conflict: { code: 'certificate_taken', owner: 'a' } },
      );
      assert.equal(await clients.find('b', now), undefined);
      assert.equal(await clients.findByMatcher(claim), 'a');
      const other = await clients.create({ client: client('b'), claims: [{ ...claim, anchor: 'ab12' }] }, [
        draft('client.created', 'b'),
      ]);
      assert.equal(other.done, true);
      assert.equal((await feed.read(0, 10)).length, 2);
    }));

  test(`${kind.name}: only usable credentials come with a client; all are listed, newest first`, () =>
    withNewStorage(kind, async ({ clients, revocation }) => {
      const credentials = [
        secret('c1', { createdAt: now, expiresAt: now + 10 }),
        secret('c2', { createdAt: now + 1 }),
        certificate('c3', { createdAt: now + 2, notAfter: now + 20 }),
        certificate('c4', { createdAt: now + 3, notAfter: now + 20, expiresAt: now + 5 }),
      ];
      await clients.create({ client: client('a', { credentials }), claims: [] }, created);
      const usableAt = async (at: number) => (await clients.find('a', at))?.credentials.map(({ id }) => id);
      assert.deepEqual(await usableAt(now), ['c1', 'c2', 'c3', 'c4']);
      assert.deepEqual(await usableAt(now + 5), ['c1', 'c2', 'c3']);
      assert.deepEqual(await usableAt(now + 10), ['c2', 'c3']);
      assert.deepEqual(await usableAt(now + 20), ['c2', 'c3']);
      assert.deepEqual(await usableAt(now + 21), ['c2']);
      const act = { clientId: 'a', credentialId: 'c2', at: now + 4 };
      await revocation.revokeCredential(act, draft('secret.revoked', 'a'));
      assert.deepEqual(await usableAt(now + 21), []);
      const listed = await clients.credentials({ clientId: 'a', limit: 3 });
      assert.deepEqual(
        listed.map(({ id }) => id),
        ['c4', 'c3', 'c2'],
      );
      assert.equal(listed[2]?.revokedAt, now + 4);
      assert.equal((await clients.findCredential('a', 'c2'))?.revokedAt, now + 4);
      assert.equal(await clients.findCredential('b', 'c2'), undefined);
    }));

  test(`${kind.name}: certificates and keys are found, ended ones too, and a key as its newest`, () =>
    withNewStorage(kind, async ({ clients }) => {
      const held = certificate('c1', { notAfter: now - 5, notBefore: now - 10 });
      const old = key('c2', { thumbprint: 't', revokedAt: now });
      const fresh = key('c3', { thumbprint: 't', createdAt: now + 1 });
      await clients.create({ client: client('a', { credentials: [held, old, fresh] }), claims: [] }, created);
      assert.deepEqual(await clients.findByCertificate(held.x5t), { clientId: 'a', credential: held });
      assert.equal(await clients.findByCertificate('other'), undefined);
      assert.deepEqual(await clients.findByKey('a', 't'), fresh);
      assert.equal(await clients.findByKey('b', 't'), undefined);
    }));

  test(`${kind.name}: an update replaces record and claims, ends credentials and adds others`, () =>
    withNewStorage(kind, async ({ clients }) => {
      const credentials = [secret('c1'), certificate('c2', { notAfter: now + 50 })];
      await clients.create(
        { client: client('a', { credentials }), claims: [{ anchor: 'mortise', matcher: 'old' }] },
        created,
      );
      const { credentials: _, ...record } = client('a', {
        tokenEndpointAuthMethod: 'tls_client_auth',
        revision: 2,
        updatedAt: now + 9,
      });
      const change = {
        client: record,
        expectedRevision: 1,
        claims: [{ anchor: 'mortise', matcher: 'new' }],
        addCredentials: [secret('c3', { createdAt: now + 9 })],
        expireCredentials: [
          { id: 'c1', expiresAt: now + 20 },
          { id: 'c2', expiresAt: now + 30 },
        ],
      };
      assert.equal((await clients.update(change, updated)).done, true);
      assert.equal(await clients.findByMatcher({ anchor: 'mortise', matcher: 'old' }), undefined);
      assert.equal(await clients.findByMatcher({ anchor: 'mortise', matcher: 'new' }), 'a');
      const ids = async (at: number) => (await clients.find('a', at))?.credentials.map(({ id }) => id);
      assert.deepEqual(await ids(now + 19), ['c1', 'c2', 'c3']);
      assert.deepEqual(await ids(now + 30), ['c3']);
      assert.deepEqual(await clients.update(change, updated), { done: false, conflict: { code: 'stale' } });
      const unknown = { ...change, client: { ...record, clientId: 'z' } };
      assert.deepEqual(await clients.update(unknown, updated), {
        done: false,
        conflict: { code: 'client_unknown' },
      });
      const cleared = {
        client: { ...record, revision: 3 },
        expectedRevision: 2,
        claims: [],
        addCredentials: [],
        expireCredentials: [{ id: 'c2', expiresAt: undefined }],
      };
      assert.equal((await clients.update(cleared, updated)).done, true);
      assert.deepEqual(await ids(now + 50), ['c2', 'c3']);
      assert.deepEqual(await ids(now + 51), ['c3']);
    }));

  test(`${kind.name}: a credential is added to a client that is there`, () =>
    withNewStorage(kind, async ({ clients }) => {
      const added = [draft('secret.added', 'a')];
      const act = { clientId: 'a', credential: certificate('c1') };
      assert.deepEqual(await clients.addCredential(act, added), {
        done: false,
        conflict: { code: 'client_unknown' },
      });
      await clients.create({ client: client('a'), claims: [] }, created);
      assert.equal((await clients.addCredential(act, added)).done, true);
      assert.deepEqual((await clients.find('a', now))?.credentials, [act.credential]);
      assert.deepEqual(
        await clients.addCredential({ clientId: 'a', credential: certificate('c1', { id: 'c9' }) }, added),
        { done: false, conflict: { code: 'certificate_taken', owner: 'a' } },
      );
    }));

  test(`${kind.name}: clients are listed in the order of their ids' code units, page by page`, () =>
    withNewStorage(kind, async ({ clients }) => {
      for (const id of ['b', 'B', 'a-1', 'a', 'é', 'Z_', 'a.1']) {
        await clients.create({ client: client(id), claims: [] }, [draft('client.created', id)]);
      }
      const seen: string[] = [];
      for (let after: string | undefined; ; ) {
        const page = await clients.list({ limit: 3, ...(after === undefined ? {} : { after }) });
        seen.push(...page.map(({ clientId }) => clientId));
        after = page.at(-1)?.clientId;
        if (page.length < 3) break;
      }
      assert.deepEqual(seen, ['B', 'Z_', 'a', 'a-1', 'a.1', 'b', 'é']);
    }));

  test(`${kind.name}: of many at once, on two nodes, one gets the client id, the matcher and the certificate`, () =>
    withTwoNodes(kind, async (one, other) => {
      const claim = { anchor: 'mortise', matcher: 'm' };
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? one : other).clients.create(
            {
              client: client(`c${index % 10}`, {
                credentials: [certificate('same', { id: `cred${index}` })],
              }),
              claims: [claim],
            },
            [draft('client.created', `c${index % 10}`)],
          ),
        ),
      );
      assert.equal(outcomes.filter(({ done }) => done).length, 1);
      assert.equal((await one.feed.read(0, 100)).length, 1);
      assert.equal((await one.clients.list({ limit: 100 })).length, 1);
    }));

  test(`${kind.name}: of many updates from one revision, on two nodes, one is done`, () =>
    withTwoNodes(kind, async (one, other) => {
      await one.clients.create({ client: client('a'), claims: [] }, created);
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => {
          const { credentials: _credentials, ...record } = client('a', {
            revision: 2,
            clientName: `n${index}`,
          });
          return (index % 2 === 0 ? one : other).clients.update(
            { client: record, expectedRevision: 1, claims: [], addCredentials: [], expireCredentials: [] },
            updated,
          );
        }),
      );
      assert.equal(outcomes.filter(({ done }) => done).length, 1);
    }));
}
