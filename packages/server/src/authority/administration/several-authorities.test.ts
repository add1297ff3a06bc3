import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openHouse } from '../testing/open-house.ts';
import { billing, forBilling, openShop } from '../testing/open-shop.ts';
import { revokeAuthorities } from '../testing/revoke-authorities.ts';
import { withCode } from '../testing/with-code.ts';

const actor = 'client:admin';
const forApi = { profile: 'server', names: ['api.example.com'], actor: 'cli' } as const;

async function withPartners(t: TestContext, rules: object = {}) {
  const house = await openShop(t);
  const created = await house.authority.administration.create({ name: 'partners', ...rules, actor });
  assert.ok(created.done);
  const nameOf = (authorityId: string) => house.authority.show(authorityId)!.name;
  return { ...house, partners: created.authority, nameOf };
}

test('a new authority has a root and an intermediate of its own, and is trusted', async (t) => {
  const { authority, partners, events } = await withPartners(t);
  const root = authority.show(partners.parentId!);
  assert.equal(root?.name, 'partners');
  assert.equal(root?.kind, 'root');
  assert.match(root!.subject, /Mortise partners Root CA/);
  assert.deepEqual(
    authority.roots().map(({ fingerprint256 }) => fingerprint256),
    // First the one that the certificate of this server leads to.
    [authority.list()[0]!.fingerprint256, root!.fingerprint256],
  );
  assert.ok(authority.anchors().some(({ id }) => id === partners.id));
  const { record, chain } = await authority.issue({ ...forApi, authority: 'partners' });
  assert.equal(record.authorityId, partners.id);
  assert.deepEqual(
    chain.map(({ fingerprint256 }) => fingerprint256),
    [partners.fingerprint256],
  );
  const made = (await events()).filter(
    ({ act, data }) => act === 'authority.created' && data?.['name'] === 'partners',
  );
  assert.deepEqual(
    made.map(({ actor: by }) => by),
    [actor, actor],
  );
});

test('without being asked for, the first authority issues; one whose rules name the client comes before it', async (t) => {
  const { authority, nameOf } = await withPartners(t, { clients: ['billing'] });
  assert.equal(nameOf((await authority.issue(forApi)).record.authorityId), 'main');
  assert.equal(nameOf((await authority.issue(forBilling)).record.authorityId), 'partners');
});

test('an authority issues its profiles to its clients, and nothing else', async (t) => {
  const { authority, client } = await withPartners(t, { clients: ['billing'], profiles: ['client'] });
  await client({ ...billing, client_id: 'other' });
  const partners = { authority: 'partners' };
  await authority.issue({ ...forBilling, ...partners });
  for (const asked of [
    { ...forBilling, clientId: 'other' },
    { ...forBilling, profile: 'short-lived' },
    forApi,
  ]) {
    await assert.rejects(authority.issue({ ...asked, ...partners }), withCode('authority_not_allowed'));
    await authority.issue(asked);
  }
  await assert.rejects(authority.issue({ ...forApi, authority: 'nobody' }), withCode('authority_unknown'));
});

test('rules are changed and taken away, each change an event; where none allows it, nobody issues', async (t) => {
  const { authority, events } = await withPartners(t);
  const { administration } = authority;
  await administration.changeRules({ name: 'main', profiles: ['server'], actor });
  await administration.changeRules({ name: 'partners', profiles: ['server'], clients: ['billing'], actor });
  await assert.rejects(authority.issue(forBilling), withCode('authority_not_allowed'));
  const changed = await administration.changeRules({ name: 'main', profiles: null, actor });
  assert.equal(changed.profiles, undefined);
  await authority.issue(forBilling);
  const acts = (await events()).filter(({ act }) => act === 'authority.rules_changed');
  assert.deepEqual(
    acts.map(({ object, data }) => [object.id, data?.['profiles']]),
    [
      ['main', ['server']],
      ['partners', ['server']],
      ['main', undefined],
    ],
  );
});

test("this server's own certificates do not hang on rules", async (t) => {
  const { authority } = await withPartners(t);
  await authority.administration.changeRules({ name: 'main', profiles: ['client'], actor });
  const { record } = await authority.issue({ ...forApi, own: true });
  assert.equal(authority.show(record.authorityId)?.name, 'main');
});

