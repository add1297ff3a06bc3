import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { X509Error } from '../errors.ts';
import { createCertificate } from '../issuing/create-certificate.ts';
import { withoutOpenssl } from '../issuing/testing/openssl.ts';
import { createKeySigner } from '../keys/signer.ts';
import {
  decodeClientCert,
  decodeClientCertChain,
  encodeClientCert,
  encodeClientCertChain,
  MAX_CHAIN_CERTIFICATES,
} from './client-cert-header.ts';
import { parseForwardedClientCert } from './forwarded-client-cert.ts';
import { matchesSpkiPin, parseSpkiPin, spkiPin } from './spki-pin.ts';
import { thumbprintS256 } from './thumbprint.ts';

const signer = createKeySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const certificate = await createCertificate(
  { subject: 'CN=a', issuer: 'CN=a', notBefore: 0, notAfter: 1e12, publicKey: signer.publicKey },
  signer,
);

describe('thumbprintS256', () => {
  it('is the same for DER, PEM and node:crypto', () => {
    assert.equal(thumbprintS256(certificate.der), certificate.thumbprint);
    assert.equal(thumbprintS256(certificate.toPem()), certificate.thumbprint);
    assert.equal(thumbprintS256(Buffer.from(certificate.toPem())), certificate.thumbprint);
    assert.equal(thumbprintS256(new X509Certificate(certificate.der)), certificate.thumbprint);
    assert.throws(() => thumbprintS256('none'), { code: 'pem_invalid' });
  });

  const vector = new URL('../../../../../shared/vectors/rfc8705/appendixA.crt', import.meta.url);
  const skip =
    !existsSync(vector) && process.env['CI'] !== 'true'
      ? 'the RFC 8705 vector is not beside the project'
      : false;
  it('is that of RFC 8705 appendix A', { skip }, () => {
    assert.equal(thumbprintS256(readFileSync(vector)), 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0');
  });
});

describe('Client-Cert (RFC 9440)', () => {
  it('is read back as it was written', () => {
    const value = encodeClientCert(certificate.der);
    assert.match(value, /^:[A-Za-z0-9+/]+=*:$/);
    assert.deepEqual(decodeClientCert(value), certificate.der);
    assert.deepEqual(decodeClientCert(` ${value.replaceAll('=', '')} `), certificate.der);
    const chain = encodeClientCertChain([certificate.der, certificate.der]);
    assert.deepEqual(decodeClientCertChain(chain), [certificate.der, certificate.der]);
    assert.deepEqual(decodeClientCertChain([chain, value]).length, 3);
    assert.deepEqual(decodeClientCertChain(''), []);
  });

  const value = encodeClientCert(Buffer.of(0x30, 1, 5));
  for (const text of [
    '',
    ':',
    '::',
    'MAEF',
    ':MAEF',
    'MAEF:',
    `${value}, ${value}`,
    `${value};a=1`,
    ':MAEF=:',
    ':MAE F:',
    ':MA-_:',
    ':MAEFAA==:',
    ':BAEF:',
    ':MAEG=:',
    `${value} x`,
    ':MAEFA:',
    encodeClientCert(Buffer.alloc(0)),
  ]) {
    it(`is refused as ${JSON.stringify(text)}`, () => assert.throws(() => decodeClientCert(text), X509Error));
  }

  it('is bounded', () => {
    assert.throws(() => decodeClientCert(`:${'A'.repeat(300_000)}:`), { code: 'der_too_large' });
    assert.throws(() => decodeClientCertChain(new Array(MAX_CHAIN_CERTIFICATES + 1).fill(value)), {
      code: 'der_too_large',
    });
    assert.throws(() => decodeClientCertChain(`${value},`), { code: 'header_invalid' });
    assert.throws(() => decodeClientCertChain(`${value},,${value}`), { code: 'header_invalid' });
  });
});

describe('long runs of white space', () => {
  it('are gone over once', () => {
    const spaces = ' '.repeat(200_000);
    const value = encodeClientCert(certificate.der);
    assert.deepEqual(
      decodeClientCert(spaces + value + spaces.slice(100_000).slice(0, 1000)),
      certificate.der,
    );
    assert.throws(() => decodeClientCert(`${value}${spaces}x`), { code: 'header_invalid' });
    assert.throws(() => decodeClientCertChain(`${value}${spaces}x`), { code: 'header_invalid' });
    assert.throws(() => decodeClientCertChain([`${spaces}\t${value}`, `${value}x`]), {
      code: 'header_invalid',
    });
    assert.deepEqual(decodeClientCertChain(`\t${value} ,\t${value}`), [certificate.der, certificate.der]);
  });
});

describe('x-forwarded-client-cert', () => {
  const hash = certificate.fingerprint256;

  it('is split only outside of quotes', () => {
    const [first, second] = parseForwardedClientCert(
      `By=spiffe://a/proxy;Hash=${hash.toUpperCase()};Subject="CN=a\\,b;c=\\"d\\",Hash=evil;URI=x";URI=spiffe://a/web;DNS=a.example;DNS=b.example, hash=${hash};URI=`,
    );
    assert.deepEqual(first, {
      by: ['spiffe://a/proxy'],
      hash,
      certificate: undefined,
      chain: undefined,
      subject: 'CN=a\\,b;c="d",Hash=evil;URI=x',
      uris: ['spiffe://a/web'],
      dnsNames: ['a.example', 'b.example'],
    });
    assert.deepEqual(second?.uris, []);
  });

  it('gives the certificate and the chain', () => {
    const pem = encodeURIComponent(certificate.toPem());
    const [element] = parseForwardedClientCert(`Cert="${pem}";Chain="${pem}${pem}"`);
    assert.deepEqual(element?.certificate, certificate.der);
    assert.equal(element?.chain?.length, 2);
  });

  it('says one thing of one certificate, or is refused', async () => {
    const other = await createCertificate(
      { subject: 'CN=b', issuer: 'CN=a', notBefore: 0, notAfter: 1e12, publicKey: signer.publicKey },
      signer,
    );
    const [pem, otherPem] = [certificate, other].map((one) => encodeURIComponent(one.toPem()));
    assert.equal(parseForwardedClientCert(`Hash=${hash};Cert="${pem}";Chain="${pem}${otherPem}"`).length, 1);
    for (const text of [
      `Hash=${hash};Cert="${otherPem}"`,
      `Hash=${hash};Chain="${otherPem}${pem}"`,
      `Cert="${pem}";Chain="${otherPem}"`,
    ]) {
      assert.throws(() => parseForwardedClientCert(text), { code: 'header_invalid' });
    }
  });

  it('does not let a subject that ends in a backslash swallow what follows', () => {
    const [element] = parseForwardedClientCert(`Subject="CN=a\\\\";Hash=${hash}`);
    assert.equal(element?.hash, hash);
    assert.equal(element?.subject, 'CN=a\\\\');
  });

  const pem = encodeURIComponent(certificate.toPem());
  for (const text of [
    '',
    ';',
    ',',
    'Hash',
    'Hash=',
    'Hash=12',
    `Hash=${hash};Hash=${hash}`,
    'Subject="a',
    'Subject="a"b',
    'Subject=a"b"',
    'Subject="a\\\\"b"',
    `Hash=${hash},`,
    `Hash=${hash};;`,
    'Cert="%"',
    'Cert="abc"',
    `Cert="${pem}${pem}"`,
    'Subject="a\\',
    'K\u00fc=1',
  ]) {
    it(`is refused as ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(() => parseForwardedClientCert(text), { name: 'X509Error' });
    });
  }

  it('is bounded', () => {
    assert.throws(() => parseForwardedClientCert('a=b,'.repeat(100)), { code: 'der_too_large' });
    assert.throws(() => parseForwardedClientCert('a=b;'.repeat(1000)), { code: 'der_too_large' });
    assert.throws(() => parseForwardedClientCert('a'.repeat(300_000)), { code: 'der_too_large' });
  });

  it('gives back any subject as Envoy quotes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', ';', '=', '"', ' ', 'Hash=') }), (subject) => {
        const quoted = subject.replaceAll('"', '\\"');
        const elements = parseForwardedClientCert(`Subject="${quoted}";Hash=${hash}`);
        assert.equal(elements.length, 1);
        assert.equal(elements[0]?.subject, subject);
      }),
    );
  });
});

describe('SPKI pins', () => {
  const pin = spkiPin(certificate);

  it('are what the openssl command computes', { skip: withoutOpenssl }, () => {
    const pem = execFileSync('openssl', ['x509', '-noout', '-pubkey'], { input: certificate.toPem() });
    const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'DER'], { input: pem });
    assert.equal(
      execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: der }).toString('base64'),
      pin,
    );
    assert.equal(spkiPin(certificate.publicKey), pin);
    assert.equal(spkiPin(certificate.subjectPublicKeyInfo), pin);
  });

  it('are read in every usual form', () => {
    const hex = certificate.spkiSha256;
    for (const form of [
      pin,
      `sha256/${pin}`,
      `sha256//${pin}`,
      `pin-sha256="${pin}"`,
      hex,
      hex.toUpperCase().replace(/..(?=.)/g, '$&:'),
    ]) {
      assert.equal(parseSpkiPin(form), pin);
    }
    for (const form of ['', 'sha1/abc', pin.slice(1), `${pin}A`, `"${pin}"`, hex.slice(2)]) {
      assert.throws(() => parseSpkiPin(form), { code: 'header_invalid' });
    }
  });

  it('may begin with a slash', () => {
    const slashed = Buffer.alloc(32, 0xff).toString('base64');
    assert.ok(slashed.startsWith('/'));
    for (const form of [slashed, `sha256/${slashed}`, `sha256//${slashed}`, `pin-sha256="${slashed}"`]) {
      assert.equal(parseSpkiPin(form), slashed);
    }
  });

  it('match by any certificate, and never when there are none', () => {
    assert.equal(matchesSpkiPin([certificate], [pin]), true);
    assert.equal(matchesSpkiPin([certificate], [parseSpkiPin('A'.repeat(43).concat('='))]), false);
    assert.equal(matchesSpkiPin([certificate], []), false);
    assert.equal(matchesSpkiPin([], [pin]), false);
  });
});
