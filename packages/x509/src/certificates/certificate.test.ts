import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { DerReader } from '../asn1/der-reader.ts';
import { encodeDer } from '../asn1/der-writer.ts';
import { contextConstructed, contextPrimitive, TAG } from '../asn1/tags.ts';
import { X509Error } from '../errors.ts';
import { type CertificateFields, createCertificate } from '../issuing/create-certificate.ts';
import { withoutOpenssl } from '../issuing/testing/openssl.ts';
import { createKeySigner } from '../keys/signer.ts';
import { Name } from '../names/name.ts';
import { encodePem } from '../pem/pem.ts';
import { Certificate } from './certificate.ts';
import { MAX_CERTIFICATE_OCTETS } from './certificate-layout.ts';

const signer = createKeySigner(generateKeyPairSync('ed25519').privateKey);

function make(fields: Partial<CertificateFields> = {}): Promise<Certificate> {
  const base = {
    subject: 'CN=a',
    issuer: 'CN=ca',
    notBefore: 0,
    notAfter: 1e12,
    publicKey: signer.publicKey,
  };
  return createCertificate({ ...base, ...fields }, signer);
}

const base = await make({ keyUsage: ['digitalSignature'] });

/** The certificate with one element of its tbsCertificate (by index) changed; undefined leaves it out. */
function withElement(index: number, change: (der: Buffer) => Buffer | undefined): Buffer {
  const certificate = new DerReader(base.der, '').sequence();
  const tbs = certificate.sequence();
  const parts: Buffer[] = [];
  while (!tbs.done) parts.push(tbs.element());
  const changed = change(parts[index]!);
  const kept = parts.flatMap((part, at) => (at !== index ? [part] : changed === undefined ? [] : [changed]));
  return encodeDer((writer) => {
    writer.sequence(() => {
      writer.sequence(() => {
        for (const part of kept) writer.raw(part);
      });
      writer.raw(
        base.der.subarray(base.der.length - certificate.limit + certificate.position, certificate.limit),
      );
    });
  });
}

function der(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

const extension = (oid: string): Buffer =>
  encodeDer((writer) => {
    writer.sequence(() => {
      writer.oid(oid);
      writer.octetString(Buffer.of(5, 0));
    });
  });
const EXTENSION = extension('1.2.3');
const manyExtensions = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, number) => extension(`1.2.3.${number}`));

function extensions(...list: Buffer[]): Buffer {
  return encodeDer((writer) => {
    writer.constructed(contextConstructed(3), () => {
      writer.sequence(() => {
        for (const extension of list) writer.raw(extension);
      });
    });
  });
}