test('wrong names, rules and keys are refused, and nothing is made', async (t) => {
  const { authority } = await withPartners(t);
  const { administration } = authority;
  const before = authority.list().length;
  for (const name of ['', 'Partners', 'a b', '-a', 'a'.repeat(64)]) {
    await assert.rejects(administration.create({ name, actor }), withCode('authority_name_invalid'));
  }
  const create = (more: object) => administration.create({ name: 'new', ...more, actor });
  await assert.rejects(create({ profiles: ['nothing'] }), withCode('profile_unknown'));
  await assert.rejects(create({ clients: ['nobody'] }), withCode('client_unknown'));
  await assert.rejects(
    create({ clients: Array.from({ length: 1001 }, () => 'billing') }),
    withCode('rules_invalid'),
  );
  await assert.rejects(create({ permittedNames: ['example.com'] }), withCode('names_invalid'));
  await assert.rejects(create({ name: 'partners', clients: ['billing'] }), withCode('authority_exists'));
  const change = administration.changeRules({ name: 'nobody', profiles: null, actor });
  await assert.rejects(change, withCode('authority_unknown'));
  assert.equal(authority.list().length, before);
});

test('name constraints stand in the intermediate, and it issues nothing beyond them', async (t) => {
  const { authority } = await openHouse(t);
  const created = await authority.administration.create({
    name: 'mesh',
    permittedNames: ['dns:mesh.example.com', 'ip:10.0.0.0/8'],
    excludedNames: ['dns:secret.mesh.example.com'],
    actor,
  });
  assert.ok(created.done);
  const constraints = authority.certificate(created.authority.id)!.nameConstraints!;
  assert.equal(constraints.permitted.length, 2);
  assert.equal(constraints.excluded.length, 1);
  const issue = (...names: string[]) => authority.issue({ ...forApi, names, authority: 'mesh' });
  await issue('a.mesh.example.com', '10.1.2.3');
  for (const name of ['a.example.com', '11.0.0.1', 'secret.mesh.example.com']) {
    await assert.rejects(issue('a.mesh.example.com', name), withCode('name_not_allowed'));
  }
  // Each intermediate has its own.
  await authority.administration.create({ name: 'mesh', actor });
  await issue('a.example.com');
});

test('the intermediate that follows a revoked one, or one at its end, by itself has its name constraints', async (t) => {
  for (const end of ['revoked', 'expired'] as const) {
    const { authority, storage, clock } = await openHouse(t);
    const { administration } = authority;
    const created = await administration.create({
      name: 'mesh',
      permittedNames: ['dns:mesh.example.com'],
      actor,
    });
    assert.ok(created.done);
    const { id, notAfter } = created.authority;
    if (end === 'expired') clock.now = notAfter;
    else {
      await revokeAuthorities(storage, [id], clock.now);
    }
    // Before there is one, an order is judged by the constraints that it will have.
    await administration.changeRules({ name: 'main', profiles: ['client'], actor });
    const check = (name: string) => authority.checkNames({ profile: 'server', names: [name] });
    await assert.rejects(check('a.example.com'), {
      code: 'name_not_allowed',
      values: ['dns:a.example.com'],
    });
    await check('a.mesh.example.com');
    assert.equal(authority.list().at(-1)!.id, id);
    const issue = (name: string) => authority.issue({ ...forApi, names: [name], authority: 'mesh' });
    await assert.rejects(issue('a.example.com'), withCode('name_not_allowed'), end);
    const { record } = await issue('a.mesh.example.com');
    assert.notEqual(record.authorityId, id);
    assert.deepEqual(
      authority.certificate(record.authorityId)!.nameConstraints,
      authority.certificate(id)!.nameConstraints,
    );
  }
});

test('an authority that is revoked issues no more, and what hangs on it is revoked; the others go on', async (t) => {
  const { authority, storage, partners, clock } = await withPartners(t);
  const { record } = await authority.issue({ ...forApi, authority: 'partners' });
  const ids = authority
    .list()
    .filter(({ name }) => name === 'partners')
    .map(({ id }) => id);
  await revokeAuthorities(storage, ids, clock.now);
  assert.equal((await authority.findCertificate(record.fingerprint256))?.revokedAt, clock.now);
  assert.ok(!authority.isActive(partners.id));
  await assert.rejects(
    authority.issue({ ...forApi, authority: 'partners' }),
    withCode('no_active_authority'),
  );
  assert.equal(authority.show((await authority.issue(forApi)).record.authorityId)?.name, 'main');
  await assert.rejects(
    authority.administration.create({ name: 'partners', actor }),
    withCode('no_active_authority'),
  );
});

test('a certificate ends with its issuer, and with those above it', async (t) => {
  const { authority, clock } = await withPartners(t);
  const [root] = authority.list();
  clock.now = root!.notAfter - 3_600_000;
  const { certificate } = await authority.issue({ ...forApi, authority: 'partners' });
  assert.ok(certificate.notAfter <= authority.list().find(({ name }) => name === 'partners')!.notAfter);
});
