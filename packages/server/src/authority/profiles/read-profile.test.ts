import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuthorityError } from '../authority-error.ts';
import { profileDocument, readProfile } from './read-profile.ts';
import { shippedProfiles } from './shipped/shipped.ts';

/** For `assert.throws`: this member is at fault, and the message says what is allowed. */
const wrong = (member: string | undefined, allowed: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AuthorityError);
  assert.equal(error.code, 'profile_invalid');
  assert.equal(error.member, member);
  assert.match(error.message, allowed);
  return true;
};

for (const shipped of shippedProfiles) {
  test(`the shipped profile ${shipped.name} is what its own document says`, () => {
    const { name, ...document } = profileDocument(shipped);
    assert.equal(name, shipped.name);
    assert.deepEqual(readProfile(shipped.name, document), shipped);
    assert.deepEqual(readProfile(shipped.name, {}), shipped);
  });
}

test('members that are not given come from the profile that it is based on', () => {
  const web = readProfile('web', {
    based_on: 'server',
    name_patterns: ['dns:*.svc.example.com'],
    key_types: ['ec-p256'],
    default_lifetime_seconds: 3600,
    extensions: [{ oid: '1.3.6.1.5.5.7.1.24', value: 'MAMCAQU=' }],
  });
  assert.equal(web.name, 'web');
  assert.deepEqual(web.extendedKeyUsage, ['serverAuth']);
  assert.equal(web.maximumLifetimeSeconds, 398 * 86_400);
  assert.deepEqual(web.extensions, [
    { oid: '1.3.6.1.5.5.7.1.24', critical: false, value: Buffer.from('3003020105', 'hex') },
  ]);
  const { name, ...document } = profileDocument(web);
  assert.deepEqual(readProfile(name as string, { ...document, based_on: 'server' }), web);
});

for (const [member, document, allowed] of [
  ['based_on', {}, /one of client, server, spiffe, intermediate, short-lived/],
  ['based_on', { based_on: 'web' }, /one of client/],
  [
    'lifetime',
    { based_on: 'server', lifetime: 1 },
    /"lifetime" is no member.*allowed are based_on, description/,
  ],
  ['key_types', { based_on: 'server', key_types: [] }, /each one of ec-p256/],
  ['key_types', { based_on: 'server', key_types: ['ec-p256', 'ec-p256'] }, /different/],
  ['key_types', { based_on: 'server', key_types: ['dsa'] }, /ec-p256/],
  ['names', { based_on: 'server', names: 'anybody' }, /one of client, request, authority/],
  ['name_patterns', { based_on: 'server', name_patterns: ['*.example.com'] }, /dns:/],
  ['name_patterns', { based_on: 'server', name_patterns: ['ip:10.0.0.0/64'] }, /ip:10/],
  ['permitted_names', { based_on: 'server', permitted_names: ['ip:10.0.0.0/64'] }, /dns:example.com/],
  ['default_lifetime_seconds', { based_on: 'server', default_lifetime_seconds: 59 }, /from 60 to/],
  [
    'default_lifetime_seconds',
    { based_on: 'server', default_lifetime_seconds: '3600' },
    /whole number of seconds/,
  ],
  ['default_lifetime_seconds', { based_on: 'server', maximum_lifetime_seconds: 3600 }, /from 60 to 3600/],
  [
    'minimum_lifetime_seconds',
    { based_on: 'short-lived', minimum_lifetime_seconds: 90_000 },
    /at most 86400/,
  ],
  ['extended_key_usage', { based_on: 'server', extended_key_usage: ['ocspSigning'] }, /OCSP/],
  ['extended_key_usage', { based_on: 'server', extended_key_usage: ['1.3.6.1.5.5.7.3.9'] }, /OCSP/],
  ['extended_key_usage', { based_on: 'client', extended_key_usage: ['1.3.6.1.5.5.7.3.2'] }, /clientAuth/],
  ['key_usage', { based_on: 'server', key_usage: ['digitalSignature', 'keyCertSign'] }, /authority/],
  ['key_usage', { based_on: 'server', key_usage: ['digitalSignature', 'cRLSign'] }, /authority/],
  ['key_usage', { based_on: 'spiffe', key_usage: ['keyAgreement'] }, /digitalSignature/],
  ['key_usage', { based_on: 'intermediate', key_usage: ['cRLSign'] }, /keyCertSign/],
  ['path_length', { based_on: 'server', path_length: 0 }, /absent/],
  ['uri', { based_on: 'server', uri: 'client' }, /spiffe or none/],
  ['uri', { based_on: 'intermediate', uri: 'spiffe' }, /none/],
  ['trust_domain', { based_on: 'client', trust_domain: 'example.com' }, /absent/],
  ['trust_domain', { based_on: 'spiffe', trust_domain: 'Example.com' }, /lower-case/],
  ['extensions', { based_on: 'server', extensions: [{ oid: '2.5.29.17', value: 'MAA=' }] }, /writes itself/],
  ['extensions', { based_on: 'server', extensions: [{ oid: '1.2.3', value: 'MAAA' }] }, /DER in base64/],
  ['acme', { based_on: 'intermediate', acme: true }, /false where names is authority/],
  ['acme', { based_on: 'spiffe', acme: true }, /not clientAuth alone/],
  ['acme', { based_on: 'server', uri: 'spiffe' }, /false/],
  [
    'acme',
    { based_on: 'server', extended_key_usage: ['serverAuth', 'clientAuth'] },
    /lets clients authenticate/,
  ],
  ['acme', { based_on: 'server', extended_key_usage: ['2.5.29.37.0'] }, /lets clients authenticate/],
  ['acme', { based_on: 'server', extended_key_usage: [] }, /lets clients authenticate/],
  ['description', { based_on: 'server', description: 'a\nb' }, /1 to 200 characters/],
] as const) {
  test(`a profile is refused for its ${member}: ${JSON.stringify(document)}`, () => {
    assert.throws(() => readProfile('web', document), wrong(member, allowed));
  });
}

test('a profile is refused for its name, and for what is no document', () => {
  for (const name of ['', 'Web', '-web', 'a'.repeat(64), 'a/b']) {
    assert.throws(() => readProfile(name, { based_on: 'server' }), wrong('name', /lower-case/));
  }
  for (const document of [undefined, null, [], 'server']) {
    assert.throws(() => readProfile('web', document), wrong(undefined, /members/));
  }
  assert.throws(() => readProfile('client', { based_on: 'server' }), wrong('based_on', /must be client/));
});
