import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { X509Error } from '../../errors.ts';
import { TestAuthority } from '../../path/testing/test-authority.ts';
import { openssl } from '../testing/openssl.ts';
import { identifies } from './certificate-id.ts';
import { createOcspRequest, OcspRequest } from './ocsp-request.ts';

const ca = await TestAuthority.root('CN=CA');
const leaf = await ca.leaf('CN=Leaf');
const otherLeaf = await ca.leaf('CN=Other');
const issuer = ca.certificate;
const stranger = await TestAuthority.root('CN=CA');

describe('an OCSP request', () => {
  it('is the one that OpenSSL makes', () => {
    const files = {
      'ca.pem': issuer.toPem(),
      'leaf.pem': leaf.toPem(),
      'our.der': createOcspRequest({ certificates: [leaf], issuer }),
    };
    const text = openssl(files, ['ocsp', '-reqin', 'our.der', '-req_text']);
    assert.match(text, /Issuer Key Hash/);
    const theirs = openssl(files, [
      'ocsp',
      '-no_nonce',
      '-issuer',
      'ca.pem',
      '-cert',
      'leaf.pem',
      '-req_text',
    ]);
    assert.equal(text, theirs);
  });

  it('is read as it was made', () => {
    const nonce = Buffer.alloc(32, 7);
    const request = OcspRequest.parse(
      createOcspRequest({ certificates: [leaf, otherLeaf], issuer, nonce, hash: 'sha256' }),
    );
    assert.equal(request.ids.length, 2);
    assert.ok(identifies(request.ids[0]!, leaf.serialBytes, issuer));
    assert.ok(!identifies(request.ids[0]!, otherLeaf.serialBytes, issuer));
    assert.ok(!identifies(request.ids[0]!, leaf.serialBytes, stranger.certificate));
    assert.ok(request.nonce?.equals(nonce));
    assert.equal(OcspRequest.parse(createOcspRequest({ certificates: [leaf], issuer })).nonce, undefined);
  });

  it('is refused by a typed error if it is none', () => {
    const good = createOcspRequest({ certificates: [leaf], issuer });
    for (let i = 0; i < good.length; i++) {
      assert.throws(() => OcspRequest.parse(good.subarray(0, i)), X509Error);
      const changed = Buffer.from(good);
      changed[i]! ^= 0x81;
      try {
        OcspRequest.parse(changed);
      } catch (cause) {
        assert.ok(cause instanceof X509Error);
      }
    }
    assert.throws(() => OcspRequest.parse(Buffer.alloc(100_000)), { code: 'der_too_large' });
    assert.throws(() => createOcspRequest({ certificates: [], issuer }), { code: 'issue_invalid' });
    assert.throws(() => createOcspRequest({ certificates: [leaf], issuer, nonce: Buffer.alloc(129) }), {
      code: 'issue_invalid',
    });
  });
});
