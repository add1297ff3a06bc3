import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import type { ValidatePathOptions } from './options.ts';
import { NOW, TestAuthority } from './testing/test-authority.ts';
import { validatePath } from './validate-path.ts';

const POLICY = '1.3.6.1.4.1.55738.1';

async function codes(options: Omit<ValidatePathOptions, 'at'>): Promise<string[]> {
  const result = await validatePath({ ...options, at: NOW });
  return result.valid ? [] : result.failures.map(({ code }) => code);
}

describe('an anchor that is a name and a key', () => {
  for (const [what, make, code] of [
    ['1024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1024 }), 'key_weak'],
    ['an odd curve', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), 'key_unsupported'],
  ] as const) {
    it(`is none with a key of ${what}, as an anchor's certificate would be none`, async () => {
      const { publicKey } = make();
      const leaf = await (await TestAuthority.root('CN=Root')).leaf('CN=Leaf');
      assert.deepEqual(await codes({ leaf, anchors: [{ subject: 'CN=Root', publicKey }] }), [code]);
    });
  }
});

describe("an anchor's certificate", () => {
  it('with a list of purposes is an anchor for these alone', async () => {
    const root = await TestAuthority.root('CN=Root', { extendedKeyUsage: ['emailProtection', 'clientAuth'] });
    const leaf = await root.leaf('CN=Leaf');
    const path = { leaf, anchors: [root.certificate] };
    assert.deepEqual(await codes({ ...path, purpose: 'serverAuth' }), ['purpose_mismatch']);
    assert.deepEqual(await codes({ ...path, purpose: 'clientAuth' }), []);
    assert.deepEqual(await codes(path), []);
    const { subject, publicKey } = root.certificate;
    assert.deepEqual(
      await codes({ leaf, anchors: [{ subject, publicKey }], purpose: 'serverAuth' }),
      [],
      'a name and a key limit nothing',
    );
  });

  it('that is the leaf needs no issuer, but the policy that is demanded', async () => {
    const nobody = await TestAuthority.root('CN=Nobody');
    const plain = await nobody.leaf('CN=Leaf');
    assert.deepEqual(await codes({ leaf: plain, anchors: [plain] }), []);
    assert.ok(
      (await codes({ leaf: plain, anchors: [plain], requireExplicitPolicy: true })).includes(
        'policy_not_acceptable',
      ),
    );
    const leaf = await nobody.leaf('CN=Leaf', { certificatePolicies: [POLICY] });
    const demanding = { leaf, anchors: [leaf], requireExplicitPolicy: true };
    assert.deepEqual(await codes({ ...demanding, initialPolicySet: [POLICY] }), []);
    assert.ok((await codes({ ...demanding, initialPolicySet: ['1.2.3'] })).includes('policy_not_acceptable'));
  });
});
