import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { Certificate } from '../certificates/certificate.ts';
import type { PathValidation } from './options.ts';
import { type KeyPair, NOW, p256, TestAuthority } from './testing/test-authority.ts';
import { validatePath } from './validate-path.ts';

const root = await TestAuthority.root('CN=Root');
const other = await TestAuthority.root('CN=Other Root');
const keys = p256();
const intermediate = await root.authority('CN=Intermediate', {}, keys);
const leaf = await intermediate.leaf('CN=Leaf');
const leafWithoutHints = await bare(intermediate, 'CN=Leaf');

/** A leaf whose authority key identifier says nothing: the issuer is given by a name that has another key's identifier. */
async function bare(authority: TestAuthority, subject: string): Promise<Certificate> {
  const lying = await TestAuthority.root(
    'CN=Intermediate',
    { subjectKeyIdentifier: Buffer.alloc(20, 7) },
    authority.keys,
  );
  return await lying.leaf(subject);
}

/** Authorities of the same name with keys of their own, certified by the root that `by` gives. */
async function decoys(
  count: number,
  by: (i: number) => TestAuthority,
  identifier?: Uint8Array,
): Promise<Certificate[]> {
  const made: Certificate[] = [];
  for (let i = 0; i < count; i++) {
    const overrides = identifier === undefined ? {} : { subjectKeyIdentifier: identifier };
    made.push((await by(i).authority('CN=Intermediate', overrides)).certificate);
  }
  return made;
}

async function build(
  certificates: readonly Certificate[],
  end: Certificate = leaf,
  anchors = [root],
): Promise<PathValidation> {
  return await validatePath({
    leaf: end,
    certificates,
    anchors: anchors.map(({ certificate }) => certificate),
    at: NOW,
  });
}

