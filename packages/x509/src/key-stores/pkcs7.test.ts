import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { X509Error } from '../errors.ts';
import { encodePem } from '../pem/pem.ts';
import { readPkcs7 } from './pkcs7.ts';
import { testStore } from './testing/test-stores.ts';

describe('PKCS #7', () => {
  const subjects = (input: Uint8Array | string): string[] =>
    readPkcs7(input)
      .certificates.map(({ certificate }) => certificate.subject.toString())
      .sort();

  it('gives the certificates of a bundle, in DER and PEM', () => {
    const { bytes } = testStore('bundle.p7b');
    assert.deepEqual(subjects(bytes), ['CN=Root', 'CN=leaf']);
    assert.deepEqual(subjects(`junk\n${encodePem('PKCS7', bytes)}`), ['CN=Root', 'CN=leaf']);
  });

  it('gives the certificates of a streamed signature in BER', () => {
    assert.deepEqual(subjects(testStore('stream.p7m').bytes), ['CN=Root', 'CN=leaf']);
  });

  it('refuses other things with typed errors', () => {
    assert.throws(() => readPkcs7(testStore('modern.p12').bytes), { code: 'der_unexpected_tag' });
    assert.throws(() => readPkcs7(Buffer.from('300f06092a864886f70d010701a0023000', 'hex').subarray(0, 17)), {
      code: 'key_store_unsupported',
    });
    assert.throws(() => readPkcs7('none'), { code: 'pem_invalid' });
    assert.throws(() => readPkcs7(Buffer.alloc(17 * 1024 * 1024)), { code: 'der_too_large' });
    for (const name of ['bundle.p7b', 'stream.p7m']) {
      const { bytes } = testStore(name);
      for (let length = 0; length < Math.min(700, bytes.length); length += 3) {
        assert.throws(() => readPkcs7(bytes.subarray(0, length)), X509Error);
      }
    }
  });
});
