import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createCertificate, validatePath } from '@mortise/x509';
import { TokenKeys } from '../signers/pkcs11.ts';
import { makeSoftToken } from '../signers/testing/soft-token.ts';
import { openHouse, startOfTime } from '../testing/open-house.ts';
import { revokeAuthorities } from '../testing/revoke-authorities.ts';
import { withCode } from '../testing/with-code.ts';

const actor = 'client:admin';
const forApi = { profile: 'server', names: ['api.example'], authority: 'vault', actor: 'cli' } as const;

async function withToken(t: TestContext) {
  const token = makeSoftToken(t);
  const tokenKeys = new TokenKeys({ module: token.module, pin: token.pin });
  const house = await openHouse(t, { tokenKeys });
  t.after(() => tokenKeys.close());
  return { ...house, token, tokenKeys };
}

test('an authority whose keys are made on a token issues with them; nothing of them is in the database', async (t) => {
  const { authority, clock, token } = await withToken(t);
  const created = await authority.administration.create({
    name: 'vault',
    place: { signer: 'pkcs11', token: token.label },
    actor,
  });
  assert.ok(created.done);
  for (const record of authority.list().filter(({ name }) => name === 'vault')) {
    assert.equal(record.signer, 'pkcs11');
    assert.equal(record.sealedPrivateKey, undefined);
    assert.match(record.keyLocation!, /^pkcs11:/);
  }
  const { certificate, chain } = await authority.issue(forApi);
  const anchors = authority.roots();
  const verdict = await validatePath({ leaf: certificate, certificates: chain, anchors, at: clock.now });
  assert.equal(verdict.valid, true);
  token.unplug();
  await assert.rejects(authority.issue(forApi), withCode('token_unusable'));
  token.plugIn();
});

test('the intermediate that follows a revoked one by itself has its key on the same token, or is not made while that is away', async (t) => {
  const { authority, clock, storage, token } = await withToken(t);
  const place = { signer: 'pkcs11', token: token.label } as const;
  await authority.administration.create({ name: 'vault', actor });
  const created = await authority.administration.create({ name: 'vault', place, actor });
  assert.ok(created.done);
  const ids = authority
    .list()
    .flatMap(({ id, name, kind }) => (name === 'vault' && kind === 'intermediate' ? id : []));
  await revokeAuthorities(storage, ids, clock.now);
  token.unplug();
  await assert.rejects(authority.issue(forApi), withCode('token_unusable'));
  assert.ok(
    !authority.list().some(({ id, parentId, name }) => name === 'vault' && parentId && !ids.includes(id)),
  );
  token.plugIn();
  const next = authority.show((await authority.issue(forApi)).record.authorityId)!;
  assert.equal(next.signer, 'pkcs11');
  assert.match(token.tool('--list-objects'), new RegExp(next.id));
});

test('an authority whose key is on a token already is imported with the URI of its key, if that is the right one', async (t) => {
  const { authority, token, tokenKeys } = await withToken(t);
  const made = await tokenKeys.generate({ token: token.label, label: 'corporate', keyType: 'ec-p384' });
  const other = await tokenKeys.generate({ token: token.label, label: 'other', keyType: 'ec-p384' });
  const signer = tokenKeys.signer(made);
  const root = await createCertificate(
    {
      subject: 'CN=Corporate Root',
      issuer: 'CN=Corporate Root',
      notBefore: startOfTime,
      notAfter: startOfTime + 400 * 86_400_000,
      publicKey: signer.publicKey,
      basicConstraints: { ca: true },
      keyUsage: ['keyCertSign', 'cRLSign'],
    },
    signer,
  );
  const take = (keyLocation: string) =>
    authority.administration.importAuthority({
      name: 'vault',
      certificates: root.toPem(),
      key: { keyLocation },
      actor,
    });
  await assert.rejects(take(other.location), withCode('import_invalid'));
  await assert.rejects(take('pkcs11:token=Mortise%20test;object=none'), withCode('token_unusable'));
  const intermediate = await take(made.location);
  assert.equal(intermediate.signer, 'pkcs11');
  assert.match(token.tool('--list-objects'), new RegExp(intermediate.id));
  assert.equal(authority.show(intermediate.parentId!)?.signer, 'pkcs11');
  assert.equal(authority.show(intermediate.parentId!)?.keyType, 'ec-p384');
  assert.equal((await authority.issue(forApi)).record.authorityId, intermediate.id);
});

test('keys that were made on a token for an authority that came to nothing are gone from it', async (t) => {
  const { authority, storage, token } = await withToken(t);
  const place = { signer: 'pkcs11', token: token.label } as const;
  const create = () => authority.administration.create({ name: 'vault', place, actor });
  t.mock.method(storage.authorities, 'addAuthorities', () => Promise.resolve(false), { times: 1 });
  await assert.rejects(create(), withCode('contended'));
  assert.doesNotMatch(token.tool('--list-objects'), /auth_/);
  await create();
  assert.match(token.tool('--list-objects'), /auth_/);
});