describe('Certificate', () => {
  it('agrees with node:crypto and the openssl command', { skip: withoutOpenssl }, async () => {
    const certificate = await make({ serialNumber: Buffer.from('ff00aa', 'hex'), subject: 'CN=b,O=Example' });
    const oracle = new X509Certificate(certificate.der);
    assert.equal(certificate.serialNumber, oracle.serialNumber.toLowerCase());
    assert.deepEqual(certificate.serialBytes, der('00ff00aa'));
    assert.equal(certificate.fingerprint256, oracle.fingerprint256.replaceAll(':', '').toLowerCase());
    assert.equal(certificate.notAfter, Date.parse(oracle.validTo));
    assert.deepEqual(
      certificate.subjectPublicKeyInfo,
      oracle.publicKey.export({ type: 'spki', format: 'der' }),
    );
    assert.ok(certificate.publicKey.equals(oracle.publicKey));
    const printed = execFileSync(
      'openssl',
      ['x509', '-noout', '-serial', '-subject', '-issuer', '-nameopt', 'RFC2253'],
      { input: certificate.toPem(), encoding: 'utf8' },
    );
    assert.equal(printed, 'serial=FF00AA\nsubject=CN=b,O=Example\nissuer=CN=ca\n');
    assert.equal(
      Buffer.from(certificate.thumbprint, 'base64url').toString('hex'),
      certificate.fingerprint256,
    );
    assert.equal(certificate.version, 3);
    assert.equal(certificate.selfIssued, false);
    assert.equal(certificate.signatureAlgorithmsMatch, true);
  });

  it('holds its own copy', async () => {
    const { der: bytes } = await make();
    const input = Buffer.from(bytes);
    const certificate = Certificate.parse(input);
    input.fill(0);
    assert.deepEqual(certificate.der, bytes);
  });

  it('reads PEM: the first certificate, or all, with junk between', async () => {
    const other = await make({ subject: 'CN=other' });
    const bundle = `junk\n${encodePem('PRIVATE KEY', der('3000'))}${base.toPem()}more junk\n${other.toPem()}`;
    assert.ok(Certificate.parse(bundle).equals(base));
    assert.deepEqual(
      Certificate.parseAll(Buffer.from(bundle)).map((certificate) => certificate.subject.toString()),
      ['CN=a', 'CN=other'],
    );
    assert.equal(Certificate.parseAll(base.der).length, 1);
    const brokenSecond = `${base.toPem()}-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n`;
    assert.ok(Certificate.parse(brokenSecond).equals(base));
    assert.throws(() => Certificate.parseAll(brokenSecond), { code: 'pem_invalid' });
    const trusted = encodePem('TRUSTED CERTIFICATE', Buffer.concat([base.der, der('3000')]));
    assert.ok(Certificate.parse(trusted).equals(base));
    assert.throws(() => Certificate.parseAll(encodePem('PRIVATE KEY', der('3000'))), { code: 'pem_invalid' });
    assert.throws(() => Certificate.parse('nothing'), { code: 'pem_invalid' });
  });

  const serials: readonly (readonly [string, string, string])[] = [
    ['020100', '00', 'zero'],
    ['0201ff', '-01', 'minus one'],
    ['02020080', '80', '128'],
    ['0202ff00', '-0100', 'minus 256'],
    ['0202ff7f', '-81', 'minus 129'],
    ['020110', '10', 'sixteen'],
    [`0281c8${'7f'.repeat(200)}`, '7f'.repeat(200), 'a number of 200 octets'],
  ];
  for (const [encoded, text, what] of serials) {
    it(`prints a serial number of ${what}`, () => {
      const certificate = Certificate.parse(withElement(1, () => der(encoded)));
      assert.equal(certificate.serialNumber, text);
    });
  }

  it('reads versions 1 and 2, an explicit version 1, unique identifiers and an empty list of extensions', () => {
    const versionOne = Certificate.parse(removeVersion(withElement(7, () => undefined)));
    assert.equal(versionOne.version, 1);
    assert.deepEqual(versionOne.extensions, []);
    assert.equal(versionOne.basicConstraints, undefined);
    assert.equal(Certificate.parse(withElement(7, () => extensions())).extensions.length, 0);
    const unique = Certificate.parse(
      withElement(7, () => encodeDer((writer) => writer.bitString(Buffer.of(1), 0, contextPrimitive(1)))),
    );
    assert.equal(unique.version, 3);
  });

  function removeVersion(input: Buffer): Buffer {
    const certificate = new DerReader(input, '').sequence();
    const tbs = certificate.sequence();
    tbs.any();
    const rest = input.subarray(tbs.position, tbs.limit);
    return encodeDer((writer) => {
      writer.sequence(() => {
        writer.sequence(() => writer.raw(rest));
        writer.raw(input.subarray(tbs.limit));
      });
    });
  }

  const refused: readonly (readonly [string, () => Buffer, string])[] = [
    ['nothing', () => Buffer.alloc(0), 'der_truncated'],
    ['a certificate that is cut off', () => base.der.subarray(0, -1), 'der_truncated'],
    ['trailing data', () => Buffer.concat([base.der, Buffer.of(0)]), 'der_trailing_data'],
    ['more than the limit', () => Buffer.alloc(MAX_CERTIFICATE_OCTETS + 1, 0x30), 'der_too_large'],
    ['version 4', () => withElement(0, () => der('a003020103')), 'certificate_invalid'],
    ['extensions in version 2', () => withElement(0, () => der('a003020101')), 'certificate_invalid'],
    [
      'unique identifiers in version 1',
      () => removeVersion(withElement(7, () => der('8102000 1'))),
      'certificate_invalid',
    ],
    ['a serial number that is not minimal', () => withElement(1, () => der('02020001')), 'der_not_canonical'],
    ['an empty serial number', () => withElement(1, () => der('0200')), 'der_value_invalid'],
    ['a missing validity', () => withElement(4, () => undefined), 'der_unexpected_tag'],
    [
      'a validity without seconds',
      () => withElement(4, () => der('301a170b3235303130313030303 05a 170b323530313031303030305a')),
      'time_invalid',
    ],
    [
      'an extension that appears twice',
      () => withElement(7, () => extensions(EXTENSION, EXTENSION)),
      'duplicate_extension',
    ],
    [
      'an early one of many that appears twice',
      () => withElement(7, () => extensions(EXTENSION, ...manyExtensions(40), EXTENSION)),
      'duplicate_extension',
    ],
    [
      'a late one of many that appears twice',
      () => withElement(7, () => extensions(...manyExtensions(40), EXTENSION, EXTENSION)),
      'duplicate_extension',
    ],
    [
      'more extensions than are read',
      () => withElement(7, () => extensions(...manyExtensions(1025))),
      'der_too_large',
    ],
    ['a subject that is no SEQUENCE', () => withElement(5, () => der('3100')), 'der_unexpected_tag'],
    [
      'elements after the extensions',
      () => withElement(7, (part) => Buffer.concat([part, der('0500')])),
      'der_trailing_data',
    ],
    [
      'critical with 01',
      () => withElement(7, () => extensions(der('300b06022a030101010402 0500'))),
      'der_not_canonical',
    ],
  ];
  for (const [what, input, code] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => Certificate.parse(input()),
        (error: X509Error) => error instanceof X509Error && error.code === code && error.where !== '',
      );
    });
  }

  it('cut at any octet is refused with a typed error', () => {
    for (let length = 0; length < base.der.length; length++) {
      assert.throws(() => Certificate.parse(base.der.subarray(0, length)), X509Error);
    }
  });

  it('keeps an unknown extension, and an explicit FALSE', () => {
    const certificate = Certificate.parse(
      withElement(7, () => extensions(der('300b06022a0301010004020500'))),
    );
    assert.equal(certificate.extension('1.2.3')?.critical, false);
    assert.deepEqual(certificate.extension('1.2.3')?.value, der('0500'));
    assert.equal(certificate.extension('1.2.4'), undefined);
  });

  it('says that a key is of an algorithm that it does not know, and only when asked for it', () => {
    const spki = encodeDer((writer) => {
      writer.sequence(() => {
        writer.sequence(() => writer.oid('1.2.3.4'));
        writer.bitString(Buffer.of(1));
      });
    });
    const certificate = Certificate.parse(withElement(6, () => spki));
    assert.throws(() => certificate.publicKey, { code: 'key_unsupported' });
    assert.equal(certificate.spkiSha256.length, 64);
  });

  it('takes 10 MB of extension as too large', () => {
    const big = encodeDer((writer) => {
      writer.sequence(() => {
        writer.oid('1.2.3');
        writer.octetString(Buffer.alloc(10 * 1024 * 1024));
      });
    });
    assert.throws(() => Certificate.parse(withElement(7, () => extensions(big))), { code: 'der_too_large' });
  });

  it('leaves the names undecoded until asked', () => {
    const certificate = Certificate.parse(withElement(5, () => der('300d310b300906035504030c02c328')));
    assert.equal(certificate.subject.empty, false);
    assert.throws(() => certificate.subject.rdns, {
      code: 'string_invalid',
      where: 'tbsCertificate.subject.rdn.attribute.value',
    });
    assert.ok(certificate.issuer.equals(Name.parse('CN=CA')));
  });

  it('knows the tags of a whole certificate', () => {
    assert.equal(base.der[0], TAG.sequence);
    assert.equal(base.tbsCertificate[0], TAG.sequence);
    assert.equal(base.validity[0], TAG.sequence);
    assert.equal(base.signature.length, 64);
    assert.deepEqual(base.tbsSignatureAlgorithm, base.signatureAlgorithm);
  });
});
