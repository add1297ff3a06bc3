import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import type { Certificate, CertificateFields } from '@mortise/x509';
import { createCertificate, createKeySigner } from '@mortise/x509';
import { openHouse, startOfTime } from '../testing/open-house.ts';
import { withCode } from '../testing/with-code.ts';

const day = 86_400_000;
const actor = 'client:admin';

interface Made {
  readonly certificate: Certificate;
  readonly key: KeyObject;
}

/** An authority as somebody else would make it. */
async function make(subject: string, issuer?: Made, more: Partial<CertificateFields> = {}): Promise<Made> {
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = await createCertificate(
    {
      subject,
      issuer: issuer?.certificate ?? subject,
      notBefore: startOfTime - day,
      notAfter: startOfTime + 1000 * day,
      publicKey,
      basicConstraints: { ca: true },
      keyUsage: ['keyCertSign', 'cRLSign'],
      ...more,
    },
    createKeySigner(issuer?.key ?? key),
  );
  return { certificate, key };
}

const pem = (...made: Made[]): string => made.map(({ certificate }) => certificate.toPem()).join('');
const root = await make('CN=Corporate Root');
const policy = await make('CN=Corporate Policy', root);
const issuing = await make('CN=Corporate Issuing', policy, { basicConstraints: { ca: true, pathLength: 0 } });

test('an authority with its chain is taken, and issues; those above it, whose keys are elsewhere, vouch for nothing here', async (t) => {
  const { authority, events } = await openHouse(t);
  const imported = await authority.administration.importAuthority({
    name: 'corporate',
    certificates: pem(issuing, policy, root),
    key: issuing.key,
    actor,
  });
  assert.equal(imported.fingerprint256, issuing.certificate.fingerprint256);
  const records = authority.list().filter(({ name }) => name === 'corporate');
  assert.deepEqual(
    records.map(({ kind, signer }) => [kind, signer]),
    [
      ['root', 'offline'],
      ['intermediate', 'offline'],
      ['intermediate', 'file'],
    ],
  );
  const issued = await authority.issue({
    profile: 'server',
    names: ['a.example'],
    authority: 'corporate',
    actor: 'cli',
  });
  assert.deepEqual(
    issued.chain.map(({ subject }) => subject.toString()),
    ['CN=Corporate Issuing', 'CN=Corporate Policy'],
  );
  const anchors = authority.anchors().map(({ id }) => id);
  assert.ok(anchors.includes(imported.id));
  assert.equal(anchors.filter((id) => records.some((record) => record.id === id)).length, 1);
  assert.ok(
    authority.roots().some(({ fingerprint256 }) => fingerprint256 === root.certificate.fingerprint256),
  );
  assert.equal((await events()).filter(({ act }) => act === 'authority.imported').length, 3);
});

test('a root that is taken with its key gets an intermediate here, and signs again later', async (t) => {
  const { authority } = await openHouse(t);
  const { administration } = authority;
  const intermediate = await administration.importAuthority({
    name: 'corporate',
    certificates: pem(root),
    key: root.key,
    actor,
  });
  assert.equal(intermediate.kind, 'intermediate');
  assert.equal(authority.show(intermediate.parentId!)?.fingerprint256, root.certificate.fingerprint256);
  const another = await administration.create({ name: 'corporate', actor });
  assert.ok(another.done && another.authority.parentId === intermediate.parentId);
  assert.ok(intermediate.notAfter <= root.certificate.notAfter);
});

test('no place is taken for the key of an authority that issues itself', async (t) => {
  const { authority } = await openHouse(t);
  const importing = authority.administration.importAuthority({
    name: 'corporate',
    certificates: pem(issuing, policy, root),
    key: issuing.key,
    place: { signer: 'file' },
    actor,
  });
  await assert.rejects(importing, withCode('key_place_invalid'));
});

