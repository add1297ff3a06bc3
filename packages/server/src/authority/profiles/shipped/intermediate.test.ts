import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRequest } from '../../testing/make-request.ts';
import { openHouse } from '../../testing/open-house.ts';
import { withCode } from '../../testing/with-code.ts';

const forMesh = { profile: 'intermediate', names: ['Mesh CA'], actor: 'cli' } as const;

test('an authority elsewhere gets its certificate from the root, bounded by the name constraints of the profile', async (t) => {
  const { authority } = await openHouse(t);
  await authority.profiles.update({
    name: 'intermediate',
    changes: { permitted_names: ['dns:mesh.example.com'], excluded_names: ['ip:0.0.0.0/0', 'ip:::/0'] },
    actor: 'cli',
  });
  const request = await makeRequest({ subject: 'CN=Mesh CA', basicConstraints: { ca: true } });
  const { certificate, record, chain } = await authority.issue({ ...forMesh, csr: request.pem });
  const [root] = authority.roots();
  assert.equal(certificate.issuer.toString(), root!.subject.toString());
  assert.deepEqual(chain, []);
  assert.equal(record.authorityId, authority.list()[0]!.id);
  assert.equal(certificate.subject.toString(), 'CN=Mesh CA');
  assert.deepEqual(certificate.basicConstraints, { ca: true, pathLength: 0 });
  assert.deepEqual([...certificate.keyUsage!].sort(), ['cRLSign', 'keyCertSign']);
  assert.equal(certificate.extension('2.5.29.30')?.critical, true);
  assert.equal(certificate.nameConstraints?.permitted.length, 1);
  assert.equal(certificate.nameConstraints?.excluded.length, 2);
  assert.ok(certificate.notAfter <= root!.notAfter);
  const [point] = certificate.crlDistributionPoints ?? [];
  const [url] = point?.name?.fullName ?? [];
  assert.ok(url?.type === 'uri' && url.value.endsWith('/0.crl'));
});

test('it is no anchor here: what it issues speaks for no client', async (t) => {
  const { authority } = await openHouse(t);
  const { certificate } = await authority.issue(forMesh);
  assert.ok(!authority.anchors().some(({ spkiSha256 }) => spkiSha256 === certificate.spkiSha256));
  assert.equal(authority.list().length, 2);
});

for (const names of [[], ['a', 'b'], [''], ['a'.repeat(65)], ['a\nb']]) {
  test(`an authority elsewhere is refused the names ${JSON.stringify(names).slice(0, 30)}`, async (t) => {
    const { authority } = await openHouse(t);
    await assert.rejects(authority.issue({ ...forMesh, names }), withCode('names_invalid'));
  });
}

test('a request of an authority that asks for another subject, or other profiles that ask to be one, are refused', async (t) => {
  const { authority } = await openHouse(t);
  const other = await makeRequest({ subject: 'CN=Other CA' });
  await assert.rejects(authority.issue({ ...forMesh, csr: other.pem }), withCode('csr_subject_not_allowed'));
  const asking = await makeRequest({ basicConstraints: { ca: true } });
  const server = { profile: 'server', names: ['a.example'], csr: asking.pem, actor: 'cli' } as const;
  await assert.rejects(authority.issue(server), withCode('csr_asks_for_ca'));
});
