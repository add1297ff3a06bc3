import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { X509Error } from '../errors.ts';
import { isJavaKeyStore, readJavaKeyStore } from './java-key-store.ts';
import { readKeyStore } from './read-key-store.ts';
import { testStore } from './testing/test-stores.ts';

const ROOT_ALIAS = 'wurzel-ü€😀';

describe('Java key stores', () => {
  it('opens JKS', () => {
    const { bytes, password } = testStore('java.jks');
    const store = readJavaKeyStore(bytes, password);
    assert.equal(store.format, 'jks');
    assert.equal(store.integrity, 'verified');
    assert.deepEqual(
      store.certificates.map(({ alias, certificate }) => [alias, certificate.subject.toString()]),
      [[ROOT_ALIAS, 'CN=Root']],
    );
    const [key] = store.privateKeys;
    assert.equal(key?.alias, 'web');
    assert.ok(key?.privateKey && createPublicKey(key.privateKey).equals(key.chain[0]!.publicKey));
  });

  it('opens JCEKS, and steps over its secret keys', () => {
    const { bytes, password } = testStore('java.jceks');
    const store = readJavaKeyStore(bytes, password);
    assert.equal(store.format, 'jceks');
    assert.deepEqual(store.privateKeys.map(({ alias, locked }) => [alias, locked]).sort(), [
      ['web', false],
      ['zlast', false],
    ]);
    for (const key of store.privateKeys)
      assert.ok(key.privateKey && createPublicKey(key.privateKey).equals(key.chain[0]!.publicKey));
    assert.deepEqual(store.others, ['secret']);
    assert.equal(store.certificates.length, 1);
  });

  it('reads the certificates without a password', () => {
    for (const name of ['java.jks', 'java.jceks']) {
      const store = readJavaKeyStore(testStore(name).bytes);
      assert.equal(store.integrity, 'unchecked');
      assert.equal(store.certificates[0]?.alias, ROOT_ALIAS);
      assert.ok(
        store.privateKeys.every(
          ({ locked, privateKey, chain }) => locked && privateKey === undefined && chain.length === 1,
        ),
      );
    }
  });

  it('says that a key is locked under another password', () => {
    for (const name of ['java.jks', 'java.jceks']) {
      const { bytes, password } = testStore(name);
      const store = readJavaKeyStore(bytes, password, 'other');
      assert.ok(store.privateKeys.every(({ locked }) => locked));
    }
  });

  it('notices a wrong password and any change', () => {
    const { bytes, password } = testStore('java.jks');
    assert.throws(() => readJavaKeyStore(bytes, 'wrong'), { code: 'key_store_password' });
    const changed = Buffer.from(bytes);
    changed[changed.length >> 1]! ^= 1;
    assert.throws(() => readJavaKeyStore(changed, password), { code: 'key_store_password' });
  });

  const header = (magic: string, rest: string): Buffer =>
    Buffer.concat([Buffer.from(magic + rest, 'hex'), Buffer.alloc(20)]);
  for (const [what, bytes, code] of [
    ['nothing', Buffer.alloc(0), 'key_store_invalid'],
    ['another magic', header('cafebabe', '0000000200000000'), 'key_store_invalid'],
    ['version 3', header('feedfeed', '0000000300000000'), 'key_store_unsupported'],
    ['four billion entries', header('feedfeed', '00000002ffffffff'), 'der_too_large'],
    ['an entry that is missing', header('feedfeed', '0000000200000001'), 'der_truncated'],
    [
      'an entry of an unknown kind',
      header('feedfeed', '0000000200000001000000090001610000000000000000'),
      'key_store_invalid',
    ],
    [
      'a secret key in JKS',
      header('feedfeed', '0000000200000001000000030001610000000000000000'),
      'key_store_invalid',
    ],
    [
      'a secret key that is no Java object',
      header('cececece', '00000002000000010000000300016100000000000000000000'),
      'key_store_unsupported',
    ],
    [
      'a key of 4 GiB',
      header('feedfeed', '0000000200000001000000010001610000000000000000ffffffff'),
      'der_truncated',
    ],
    ['something behind the last entry', header('feedfeed', '000000020000000000'), 'der_trailing_data'],
    [
      'objects within objects without end',
      header(
        'cececece',
        `0000000200000001000000030001610000000000000000aced0005${'737200016100000000000000000200014c0001610000'.repeat(40)}`,
      ),
      'key_store_unsupported',
    ],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => readJavaKeyStore(bytes), { name: 'X509Error', code }));
  }

  it('cut at any octet is refused with a typed error', () => {
    for (const name of ['java.jks', 'java.jceks']) {
      const { bytes } = testStore(name);
      for (let length = 0; length < bytes.length; length += 5) {
        assert.throws(() => readJavaKeyStore(bytes.subarray(0, length)), X509Error);
      }
    }
  });
});

describe('readKeyStore', () => {
  it('knows each kind by its first octets', () => {
    for (const [name, format] of [
      ['java.jks', 'jks'],
      ['java.jceks', 'jceks'],
      ['modern.p12', 'pkcs12'],
      ['bundle.p7b', 'pkcs7'],
      ['stream.p7m', 'pkcs7'],
    ] as const) {
      const { bytes, password } = testStore(name);
      assert.equal(readKeyStore(bytes, password).format, format);
      assert.equal(isJavaKeyStore(bytes), name.startsWith('java.j'));
    }
    assert.throws(() => readKeyStore(Buffer.alloc(0)), X509Error);
    assert.throws(() => readKeyStore(Buffer.from('hello')), X509Error);
  });
});
