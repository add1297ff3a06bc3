import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { validatePath } from '@mortise/x509';
import { makeSoftToken } from '../../authority/signers/testing/soft-token.ts';
import { openVault } from '../testing/open-vault.ts';
import type { ShownAuthority } from '../testing/shown-authority.ts';

/** The vault, whose root is kept offline, on a server with a token; and the successor of its root, in a file. */
async function withSuccessor(t: TestContext, ...create: string[]) {
  const token = makeSoftToken(t);
  const server = {
    flags: { pkcs11Module: token.module },
    environment: { MORTISE_PKCS11_PIN: token.pin },
  };
  const flags = create.map((flag) => (flag === 'LABEL' ? token.label : flag));
  const vault = await openVault(t, { server, create: flags });
  const { at, done, offline, rollover, signIntermediate } = vault;
  const request = at('rollover-request.json');
  await rollover('request', '--out', request);
  await offline('old', 'sign-rollover', '--request', request, '--out', at('new'));
  const publish = (...more: string[]) =>
    rollover('publish', '--successor', at('new', 'successor.json'), ...more);
  /** The intermediate under the new root, after the switch. */
  const switchOver = async (): Promise<ShownAuthority> => {
    await done('authority', 'import', '--certificate', await signIntermediate('new'));
    const switched = await rollover('switch', '--force');
    const shown = (await done('authority', 'show')) as unknown as ShownAuthority[];
    const root = shown.find(({ fingerprint256 }) => fingerprint256 === switched.new_root.fingerprint256);
    const made = shown.find(({ parent_id: parent }) => parent === root!.authority_id);
    assert.ok(made);
    return made;
  };
  return { ...vault, token, publish, switchOver };
}

test('--pkcs11-token with --successor makes the key of the intermediate on that token, and it issues from the switch on', async (t) => {
  const { token, publish, switchOver, failed, issue, certificate } = await withSuccessor(t);
  assert.doesNotMatch(token.tool('--list-objects'), /auth_/);
  await publish('--pkcs11-token', token.label);
  const made = await switchOver();
  assert.equal(made.signer, 'pkcs11');
  assert.match(made.key_location!, /^pkcs11:token=Mortise%20test;object=/);
  assert.match(token.tool('--list-objects'), new RegExp(made.authority_id));
  const { issued, chain } = await issue('after');
  assert.equal(issued['authority_id'], made.authority_id);
  const [leaf, ...certificates] = chain;
  const anchors = [certificate('new', 'root.pem')];
  const verdict = await validatePath({ leaf: leaf!, certificates, anchors, at: Date.now() });
  assert.equal(verdict.valid, true, JSON.stringify(verdict));
  token.unplug();
  const asked = ['--profile', 'server', '--authority', 'vault', '--name', 'away.example'];
  assert.match(await failed('certificate', 'issue', ...asked, '--out', 'nowhere'), /token_unusable/);
  token.plugIn();
});

const onToken = ['--pkcs11-token', 'LABEL'];

test('--successor alone makes that key on the token of the one before, or not at all', async (t) => {
  const { at, done, failed, token, publish, switchOver } = await withSuccessor(t, ...onToken);
  token.unplug();
  const publishing = ['publish', '--authority', 'vault', '--successor', at('new', 'successor.json')];
  const refused = await failed('authority', 'rollover', ...publishing);
  assert.match(refused, /token_unusable.*vault got no intermediate/);
  token.plugIn();
  await publish();
  const [request] = (await done('authority', 'requests')) as unknown as { request_id: string }[];
  assert.match(token.tool('--list-objects'), new RegExp(request!.request_id));
  assert.equal((await switchOver()).signer, 'pkcs11');
});

test('a rollover that is cancelled leaves no key on the token for the intermediate that it had asked for', async (t) => {
  const { token, publish, rollover } = await withSuccessor(t, ...onToken);
  const before = token.tool('--list-objects');
  await publish();
  assert.notEqual(token.tool('--list-objects'), before);
  await rollover('cancel');
  assert.equal(token.tool('--list-objects'), before);
});

test('--no-pkcs11-token with --successor makes that key in the database', async (t) => {
  const { token, publish, switchOver } = await withSuccessor(t, ...onToken);
  const before = token.tool('--list-objects');
  await publish('--no-pkcs11-token');
  assert.equal((await switchOver()).signer, 'file');
  assert.equal(token.tool('--list-objects'), before);
});
