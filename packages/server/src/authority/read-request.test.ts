import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { AuthorityError } from './authority-error.ts';
import { makeForeignRequest, makeRequest } from './testing/make-request.ts';
import { billingUri, forBilling, openShop } from './testing/open-shop.ts';
import { withCode } from './testing/with-code.ts';

test('a request gets a certificate for its key, with the names of the record alone', async (t) => {
  const { authority } = await openShop(t);
  for (const wish of [
    {},
    { subject: 'CN=billing' },
    { subject: `CN=${billingUri}` },
    { subjectAltName: [{ type: 'uri', value: billingUri }] },
  ] as const) {
    const request = await makeRequest(wish);
    const { certificate, keyPem } = await authority.issue({ ...forBilling, csr: request.pem });
    assert.equal(keyPem, undefined);
    assert.deepEqual(certificate.subjectAltName, [{ type: 'uri', value: billingUri }]);
    const spki = createPublicKey(request.privateKey).export({ format: 'der', type: 'spki' });
    assert.ok(certificate.subjectPublicKeyInfo.equals(spki));
  }
});

test('what a request asks for as usages and lifetime has no effect', async (t) => {
  const { authority } = await openShop(t);
  const request = await makeRequest({
    keyUsage: ['keyCertSign', 'digitalSignature'],
    extendedKeyUsage: ['serverAuth', 'codeSigning'],
  });
  const { certificate } = await authority.issue({ ...forBilling, csr: request.der });
  assert.deepEqual([...certificate.keyUsage!], ['digitalSignature']);
  assert.deepEqual(certificate.extendedKeyUsage, ['1.3.6.1.5.5.7.3.2']);
});

for (const [what, wish, code, values] of [
  [
    'another URI',
    { subjectAltName: [{ type: 'uri', value: 'https://mortise.example/clients/admin' }] },
    'csr_name_not_allowed',
    ['uri:https://mortise.example/clients/admin'],
  ],
  [
    'a second name beside its own',
    {
      subjectAltName: [
        { type: 'uri', value: billingUri },
        { type: 'dns', value: 'bank.example' },
      ],
    },
    'csr_name_not_allowed',
    ['dns:bank.example'],
  ],
  [
    'the same URI in other letters',
    { subjectAltName: [{ type: 'uri', value: billingUri.toUpperCase() }] },
    'csr_name_not_allowed',
    [`uri:${billingUri.toUpperCase()}`],
  ],
  [
    'a directory name',
    { subjectAltName: [{ type: 'directory', name: 'CN=billing' }] },
    'csr_name_not_allowed',
    ['other:directory'],
  ],
  ['another common name', { subject: 'CN=admin' }, 'csr_subject_not_allowed', ['CN=admin']],
  [
    'more than its subject',
    { subject: 'CN=billing,O=Bank' },
    'csr_subject_not_allowed',
    ['CN=billing,O=Bank'],
  ],
  ['to be an authority', { basicConstraints: { ca: true } }, 'csr_asks_for_ca', []],
] as const) {
  test(`a request that asks for ${what} is refused, and nothing is recorded`, async (t) => {
    const house = await openShop(t);
    const before = await house.events();
    const { pem } = await makeRequest(wish);
    await assert.rejects(
      house.authority.issue({ ...forBilling, csr: pem }),
      (error: unknown) =>
        error instanceof AuthorityError &&
        error.code === code &&
        assert.deepEqual([...error.values], [...values]) === undefined,
    );
    assert.deepEqual(await house.events(), before);
    assert.deepEqual(await house.authority.listCertificates({ limit: 10 }), []);
  });
}

test('a request that is not signed with its own key is refused', async (t) => {
  const { authority } = await openShop(t);
  const { der } = await makeRequest({});
  const forged = Buffer.from(der);
  forged[forged.length - 1]! ^= 1;
  await assert.rejects(authority.issue({ ...forBilling, csr: forged }), withCode('csr_signature_invalid'));
});

test('what is no request is refused with its code', async (t) => {
  const { authority } = await openShop(t);
  const { der } = await makeRequest({});
  for (const csr of ['', 'hello', Buffer.alloc(0), Buffer.from('3003020100', 'hex'), der.subarray(0, -3)]) {
    await assert.rejects(authority.issue({ ...forBilling, csr }), withCode('csr_invalid'));
  }
});

for (const [what, privateKey, code] of [
  ['RSA of 1024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, 'key_weak'],
  [
    'RSA with the exponent 3',
    () => generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey,
    'key_weak',
  ],
  ['P-224', () => generateKeyPairSync('ec', { namedCurve: 'P-224' }).privateKey, 'key_weak'],
  ['Ed448', () => generateKeyPairSync('ed448').privateKey, 'key_unsupported'],
] as const) {
  test(`a request with a key of ${what} is refused`, async (t) => {
    const { authority } = await openShop(t);
    const { pem } = await makeForeignRequest(privateKey());
    await assert.rejects(authority.issue({ ...forBilling, csr: pem }), withCode(code));
  });
}

for (const [what, privateKey] of [
  ['RSA of 2048 bits', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey],
  ['Ed25519', () => generateKeyPairSync('ed25519').privateKey],
] as const) {
  test(`a request with a key of ${what} gets its certificate`, async (t) => {
    const { authority } = await openShop(t);
    const { pem } = await makeRequest({}, privateKey());
    assert.ok((await authority.issue({ ...forBilling, csr: pem })).certificate);
  });
}

test('the key of an authority is never certified as a leaf', async (t) => {
  const house = await openShop(t);
  const [root] = await house.storage.authorities.listAuthorities();
  const pkcs8 = house.storage.sealer.open(`authority-key:${root!.id}`, root!.sealedPrivateKey!);
  const { pem } = await makeRequest({}, createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
  await assert.rejects(house.authority.issue({ ...forBilling, csr: pem }), withCode('key_not_allowed'));
});