test('an imported key is opened again after a start', async (t) => {
  const house = await openHouse(t);
  const { sealer } = house.storage;
  await house.authority.administration.importAuthority({
    name: 'corporate',
    certificates: pem(issuing, policy, root),
    key: issuing.key,
    actor,
  });
  const record = house.authority.list().at(-1)!;
  assert.ok(sealer.open(`authority-key:${record.id}`, record.sealedPrivateKey!).length > 0);
  assert.equal(
    record.sealedPrivateKey!.includes(issuing.key.export({ format: 'der', type: 'pkcs8' }).subarray(-32)),
    false,
  );
});

const otherPolicy = await make('CN=Corporate Policy', root);
const refusals: readonly (readonly [string, RegExp, string, KeyObject])[] = [
  ['another key', /the key is not/, pem(issuing, policy, root), policy.key],
  ['no certificate', /cannot be read|have to be/, 'nothing', root.key],
  ['a chain without its root', /no root/, pem(issuing, policy), issuing.key],
  ['a chain with a gap', /is not issued by/, pem(issuing, root), issuing.key],
  [
    'a chain of the same name that another key signed',
    /does not hold/,
    pem(issuing, otherPolicy, root),
    issuing.key,
  ],
  await leaf(),
  await expired(),
  await early(),
  await narrow(),
  await rootWithoutRoom(),
  await withoutUsage(),
];

async function leaf(): Promise<(typeof refusals)[number]> {
  const made = await make('CN=Leaf', root, {
    basicConstraints: { ca: false },
    keyUsage: ['digitalSignature'],
  });
  return ['a certificate of no authority', /no certificate of an authority/, pem(made, root), made.key];
}

async function expired(): Promise<(typeof refusals)[number]> {
  const made = await make('CN=Old', root, { notAfter: startOfTime - 1000 });
  return ['an authority that has expired', /has expired/, pem(made, root), made.key];
}

async function early(): Promise<(typeof refusals)[number]> {
  const made = await make('CN=New', root, { notBefore: startOfTime + day });
  return ['an authority that is not valid yet', /not valid yet/, pem(made, root), made.key];
}

async function narrow(): Promise<(typeof refusals)[number]> {
  const above = await make('CN=Narrow', root, { basicConstraints: { ca: true, pathLength: 0 } });
  const made = await make('CN=Too deep', above);
  return [
    'an authority for which there is no room',
    /allows 0 authorities below it/,
    pem(made, above, root),
    made.key,
  ];
}

async function rootWithoutRoom(): Promise<(typeof refusals)[number]> {
  const made = await make('CN=Lonely', undefined, { basicConstraints: { ca: true, pathLength: 0 } });
  return ['a root that allows no intermediate', /allows 0 authorities/, pem(made), made.key];
}

async function withoutUsage(): Promise<(typeof refusals)[number]> {
  const made = await make('CN=Mute', root, { keyUsage: ['keyCertSign'] });
  return ['an authority that may not sign CRLs', /lacks the key usage cRLSign/, pem(made, root), made.key];
}

for (const [what, why, certificates, privateKey] of refusals) {
  test(`${what} is refused, and nothing is taken`, async (t) => {
    const { authority, events } = await openHouse(t);
    const before = (await events()).length;
    const importing = authority.administration.importAuthority({
      name: 'corporate',
      certificates,
      key: privateKey,
      actor,
    });
    await assert.rejects(importing, (error: unknown) => {
      withCode('import_invalid')(error);
      assert.match((error as Error).message, why);
      return true;
    });
    assert.equal(authority.list().length, 2);
    assert.equal((await events()).length, before);
  });
}

test('an authority is taken once, and under a new name', async (t) => {
  const { authority } = await openHouse(t);
  const { administration } = authority;
  const take = (name: string) =>
    administration.importAuthority({ name, certificates: pem(root), key: root.key, actor });
  await assert.rejects(take('main'), withCode('authority_exists'));
  await take('corporate');
  await assert.rejects(take('again'), withCode('authority_exists'));
});
