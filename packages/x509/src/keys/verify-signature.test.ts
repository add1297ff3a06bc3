import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import { encodeDer } from '../asn1/der-writer.ts';
import { OID } from '../asn1/oids.ts';
import { contextConstructed } from '../asn1/tags.ts';
import { Certificate } from '../certificates/certificate.ts';
import { withoutOpenssl } from '../issuing/testing/openssl.ts';
import type { AlgorithmIdentifier } from './algorithm-identifier.ts';
import { signatureScheme } from './signature-schemes.ts';
import { verifySignature, verifySignatureOnThread } from './verify-signature.ts';

const TBS = Buffer.from('what is signed');
const NULL = Buffer.of(5, 0);

function plain(oid: string, parameters?: Buffer): AlgorithmIdentifier {
  return { oid, parameters };
}

interface PssParameters {
  readonly hash?: string;
  readonly mask?: string;
  readonly maskHash?: string;
  readonly salt?: number;
  readonly trailer?: number;
}

function pss({ hash, mask = OID.mgf1, maskHash, salt, trailer }: PssParameters): AlgorithmIdentifier {
  const parameters = encodeDer((writer) => {
    const algorithm = (oid: string): void =>
      writer.sequence(() => {
        writer.oid(oid);
        writer.null();
      });
    writer.sequence(() => {
      if (hash !== undefined) writer.constructed(contextConstructed(0), () => algorithm(hash));
      if (maskHash !== undefined) {
        writer.constructed(contextConstructed(1), () => {
          writer.sequence(() => {
            writer.oid(mask);
            algorithm(maskHash);
          });
        });
      }
      if (salt !== undefined) writer.constructed(contextConstructed(2), () => writer.integer(salt));
      if (trailer !== undefined) writer.constructed(contextConstructed(3), () => writer.integer(trailer));
    });
  });
  return { oid: OID.rsaPss, parameters };
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaPss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed25519 = generateKeyPairSync('ed25519');

describe('verifySignature', () => {
  const pkcs1: readonly (readonly [string, string, boolean])[] = [
    [OID.md5WithRsa, 'md5', true],
    [OID.sha1WithRsa, 'sha1', true],
    [OID.sha224WithRsa, 'sha224', false],
    [OID.sha256WithRsa, 'sha256', false],
    [OID.sha384WithRsa, 'sha384', false],
    [OID.sha512WithRsa, 'sha512', false],
  ];
  for (const [oid, hash, weak] of pkcs1) {
    it(`checks RSA PKCS #1 with ${hash}, and says whether it is weak`, () => {
      const signature = sign(hash, TBS, rsa.privateKey);
      for (const parameters of [NULL, undefined]) {
        assert.equal(verifySignature(plain(oid, parameters), rsa.publicKey, TBS, signature), true);
      }
      assert.equal(verifySignature(plain(oid, NULL), rsa.publicKey, Buffer.from('other'), signature), false);
      assert.equal(signatureScheme(plain(oid, NULL)).weak, weak);
    });
  }

  for (const [oid, hash] of [
    [OID.ecdsaWithSha1, 'sha1'],
    [OID.ecdsaWithSha256, 'sha256'],
    [OID.ecdsaWithSha384, 'sha384'],
    [OID.ecdsaWithSha512, 'sha512'],
  ] as const) {
    for (const namedCurve of ['P-256', 'P-384', 'P-521']) {
      it(`checks ECDSA ${namedCurve} with ${hash}`, () => {
        const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
        const signature = sign(hash, TBS, privateKey);
        assert.equal(verifySignature(plain(oid), publicKey, TBS, signature), true);
        signature[signature.length - 1]! ^= 1;
        assert.equal(verifySignature(plain(oid), publicKey, TBS, signature), false);
      });
    }
  }

  it('checks DSA and Ed448', () => {
    const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });
    assert.equal(
      verifySignature(plain(OID.dsaWithSha1), dsa.publicKey, TBS, sign('sha1', TBS, dsa.privateKey)),
      true,
    );
    const ed448 = generateKeyPairSync('ed448');
    assert.equal(
      verifySignature(plain(OID.ed448), ed448.publicKey, TBS, sign(null, TBS, ed448.privateKey)),
      true,
    );
  });

  function signPss(key: KeyObject, hash: string, saltLength: number): Buffer {
    return sign(hash, TBS, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
  }

  it('checks RSA-PSS by its parameters, the defaults too', () => {
    const sha256 = { hash: OID.sha256, maskHash: OID.sha256 };
    const signature = signPss(rsa.privateKey, 'sha256', 32);
    assert.equal(verifySignature(pss({ ...sha256, salt: 32 }), rsa.publicKey, TBS, signature), true);
    assert.equal(
      verifySignature(pss({ ...sha256, salt: 32, trailer: 1 }), rsa.publicKey, TBS, signature),
      true,
    );
    assert.equal(verifySignature(pss({ ...sha256, salt: 20 }), rsa.publicKey, TBS, signature), false);
    assert.equal(
      verifySignature(
        pss({ ...sha256, salt: 32 }),
        rsaPss.publicKey,
        TBS,
        signPss(rsaPss.privateKey, 'sha256', 32),
      ),
      true,
    );
    assert.equal(verifySignature(pss({}), rsa.publicKey, TBS, signPss(rsa.privateKey, 'sha1', 20)), true);
    assert.equal(signatureScheme(pss({})).weak, true);
    assert.equal(signatureScheme(pss({ ...sha256, salt: 32 })).weak, false);
  });

  it('takes a key of another kind as no match', () => {
    const signature = sign('sha256', TBS, p256.privateKey);
    assert.equal(verifySignature(plain(OID.ecdsaWithSha256), rsa.publicKey, TBS, signature), false);
    assert.equal(verifySignature(plain(OID.ed25519), p256.publicKey, TBS, signature), false);
    // An RSASSA-PSS key never makes PKCS #1 signatures (RFC 4055 §1.2).
    assert.equal(
      verifySignature(
        plain(OID.sha256WithRsa, NULL),
        rsaPss.publicKey,
        TBS,
        sign('sha256', TBS, rsa.privateKey),
      ),
      false,
    );
  });

  it('takes garbage as no signature', () => {
    for (const garbage of [Buffer.alloc(0), Buffer.of(0x30), Buffer.alloc(64), Buffer.alloc(4096, 0xff)]) {
      assert.equal(verifySignature(plain(OID.ecdsaWithSha256), p256.publicKey, TBS, garbage), false);
      assert.equal(verifySignature(plain(OID.sha256WithRsa, NULL), rsa.publicKey, TBS, garbage), false);
      assert.equal(verifySignature(plain(OID.ed25519), ed25519.publicKey, TBS, garbage), false);
    }
  });

  it('refuses an ECDSA signature that is not DER', () => {
    const signature = sign('sha256', TBS, p256.privateKey);
    const padded = Buffer.concat([Buffer.of(0x30, 0x81), signature.subarray(1)]);
    assert.equal(verifySignature(plain(OID.ecdsaWithSha256), p256.publicKey, TBS, padded), false);
    const trailing = Buffer.concat([signature, Buffer.of(0)]);
    assert.equal(verifySignature(plain(OID.ecdsaWithSha256), p256.publicKey, TBS, trailing), false);
  });

  const refused: readonly (readonly [string, AlgorithmIdentifier, string])[] = [
    ['an unknown algorithm', plain('1.2.3'), 'algorithm_unsupported'],
    ['MD2', plain(OID.md2WithRsa, NULL), 'algorithm_unsupported'],
    ['ECDSA with parameters', plain(OID.ecdsaWithSha256, NULL), 'algorithm_invalid'],
    ['Ed25519 with parameters', plain(OID.ed25519, NULL), 'algorithm_invalid'],
    ['RSA with parameters other than NULL', plain(OID.sha256WithRsa, Buffer.of(4, 0)), 'algorithm_invalid'],
    ['RSA-PSS without parameters', plain(OID.rsaPss), 'algorithm_invalid'],
    [
      'RSA-PSS with two hashes',
      pss({ hash: OID.sha256, maskHash: OID.sha1, salt: 32 }),
      'algorithm_unsupported',
    ],
    [
      'RSA-PSS with another mask generation',
      pss({ hash: OID.sha256, mask: '1.2.3', maskHash: OID.sha256 }),
      'algorithm_unsupported',
    ],
    ['RSA-PSS with an unknown hash', pss({ hash: '1.2.3', maskHash: '1.2.3' }), 'algorithm_unsupported'],
    [
      'RSA-PSS with a trailer field of 2',
      pss({ hash: OID.sha256, maskHash: OID.sha256, trailer: 2 }),
      'algorithm_invalid',
    ],
    [
      'RSA-PSS with a salt of 1000 octets',
      pss({ hash: OID.sha256, maskHash: OID.sha256, salt: 1000 }),
      'der_value_invalid',
    ],
    [
      'RSA-PSS with a negative salt',
      pss({ hash: OID.sha256, maskHash: OID.sha256, salt: -1 }),
      'der_value_invalid',
    ],
    ['RSA-PSS with a NULL', { oid: OID.rsaPss, parameters: NULL }, 'der_unexpected_tag'],
  ];
  for (const [what, algorithm, code] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => verifySignature(algorithm, rsa.publicKey, TBS, Buffer.alloc(256)), { code });
    });
  }

  it('checks what the openssl command signs with RSA-PSS', { skip: withoutOpenssl }, () => {
    for (const [salt, hash] of [
      ['32', 'sha256'],
      ['48', 'sha384'],
      ['0', 'sha512'],
    ] as const) {
      const pem = execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-new',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-keyout',
          '/dev/null',
          '-subj',
          '/CN=a',
          `-${hash}`,
          '-sigopt',
          'rsa_padding_mode:pss',
          '-sigopt',
          `rsa_pss_saltlen:${salt}`,
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      );
      const certificate = Certificate.parse(pem);
      assert.equal(signatureScheme(certificate.signatureAlgorithm).saltLength, Number(salt));
      assert.equal(certificate.verifySignature(certificate.publicKey), true);
      assert.equal(
        certificate.verifySignature(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
        false,
      );
    }
  });
});

