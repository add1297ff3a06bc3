import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { encodeDer } from '../asn1/der-writer.ts';
import { OID } from '../asn1/oids.ts';
import { X509Error } from '../errors.ts';
import type { KeyStoreContents } from './contents.ts';
import { readPkcs12 } from './pkcs12.ts';
import { testStore } from './testing/test-stores.ts';
import { toBer } from './testing/to-ber.ts';

function assertHoldsLeaf(store: KeyStoreContents): void {
  assert.equal(store.privateKeys.length, 1);
  const [key] = store.privateKeys;
  assert.equal(key?.alias, 'leaf');
  assert.equal(key?.locked, false);
  assert.ok(key?.privateKey !== undefined);
  assert.deepEqual(
    key.chain.map((certificate) => certificate.subject.toString()),
    ['CN=leaf', 'CN=Root'],
  );
  assert.ok(createPublicKey(key.privateKey).equals(key.chain[0]!.publicKey));
  assert.equal(store.certificates.length, 2);
}

describe('PKCS #12', () => {
  for (const [name, what] of [
    ['modern.p12', 'PBES2 with AES-256'],
    ['legacy.p12', 'RC2-40 and 3DES'],
    ['descert.p12', '3DES alone'],
    ['odd.p12', 'two-key 3DES and RC2-128'],
    ['mixed.p12', 'PBES2 with 3DES and AES-128, and a SHA-512 MAC'],
    ['empty.p12', 'the empty password'],
    ['unicode.p12', 'a password beyond ASCII under PBES2'],
    ['unicode-legacy.p12', 'a password beyond ASCII under RC2'],
    ['plain.p12', 'nothing encrypted, but a MAC'],
  ] as const) {
    it(`opens ${what}`, () => {
      const { bytes, password } = testStore(name);
      const store = readPkcs12(bytes, password);
      assertHoldsLeaf(store);
      assert.equal(store.integrity, 'verified');
      assert.throws(() => readPkcs12(bytes, 'wrong'), { code: 'key_store_password' });
    });
  }

  it('says that a store without a MAC is unchecked', () => {
    const { bytes, password } = testStore('nomac.p12');
    const store = readPkcs12(bytes, password);
    assertHoldsLeaf(store);
    assert.equal(store.integrity, 'unchecked');
    assert.equal(readPkcs12(bytes, 'wrong').privateKeys[0]?.locked, true);
  });

  it('opens stores in BER', () => {
    for (const name of ['modern.p12', 'legacy.p12', 'plain.p12']) {
      const { bytes, password } = testStore(name);
      assertHoldsLeaf(readPkcs12(toBer(bytes), password));
    }
  });

  it("opens Java's, with trusted certificates and secret keys", () => {
    const { bytes, password } = testStore('java.p12');
    const store = readPkcs12(bytes, password);
    assert.deepEqual(
      store.privateKeys.map(({ alias, locked, chain }) => [alias, locked, chain.length]),
      [['web', false, 1]],
    );
    assert.deepEqual(store.certificates.map(({ alias }) => alias).sort(), ['root', 'web']);
    assert.deepEqual(store.others, ['secret']);
    const legacy = testStore('java-legacy.p12');
    assert.equal(readPkcs12(legacy.bytes, legacy.password).privateKeys[0]?.locked, false);
  });

  it('notices any change', () => {
    const { bytes, password } = testStore('plain.p12');
    const changed = Buffer.from(bytes);
    changed[changed.length >> 1]! ^= 1;
    assert.throws(() => readPkcs12(changed, password), X509Error);
  });

  it('refuses an absurd number of iterations at once', () => {
    const pfx = encodeDer((writer) => {
      writer.sequence(() => {
        writer.integer(3);
        writer.sequence(() => {
          writer.oid('1.2.840.113549.1.7.1');
          writer.constructed(0xa0, () => writer.octetString(Buffer.of(0x30, 0)));
        });
        writer.sequence(() => {
          writer.sequence(() => {
            writer.sequence(() => writer.oid(OID.sha256));
            writer.octetString(Buffer.alloc(32));
          });
          writer.octetString(Buffer.alloc(8));
          writer.integer(2 ** 31 - 1);
        });
      });
    });
    assert.throws(() => readPkcs12(pfx, 'x'), { code: 'key_store_unsupported' });
  });

  it('refuses other things', () => {
    assert.throws(() => readPkcs12(Buffer.alloc(17 * 1024 * 1024)), { code: 'der_too_large' });
    assert.throws(() => readPkcs12(Buffer.alloc(0)), { code: 'der_truncated' });
    assert.throws(() => readPkcs12(Buffer.from('3003020101', 'hex')), { code: 'key_store_unsupported' });
    assert.throws(() => readPkcs12(testStore('bundle.p7b').bytes), { code: 'der_unexpected_tag' });
  });

  it('cut at any octet is refused with a typed error', () => {
    const { bytes, password } = testStore('plain.p12');
    for (let length = 0; length < bytes.length; length += 7) {
      assert.throws(() => readPkcs12(bytes.subarray(0, length), password), X509Error);
    }
  });
});
