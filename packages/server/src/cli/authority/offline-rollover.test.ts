import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Certificate, checkRevocation, OID, validatePath } from '@mortise/x509';
import { startTestServer } from '../../start/testing/running-server.ts';
import { openVault } from '../testing/open-vault.ts';
import { runCommand } from '../testing/run-command.ts';

test('a root that is kept offline is rolled over with proof: the new one and both cross-certificates come from where its key is', async (t) => {
  const vault = await openVault(t);
  const { at, done, failed, offline, rollover, issue, certificate } = vault;
  const step = (...argv: string[]): Promise<string> =>
    failed('authority', 'rollover', ...argv, '--authority', 'vault');
  const first = await issue('first');
  const oldRoot = certificate('old', 'root.pem');

  assert.match(await step('publish'), /root_unusable.*sign-rollover/);
  assert.match(await failed('authority', 'rollover', 'request', '--out', at('x')), /root_unusable/);
  assert.match(await step('request'), /--out/);
  const request = at('rollover-request.json');
  await rollover('request', '--out', request);
  await offline('old', 'sign-rollover', '--request', request, '--out', at('new'), '--key-type', 'ec-p384');
  assert.equal(statSync(at('new', 'root-key.pem')).mode & 0o777, 0o600);
  const newRoot = certificate('new', 'root.pem');

  const successor = at('new', 'successor.json');
  const tampered = { ...(JSON.parse(readFileSync(successor, 'utf8')) as object), root: oldRoot.toPem() };
  writeFileSync(at('tampered.json'), JSON.stringify(tampered));
  assert.match(await step('publish', '--successor', at('tampered.json')), /successor_invalid/);
  assert.match(await step('publish', '--successor', request), /request_invalid/);
  const published = await rollover('publish', '--successor', successor);
  assert.equal(published.phase, 'published');
  assert.equal(published.new_root.fingerprint256, newRoot.fingerprint256);
  assert.match(await step('publish', '--successor', successor), /rollover_in_progress/);
  assert.match(await step('request', '--out', request), /rollover_in_progress/);

  assert.match(await failed('authority', 'crl-request', 'vault', '--out', at('x')), /root_ambiguous/);

  // Observe: the administrator's folder is kept by the server, and reports.
  while ((await rollover('status')).blocking.length > 0);
  assert.match(await step('switch'), /intermediate_missing/);
  await done('authority', 'import', '--certificate', await vault.signIntermediate('new'));
  const between = await issue('between');
  assert.equal(between.issued['authority_id'], first.issued['authority_id']);
  const switched = await rollover('switch');
  assert.equal(switched.phase, 'switched');

  const { chain } = await issue('second');
  const [leaf, ...intermediates] = chain;
  assert.ok(intermediates[0]!.issuer.equals(newRoot.subject));
  const bounds = [first.chain[1]!, intermediates[0]!].map((one) => one.extension(OID.nameConstraints)?.value);
  assert.ok(bounds[0]?.equals(bounds[1]!));
  const cross = Certificate.parse(switched.cross_certificates.new_by_old!);
  const back = Certificate.parse(switched.cross_certificates.old_by_new);
  const now = Date.now();
  for (const [path, anchor] of [
    [intermediates, newRoot],
    [[...intermediates, cross], oldRoot],
  ] as const) {
    const verdict = await validatePath({ leaf: leaf!, certificates: path, anchors: [anchor], at: now });
    assert.equal(verdict.valid, true, JSON.stringify(verdict));
  }
  const [formerLeaf, ...former] = first.chain;
  const verdict = await validatePath({
    leaf: formerLeaf!,
    certificates: [...former, back],
    anchors: [newRoot],
    at: now,
  });
  assert.equal(verdict.valid, true);

  while ((await rollover('status')).blocking.includes('admin'));
  assert.match(await step('retire'), /rollover_not_ready.*between\.example, first\.example/);
  const waived = ['--waive', 'first.example', '--waive', 'between.example'];
  assert.equal((await rollover('retire', ...waived)).phase, 'retired');

  // What was ended is on the CRL that the new root signs.
  const crls = (await done('authority', 'crls')) as unknown as { authority_id: string; state: string }[];
  assert.equal(crls.length, 2);
  const crlRequest = at('crl-request.json');
  await done('authority', 'crl-request', 'vault', '--out', crlRequest);
  await offline('new', 'sign-crl', '--request', crlRequest, '--out', at('new', 'root.der'));
  await done('authority', 'import-crl', '--crl', at('new', 'root.der'));
  const found = await checkRevocation({
    certificate: back,
    issuer: newRoot,
    crls: [readFileSync(at('new', 'root.der'))],
    at: Date.now(),
  });
  assert.equal(found.status, 'revoked');
  assert.equal(
    (await issue('third')).issued['authority_id'],
    switchedIssuer(chain, await done('authority', 'show')),
  );
});