describe('verifySignatureOnThread', () => {
  const psss = pss({ hash: OID.sha256, maskHash: OID.sha256, salt: 32 });
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const kinds: readonly (readonly [AlgorithmIdentifier, KeyObject, Buffer])[] = [
    [plain(OID.sha256WithRsa, NULL), rsa.publicKey, sign('sha256', TBS, rsa.privateKey)],
    [psss, rsaPss.publicKey, sign('sha256', TBS, { key: rsaPss.privateKey, ...padding })],
    [plain(OID.ecdsaWithSha256), p256.publicKey, sign('sha256', TBS, p256.privateKey)],
    [plain(OID.ed25519), ed25519.publicKey, sign(null, TBS, ed25519.privateKey)],
  ];

  it('answers as verifySignature does', async () => {
    for (const [algorithm, key, signature] of kinds) {
      assert.equal(await verifySignatureOnThread(algorithm, key, TBS, signature), true);
      assert.equal(await verifySignatureOnThread(algorithm, key, Buffer.from('other'), signature), false);
      for (const garbage of [Buffer.alloc(0), Buffer.of(0x30), Buffer.alloc(4096, 0xff)]) {
        assert.equal(await verifySignatureOnThread(algorithm, key, TBS, garbage), false);
      }
      for (const [other, otherKey] of kinds) {
        if (otherKey === key) continue;
        assert.equal(await verifySignatureOnThread(other, key, TBS, signature), false);
      }
    }
  });

  it('looks at what it was given, whatever is written there later', async () => {
    const octets = Buffer.from(TBS);
    const verdict = verifySignatureOnThread(
      plain(OID.ecdsaWithSha256),
      p256.publicKey,
      octets,
      sign('sha256', TBS, p256.privateKey),
    );
    octets.fill(0);
    assert.equal(await verdict, true);
  });

  it('rejects for an algorithm that is none or is not known', async () => {
    const verifying = verifySignatureOnThread(plain('1.2.3'), rsa.publicKey, TBS, Buffer.alloc(64));
    await assert.rejects(verifying, { name: 'X509Error', code: 'algorithm_unsupported' });
    const withParameters = plain(OID.ed25519, NULL);
    await assert.rejects(verifySignatureOnThread(withParameters, ed25519.publicKey, TBS, Buffer.alloc(64)), {
      code: 'algorithm_invalid',
    });
  });
});