describe('path building', () => {
  it('answers the path from the leaf to the anchor and how long it holds', async () => {
    const result = await build([intermediate.certificate]);
    assert.ok(result.valid);
    assert.deepEqual(
      result.path.map(({ subject }) => subject.toString()),
      ['CN=Leaf', 'CN=Intermediate', 'CN=Root'],
    );
    assert.ok(result.anchor.certificate?.equals(root.certificate));
    assert.equal(result.validUntil, leaf.notAfter);
    assert.ok(result.workUnits >= 2 && result.workUnits < 3);
  });

  it('takes DER, PEM, bundles and parsed certificates in any order', async () => {
    const bundle = `junk\n${other.certificate.toPem()}\nmore junk\n${intermediate.certificate.toPem()}`;
    const forms = {
      leaf: leaf.toPem(),
      certificates: [bundle],
      anchors: [root.certificate.der],
      at: new Date(NOW),
    };
    assert.equal((await validatePath(forms)).valid, true);
  });

  it('takes an anchor that is a name and a key', async () => {
    const anchor = { subject: 'CN=Root', publicKey: root.keys.publicKey };
    const options = { leaf, certificates: [intermediate.certificate], at: NOW };
    const result = await validatePath({ ...options, anchors: [anchor] });
    assert.ok(result.valid);
    assert.equal(result.path.length, 2);
    const permitted = [
      { base: { type: 'dns', value: 'example.org' }, minimum: 0, maximum: undefined },
    ] as const;
    const limited = await validatePath({
      ...options,
      anchors: [{ ...anchor, nameConstraints: { permitted } }],
    });
    assert.ok(!limited.valid);
    assert.equal(limited.failures[0]?.code, 'name_constraint_violated');
  });

  it('takes the same name with another key for another anchor', async () => {
    const namesake = await TestAuthority.root('CN=Root');
    assert.equal((await build([intermediate.certificate], leaf, [namesake])).valid, false);
    const result = await build([intermediate.certificate], leaf, [namesake, root]);
    assert.ok(result.valid);
    assert.ok(result.anchor.certificate?.equals(root.certificate));
  });

  it('trusts a leaf that is itself an anchor, and one that an anchored intermediate issued', async () => {
    const self = await TestAuthority.root('CN=Self', {
      basicConstraints: undefined,
      keyUsage: ['digitalSignature'],
    });
    const result = await build([], self.certificate, [self]);
    assert.ok(result.valid);
    assert.deepEqual(result.path, [self.certificate]);
    assert.equal((await build([], leaf, [intermediate])).valid, true);
  });

  it('refuses a self-signed leaf that only shares name and key with an anchor that is no CA', async () => {
    const pair = p256();
    const pinned = await TestAuthority.root('CN=Self', { basicConstraints: undefined }, pair);
    const renewed = await TestAuthority.root('CN=Self', { basicConstraints: undefined }, pair);
    const result = await build([], renewed.certificate, [pinned]);
    assert.ok(!result.valid);
    assert.equal(result.failures[0]?.code, 'not_a_ca');
  });

  it('goes round an expired sibling of an intermediate', async () => {
    const expired = await root.authority('CN=Intermediate', { notAfter: NOW - 1000 }, keys);
    assert.equal((await build([expired.certificate, intermediate.certificate])).valid, true);
  });

  it('goes round a cross-sign that leads nowhere, and takes one that leads to the anchor', async () => {
    const crossed = await other.authority('CN=Intermediate', {}, keys);
    assert.equal((await build([crossed.certificate, intermediate.certificate])).valid, true);
    const result = await build([crossed.certificate, intermediate.certificate], leaf, [other]);
    assert.ok(result.valid);
    assert.ok(result.path[1]?.equals(crossed.certificate));
  });

  it('goes round loops of authorities that certify each other', async () => {
    const a = p256();
    const first = await TestAuthority.root('CN=A', {}, a);
    const second = await first.authority('CN=B');
    const back = await second.authority('CN=A', {}, a);
    const up = await root.authority('CN=A', {}, a);
    const end = await second.leaf('CN=Leaf');
    const loop = [second.certificate, back.certificate, first.certificate];
    assert.equal((await build(loop, end)).valid, false);
    assert.equal((await build([...loop, up.certificate], end)).valid, true);
  });

  it('does not believe key identifiers that lie', async () => {
    const liar = await root.authority('CN=Intermediate', {
      subjectKeyIdentifier: leaf.authorityKeyIdentifier!.keyIdentifier!,
    });
    const truth = await root.authority(
      'CN=Intermediate',
      { subjectKeyIdentifier: Buffer.alloc(20, 9) },
      keys,
    );
    assert.equal((await build([liar.certificate, truth.certificate])).valid, true);
    assert.equal((await build([liar.certificate, intermediate.certificate], leafWithoutHints)).valid, true);
  });

  it('finds the issuer among hundreds of the same name and with the same key identifier', async () => {
    const copies = await decoys(150, () => root, leaf.authorityKeyIdentifier!.keyIdentifier!);
    const strangers = await decoys(150, () => other);
    const result = await build([...copies, intermediate.certificate, ...strangers]);
    assert.ok(result.valid);
    assert.ok(result.workUnits < 20, `took ${result.workUnits} units`);
  });

  it('spends no signature check on authorities that lead to no anchor', async () => {
    const strangers = await decoys(200, () => other);
    const result = await build([...strangers, intermediate.certificate], leafWithoutHints);
    assert.ok(result.valid);
    assert.ok(result.workUnits < 20, `took ${result.workUnits} units`);
  });

  it('finds the issuer among hundreds of the same name where the hints say nothing or lie', async () => {
    const namesakes = await decoys(300, () => root);
    const silent = await build([...namesakes, intermediate.certificate], leafWithoutHints);
    assert.ok(silent.valid);
    assert.ok(silent.workUnits < 30, `took ${silent.workUnits} units`);
    const liars = await decoys(300, () => root, leafWithoutHints.authorityKeyIdentifier!.keyIdentifier!);
    const deceived = await build([...liars, intermediate.certificate], leafWithoutHints);
    assert.ok(deceived.valid);
    assert.ok(deceived.workUnits < 30, `took ${deceived.workUnits} units`);
  });

  it('gives up with a typed refusal where nothing tells keys apart and the budget runs out', async () => {
    const ed25519 = (): KeyPair => generateKeyPairSync('ed25519');
    const signing = await root.authority(
      'CN=Ed25519',
      { subjectKeyIdentifier: Buffer.alloc(20, 7) },
      ed25519(),
    );
    const certificates: Certificate[] = [];
    for (let i = 0; i < 100; i++)
      certificates.push((await root.authority('CN=Ed25519', {}, ed25519())).certificate);
    const renamed = await root.authority('CN=Ed25519', {}, signing.keys);
    certificates.push(renamed.certificate);
    const end = await signing.leaf('CN=Leaf');
    const result = await build(certificates, end);
    if (result.valid) assert.fail('the budget did not run out');
    assert.ok(result.failures.some(({ code }) => code === 'budget_exhausted'));
    assert.ok(result.workUnits <= 64);
    const anchors = [root.certificate];
    const patient = await validatePath({ leaf: end, certificates, anchors, at: NOW, maxWorkUnits: 1000 });
    assert.equal(patient.valid, true);
  });

  it('takes the way that is nearest to an anchor through authorities that all certify each other', async () => {
    const members: TestAuthority[] = [];
    for (let i = 0; i < 12; i++) members.push(await TestAuthority.root(`CN=M${i}`));
    const pool: Certificate[] = [];
    for (const by of members) {
      for (const { certificate, keys: pair } of members)
        pool.push((await by.authority(certificate.subject.toString(), {}, pair)).certificate);
    }
    pool.push((await root.authority('CN=M0', {}, members[0]!.keys)).certificate);
    const result = await build(pool, await members[11]!.leaf('CN=Leaf'));
    assert.ok(result.valid);
    assert.equal(result.path.length, 4);
    assert.ok(result.workUnits < 10, `took ${result.workUnits} units`);
  });

  it('builds no path of thousands of certificates, however many the caller allows', async () => {
    const pair = p256();
    const pool: Certificate[] = [];
    const top = await TestAuthority.root('CN=C600', {}, pair);
    for (let i = 599; i >= 0; i--) {
      const issuer = await TestAuthority.root(`CN=C${i + 1}`, {}, pair);
      pool.push((await issuer.authority(`CN=C${i}`, {}, pair)).certificate);
    }
    const bottom = await TestAuthority.root('CN=C0', {}, pair);
    const result = await validatePath({
      leaf: await bottom.leaf('CN=Leaf'),
      certificates: pool,
      anchors: [top.certificate],
      at: NOW,
      maxDepth: 1e9,
      maxWorkUnits: 1e9,
    });
    assert.ok(!result.valid);
    assert.deepEqual(
      result.failures.map(({ code, values }) => [code, values?.['maxDepth']]),
      [['depth_exceeded', 512]],
    );
  });

  it('keeps certificates apart that were given one signature', async () => {
    const forged = Array.from({ length: 3 }, (_, i) => {
      const der = Buffer.from(intermediate.certificate.der);
      der[der.indexOf(intermediate.certificate.serialBytes)] = i + 1;
      return der;
    });
    assert.equal((await build([...forged, ...forged].map((der) => Certificate.parse(der)))).valid, false);
    const certificates = [...forged, intermediate.certificate, ...forged];
    const result = await validatePath({ leaf, certificates, anchors: [root.certificate], at: NOW });
    assert.equal(result.valid, true);
  });

  it('checks each signature once in a lattice whose paths are beyond counting', async () => {
    const pairs = Array.from({ length: 12 }, () => p256());
    const pool: Certificate[] = [];
    let above = [
      await TestAuthority.root('CN=L0', {}, pairs[0]),
      await TestAuthority.root('CN=L0', {}, pairs[1]),
    ];
    for (let level = 1; level < 6; level++) {
      const next: TestAuthority[] = [];
      for (const issuer of above) {
        for (const pair of [pairs[level * 2], pairs[level * 2 + 1]])
          next.push(await issuer.authority(`CN=L${level}`, {}, pair));
      }
      pool.push(...next.map(({ certificate }) => certificate));
      // One authority for each key goes on; its certificates by either issuer are in the pool.
      above = [next[0]!, next[1]!];
    }
    const end = await above[0]!.leaf('CN=Leaf');
    const forged = await TestAuthority.root('CN=L0');
    const result = await build(pool, end, [forged]);
    assert.ok(!result.valid);
    assert.ok(result.workUnits < 30, `took ${result.workUnits} units`);
  });

  it('weighs signature checks by algorithm and size of the key', async () => {
    const units = async (pair: ReturnType<typeof p256>): Promise<number> => {
      const anchor = await TestAuthority.root('CN=W', {}, pair);
      return (await build([], await anchor.leaf('CN=Leaf'), [anchor])).workUnits;
    };
    const small = await units(p256());
    const p384 = await units(generateKeyPairSync('ec', { namedCurve: 'P-384' }));
    const p521 = await units(generateKeyPairSync('ec', { namedCurve: 'P-521' }));
    const rsa2048 = await units(generateKeyPairSync('rsa', { modulusLength: 2048 }));
    const rsa4096 = await units(generateKeyPairSync('rsa', { modulusLength: 4096 }));
    assert.ok(small < p384 && p384 < p521);
    assert.ok(rsa2048 < small && rsa2048 < rsa4096);
  });

  it('builds with Ed25519 and ML-DSA keys, which the web PKI does not know', async () => {
    for (const pair of [generateKeyPairSync('ed25519'), generateKeyPairSync('ml-dsa-65')]) {
      const anchor = await TestAuthority.root('CN=Modern', {}, pair);
      const end = await anchor.leaf('CN=host.example.com');
      assert.equal((await build([], end, [anchor])).valid, true);
      const result = await validatePath({
        leaf: end,
        anchors: [anchor.certificate],
        at: NOW,
        policy: 'webpki',
      });
      assert.ok(!result.valid);
      assert.ok(result.failures.some(({ code }) => code === 'algorithm_weak'));
    }
  });

  it('passes over malformed certificates in the pool, and says so where no path holds', async () => {
    const certificates = [Buffer.from('rubbish'), intermediate.certificate];
    assert.equal(
      (await validatePath({ leaf, certificates, anchors: [root.certificate], at: NOW })).valid,
      true,
    );
    const result = await validatePath({ leaf, certificates, anchors: [other.certificate], at: NOW });
    assert.ok(!result.valid);
    assert.deepEqual(
      result.failures.map(({ code }) => code),
      ['no_path', 'certificate_malformed'],
    );
    assert.equal(result.failures[0]?.values?.['issuer'], 'CN=Root');
  });

  it('counts intermediates that are not self-issued against maxDepth', async () => {
    const rolled = await intermediate.authority('CN=Intermediate');
    const options = {
      leaf: await rolled.leaf('CN=Leaf'),
      certificates: [rolled.certificate, intermediate.certificate],
      anchors: [root.certificate],
      at: NOW,
    };
    assert.equal((await validatePath({ ...options, maxDepth: 1 })).valid, true);
    assert.equal((await validatePath({ ...options, maxDepth: 0 })).valid, false);
  });

  it('lets validity periods include their last second', async () => {
    const end = leaf.notAfter;
    const options = { leaf, certificates: [intermediate.certificate], anchors: [root.certificate] };
    assert.equal((await validatePath({ ...options, at: end + 999 })).valid, true);
    assert.equal((await validatePath({ ...options, at: end + 1000 })).valid, false);
    assert.equal((await validatePath({ ...options, at: leaf.notBefore - 1 })).valid, false);
  });
});
