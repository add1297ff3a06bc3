import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CertificateRequest } from '@mortise/x509';
import { postgresCluster } from '../../storage/testing/postgres-cluster.ts';
import { AuthorityError } from '../authority-error.ts';
import { makeOfflineRoot } from '../offline/offline-root.ts';
import { signAuthorityRequest } from '../offline/sign-request.ts';
import { MemoryToken } from '../testing/memory-token.ts';
import { type House, openHouse, startOfTime } from '../testing/open-house.ts';
import { openRollovers } from '../testing/open-rollovers.ts';
import { withCode } from '../testing/with-code.ts';

const cluster = await postgresCluster();
const actor = 'client:admin';
const forApi = { profile: 'server', names: ['api.example.com'], actor: 'cli' } as const;

/** Two processes over one new PostgreSQL database. */
async function openTwo(t: TestContext): Promise<[House, House]> {
  const first = await openHouse(t, { url: await cluster.createDatabase() });
  return [first, await first.again()];
}

/** Until the other process has heard of what was done. */
async function heard(there: () => boolean): Promise<void> {
  while (!there()) await new Promise(setImmediate);
}

test('profiles, rules and authorities of one process are those of the other', async (t) => {
  const [one, other] = await openTwo(t);
  await one.authority.profiles.create({ name: 'web', document: { based_on: 'server' }, actor });
  await one.authority.administration.create({ name: 'partners', actor });
  await one.authority.administration.changeRules({ name: 'main', profiles: ['client'], actor });
  await heard(() => other.authority.profiles.find('web') !== undefined);
  await heard(() => other.authority.list().length === 4);
  const issue = () => other.authority.issue({ ...forApi, profile: 'web' });
  let issuer: string | undefined;
  while (issuer !== 'partners') issuer = other.authority.show((await issue()).record.authorityId)?.name;
});

test('of two that make an authority of one name at once, one does, and the other is told', async (t) => {
  const [one, other] = await openTwo(t);
  const outcomes = await Promise.allSettled(
    [one, other].map(({ authority }) => authority.administration.create({ name: 'partners', actor })),
  );
  const refused = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }) => reason as unknown);
  for (const reason of refused)
    assert.ok(reason instanceof AuthorityError && reason.code === 'contended', String(reason));
  assert.equal(refused.length, 1);
  const records = await one.storage.authorities.listAuthorities();
  assert.equal(records.filter(({ name, kind }) => name === 'partners' && kind === 'root').length, 1);
});

test('what was requested on one is imported on the other, once', async (t) => {
  const [one, other] = await openTwo(t);
  const root = await makeOfflineRoot({ name: 'partners', keyType: 'ec-p256', now: startOfTime });
  const created = await one.authority.administration.create({
    name: 'partners',
    offlineRoot: root.certificate.toPem(),
    actor,
  });
  assert.ok(!created.done);
  const signed = await signAuthorityRequest({
    request: CertificateRequest.parse(created.request.request),
    root: root.certificate,
    rootKey: root.privateKey,
    now: startOfTime,
  });
  await heard(() => other.authority.show(created.request.parentId) !== undefined);
  const certificate = signed.toPem();
  await other.authority.administration.importSigned({ certificate, actor });
  await heard(() => one.authority.show(created.request.id) !== undefined);
  const { record } = await one.authority.issue({ ...forApi, authority: 'partners' });
  assert.equal(record.authorityId, created.request.id);
  await assert.rejects(
    one.authority.administration.importSigned({ certificate, actor }),
    withCode('request_unknown'),
  );
});

test('an authority that was made on one is rolled over on the other at once', async (t) => {
  const [one, other] = await openTwo(t);
  const { rollovers } = await openRollovers(t, other, new MemoryToken());
  for (let round = 0; round < 20; round += 1) {
    const name = `partners-${round}`;
    await one.authority.administration.create({ name, actor });
    const { phase } = await rollovers.publish({ name, actor });
    assert.equal(phase, 'published');
    // What the other makes next is counted here.
    await one.authority.refresh();
  }
});