/** The id of the authority that is the first issuer of a chain. */
function switchedIssuer(chain: readonly Certificate[], authorities: unknown): string | undefined {
  return (authorities as { authority_id: string; fingerprint256: string }[]).find(
    ({ fingerprint256 }) => fingerprint256 === chain[1]!.fingerprint256,
  )?.authority_id;
}

test('a rollover of an offline root is cancelled: its intermediate never issues, and what it certified is on the CRL of the old root', async (t) => {
  const { at, done, failed, offline, rollover, issue, signIntermediate } = await openVault(t);
  const request = at('rollover-request.json');
  await rollover('request', '--out', request);
  await offline('old', 'sign-rollover', '--request', request, '--out', at('new'));
  await rollover('publish', '--successor', at('new', 'successor.json'));
  await done('authority', 'import', '--certificate', await signIntermediate('new'));
  assert.equal((await rollover('cancel')).phase, 'cancelled');
  const { chain } = await issue('after');
  const oldRoot = Certificate.parse(readFileSync(at('old', 'root.pem')));
  assert.ok(chain[1]!.issuer.equals(oldRoot.subject));
  assert.match(await failed('authority', 'rollover', 'switch', '--authority', 'vault'), /step_out_of_order/);
  const crls = (await done('authority', 'crls')) as unknown as { lacking: number }[];
  assert.ok(crls.some(({ lacking }) => lacking === 1));
});

test('what a new offline root has still to sign goes with it when its rollover is cancelled, and a root with what it was asked for when it is revoked', async (t) => {
  const { at, done, failed, offline, rollover } = await openVault(t);
  const asked = async () =>
    ((await done('authority', 'requests')) as unknown as { name: string }[]).map(({ name }) => name);
  const request = at('rollover-request.json');
  await rollover('request', '--out', request);
  await offline('old', 'sign-rollover', '--request', request, '--out', at('new'));
  await rollover('publish', '--successor', at('new', 'successor.json'));
  await done('authority', 'create', 'vault');
  await done('authority', 'requests', '--out', at('requests'));
  assert.deepEqual(await asked(), ['vault', 'vault']);
  assert.equal((await rollover('cancel')).phase, 'cancelled');
  // That of the old root is still wanted.
  const [left, ...others] = await done('authority', 'requests').then(
    (shown) => shown as unknown as { request_id: string; parent_id: string }[],
  );
  assert.deepEqual(others, []);
  const shown = (await done('authority', 'show')) as unknown as {
    authority_id: string;
    fingerprint256: string;
  }[];
  const oldRoot = Certificate.parse(readFileSync(at('old', 'root.pem')));
  const parent = shown.find(({ fingerprint256 }) => fingerprint256 === oldRoot.fingerprint256);
  assert.equal(left!.parent_id, parent!.authority_id);
  await done('authority', 'revoke', 'vault');
  assert.deepEqual(await asked(), []);
  assert.match(await failed('authority', 'cancel', left!.request_id), /request_unknown/);
});

test('the intermediate under the new root has the name constraints of the one that it follows, also where the root is online', async (t) => {
  const server = await startTestServer();
  t.after(() => server.discard());
  const mortise = async (...argv: string[]) => {
    const result = await runCommand(['authority', ...argv, '--data', server.data, '--json']);
    assert.equal(result.status, 0, result.stderr);
    return result.json();
  };
  await mortise('create', 'partners', '--permitted-name', 'dns:partners.example');
  await mortise('rollover', 'publish', '--authority', 'partners');
  await mortise('rollover', 'switch', '--authority', 'partners', '--force');
  const shown = (await mortise('show')) as unknown as { name: string; kind: string; certificate: string }[];
  const constraints = shown
    .filter(({ name, kind }) => name === 'partners' && kind === 'intermediate')
    .map(({ certificate }) => Certificate.parse(certificate).extension(OID.nameConstraints)?.value);
  assert.equal(constraints.length, 2);
  assert.ok(constraints[0]?.equals(constraints[1]!));
});
