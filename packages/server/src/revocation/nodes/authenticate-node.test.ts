import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openNodes } from '../testing/open-nodes.ts';
import { apiOne, apiTwo, by } from '../testing/open-revocation.ts';
import { authenticateNode } from './authenticate-node.ts';

test('a registered certificate of a resource server shows who the node is and what it serves', async (t) => {
  const { authority, resources, authenticate } = await openNodes(t);
  await resources.update({
    identifier: apiTwo,
    changes: { resource_servers: ['server-two', 'server-one'] },
    actor: 'cli',
  });
  const issued = await authority.issue({ profile: 'client', clientId: 'server-one', actor: 'cli' });
  const { certificate, record } = issued;
  assert.deepEqual(await authenticate(certificate.thumbprint, certificate), {
    ok: true,
    node: {
      clientId: 'server-one',
      credentialId: record.credentialId,
      x5t: certificate.thumbprint,
      authorityId: record.authorityId,
      validUntil: certificate.notAfter,
      resources: [apiOne, apiTwo],
    },
  });
});

test('each reason against a node is told apart', async (t) => {
  const house = await openNodes(t);
  const { authority, revocation, authenticate, clock, clients, resources } = house;
  const issue = async (clientId: string) =>
    (await authority.issue({ profile: 'client', clientId, actor: 'cli' })).certificate;
  const refusal = async ({ thumbprint, notBefore, notAfter }: Awaited<ReturnType<typeof issue>>) => {
    const answer = await authenticate(thumbprint, { notBefore, notAfter });
    return answer.ok ? 'none' : answer.code;
  };
  const good = await issue('server-one');
  assert.equal(await refusal(good), 'none');

  assert.equal(await refusal(await issue('client-one')), 'serves_no_resource');

  const validity = { notBefore: good.notBefore, notAfter: good.notAfter };
  const unregistered = await authenticate('A'.repeat(43), validity);
  assert.deepEqual(unregistered, { ok: false, code: 'certificate_not_registered' });

  const revoked = await issue('server-one');
  await revocation.revokeCertificate(revoked, by);
  assert.equal(await refusal(revoked), 'credential_ended');

  await revocation.suspendClient('server-one', by);
  assert.equal(await refusal(good), 'client_not_active');
  await revocation.resumeClient('server-one', by);
  assert.equal(await refusal(good), 'none');

  const { now } = clock;
  for (const at of [good.notBefore - 1, good.notAfter + 1]) {
    clock.now = at;
    assert.equal(await refusal(good), 'certificate_not_valid_now');
  }
  clock.now = now;

  const isStale = () => true;
  const sources = { clients, resources, denylist: revocation.denylist, clock: clock.read };
  const presented = { x5t: good.thumbprint, certificate: validity };
  assert.deepEqual(await authenticateNode({ ...sources, isStale }, presented), { ok: false, code: 'stale' });
  const missing = await authenticateNode({ ...sources, isStale: () => false }, undefined);
  assert.deepEqual(missing, { ok: false, code: 'certificate_missing' });

  await revocation.revokeAuthority(authority.list()[1]!.id, by);
  assert.equal(await refusal(good), 'revoked');
});

test('a certificate of a trusted authority that is not registered is no node', async (t) => {
  const { authority, authenticate } = await openNodes(t);
  const { certificate } = await authority.issue({ profile: 'server', names: ['a.example'], actor: 'cli' });
  const answer = await authenticate(certificate.thumbprint, certificate);
  assert.deepEqual(answer, { ok: false, code: 'certificate_not_registered' });
});
