import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRequest } from '../../testing/make-request.ts';
import { openHouse } from '../../testing/open-house.ts';
import { withCode } from '../../testing/with-code.ts';

test('a server certificate holds the names given, each once and canonical', async (t) => {
  const { authority } = await openHouse(t);
  const names = ['API.Example', 'api.example', '*.apps.example', '192.0.2.1', '[2001:DB8::1]', 'localhost'];
  const { certificate, record } = await authority.issue({ profile: 'server', names, actor: 'cli' });
  assert.deepEqual(record.names, [
    'dns:api.example',
    'dns:*.apps.example',
    'ip:192.0.2.1',
    'ip:2001:db8::1',
    'dns:localhost',
  ]);
  assert.deepEqual(certificate.extendedKeyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(certificate.subject.toString(), 'CN=api.example');
  assert.equal(record.credentialId, undefined);
  const rsa = await authority.issue({
    profile: 'server',
    names: ['a.example'],
    keyType: 'rsa-2048',
    actor: 'cli',
  });
  assert.deepEqual([...rsa.certificate.keyUsage!].sort(), ['digitalSignature', 'keyEncipherment']);
});

for (const names of [
  [],
  [''],
  ['not a name'],
  ['*.*.example'],
  ['a..example'],
  ['-a.example'],
  ['1.2.3'],
  ['0x7f.0x1'],
  ['*.10'],
  ['bücher.example'],
  [`${'a'.repeat(64)}.example`],
  ['a.example\0.evil.example'],
  Array.from({ length: 101 }, (_, index) => `h${index}.example`),
]) {
  test(`a server certificate for ${JSON.stringify(names).slice(0, 40)} is refused`, async (t) => {
    const { authority } = await openHouse(t);
    await assert.rejects(
      authority.issue({ profile: 'server', names, actor: 'cli' }),
      withCode('names_invalid'),
    );
  });
}

test('a request for a server may ask only for the names that an administrator gave', async (t) => {
  const { authority } = await openHouse(t);
  const given = { profile: 'server', names: ['api.example', '192.0.2.1'], actor: 'cli' } as const;
  const allowed = await makeRequest({
    subject: 'CN=api.example',
    subjectAltName: [{ type: 'dns', value: 'API.example' }],
  });
  const { record } = await authority.issue({ ...given, csr: allowed.pem });
  assert.deepEqual(record.names, ['dns:api.example', 'ip:192.0.2.1']);
  const smuggling = await makeRequest({ subjectAltName: [{ type: 'ip', value: '192.0.2.2' }] });
  await assert.rejects(authority.issue({ ...given, csr: smuggling.pem }), withCode('csr_name_not_allowed'));
});
