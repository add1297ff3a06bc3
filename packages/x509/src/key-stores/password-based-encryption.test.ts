import assert from 'node:assert/strict';
import { createCipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { type DerWriter, encodeDer } from '../asn1/der-writer.ts';
import type { AlgorithmIdentifier } from '../keys/algorithm-identifier.ts';
import { decryptWithPassword } from './password-based-encryption.ts';
import { encodePassword } from './password-encodings.ts';
import { WorkBudget } from './work-budget.ts';

const SALT = Buffer.from('saltsalt');
const AES256 = '2.16.840.1.101.3.4.1.42';

function pbes2(
  derivation: (writer: DerWriter) => void,
  cipher = AES256,
  iv = Buffer.alloc(16, 7),
): AlgorithmIdentifier {
  const parameters = encodeDer((writer) => {
    writer.sequence(() => {
      writer.sequence(() => derivation(writer));
      writer.sequence(() => {
        writer.oid(cipher);
        writer.octetString(iv);
      });
    });
  });
  return { oid: '1.2.840.113549.1.5.13', parameters };
}

function scrypt(N: number, r = 8, p = 1) {
  return (writer: DerWriter): void => {
    writer.oid('1.3.6.1.4.1.11591.4.11');
    writer.sequence(() => {
      writer.octetString(SALT);
      for (const number of [N, r, p]) writer.integer(number);
    });
  };
}

function pbkdf2(iterations: number, prf?: string, keyLength?: number) {
  return (writer: DerWriter): void => {
    writer.oid('1.2.840.113549.1.5.12');
    writer.sequence(() => {
      writer.octetString(SALT);
      writer.integer(iterations);
      if (keyLength !== undefined) writer.integer(keyLength);
      if (prf !== undefined) writer.sequence(() => writer.oid(prf));
    });
  };
}

function encrypt(key: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(16, 7));
  return Buffer.concat([cipher.update('what is kept'), cipher.final()]);
}

function decrypt(
  algorithm: AlgorithmIdentifier,
  encrypted: Buffer,
  password = 'secret',
  budget = 1_000_000,
): string {
  return decryptWithPassword(
    algorithm,
    encrypted,
    encodePassword(password),
    new WorkBudget(budget),
  ).toString();
}

describe('password-based encryption', () => {
  it('opens PBES2 under scrypt and each pseudo-random function of PBKDF2', () => {
    assert.equal(
      decrypt(pbes2(scrypt(1024)), encrypt(scryptSync('secret', SALT, 32, { N: 1024, r: 8, p: 1 }))),
      'what is kept',
    );
    for (const [prf, hash] of [
      [undefined, 'sha1'],
      ['1.2.840.113549.2.8', 'sha224'],
      ['1.2.840.113549.2.10', 'sha384'],
      ['1.2.840.113549.2.11', 'sha512'],
    ] as const) {
      assert.equal(
        decrypt(pbes2(pbkdf2(10, prf)), encrypt(pbkdf2Sync('secret', SALT, 10, 32, hash))),
        'what is kept',
      );
    }
  });

  it('tries ISO 8859-1 where UTF-8 does not fit', () => {
    const key = pbkdf2Sync(Buffer.from('pä', 'latin1'), SALT, 10, 32, 'sha256');
    assert.equal(decrypt(pbes2(pbkdf2(10, '1.2.840.113549.2.9', 32)), encrypt(key), 'pä'), 'what is kept');
  });

  const block = Buffer.alloc(16);
  for (const [what, algorithm, code] of [
    ['an unknown scheme', { oid: '1.2.3', parameters: undefined }, 'key_store_unsupported'],
    [
      'a scheme without parameters',
      { oid: '1.2.840.113549.1.12.1.3', parameters: undefined },
      'key_store_invalid',
    ],
    ['an unknown cipher', pbes2(pbkdf2(1), '1.2.3'), 'key_store_unsupported'],
    [
      'an unknown derivation',
      pbes2((writer) => {
        writer.oid('1.2.3');
        writer.sequence(() => {});
      }),
      'key_store_unsupported',
    ],
    ['an unknown pseudo-random function', pbes2(pbkdf2(1, '1.2.3')), 'key_store_unsupported'],
    ['an iv of a wrong length', pbes2(pbkdf2(1), AES256, Buffer.alloc(8)), 'key_store_invalid'],
    ['a key of a wrong length', pbes2(pbkdf2(1, undefined, 16)), 'key_store_invalid'],
    ['no iterations', pbes2(pbkdf2(0)), 'key_store_unsupported'],
    ['two billion iterations', pbes2(pbkdf2(2 ** 31 - 1)), 'key_store_unsupported'],
    ['scrypt with 4 GiB', pbes2(scrypt(2 ** 22)), 'key_store_unsupported'],
    ['scrypt with a cost that is no power of two', pbes2(scrypt(1000)), 'key_store_unsupported'],
    ['scrypt in a thousand lanes', pbes2(scrypt(2 ** 14, 8, 1000)), 'key_store_unsupported'],
    ['a wrong password', pbes2(pbkdf2(1)), 'key_store_password'],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => decrypt(algorithm, block), { name: 'X509Error', code }));
  }
});
