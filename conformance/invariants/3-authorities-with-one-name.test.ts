import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Certificate } from '@mortise/x509';
import { certify, identityOf, type Keyed } from './testing/certificates.ts';
import { House, type IssuedIdentity } from './testing/house.ts';
import { basic, bearer, type Identity } from './testing/https-request.ts';

let house: House;
before(async () => {
  house = await House.start();
  await house.resource();
});
after(() => house.discard());

interface Partner {
  readonly root: Keyed;
  readonly intermediate: Keyed;
  readonly clientId: string;
}

const service = { type: 'dns', value: 'service.partner.example' } as const;
const subjectKeyIdentifier = Buffer.alloc(20, 7);

/** Every partner's CAs have the same names, serial numbers and key identifiers; only the keys differ. */
async function partner(clientId: string): Promise<Partner> {
  const serialNumber = Buffer.from([1]);
  const root = await certify('CN=Partner Root', { ca: true, serialNumber, subjectKeyIdentifier });
  const intermediate = await certify('CN=Partner Intermediate', {
    ca: true,
    issuer: root,
    serialNumber: Buffer.from([2]),
    subjectKeyIdentifier: Buffer.alloc(20, 8),
  });
  await house.client(clientId, {
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: service.value,
    tls_client_auth_trust_anchors: [root.certificate.toPem()],
  });
  return { root, intermediate, clientId };
}

const leafOf = ({ intermediate }: Pick<Partner, 'intermediate'>): Promise<Keyed> =>
  certify('CN=service', { issuer: intermediate, names: [service] });

async function statusOf(clientId: string, identity: Identity): Promise<number> {
  return (await house.token('mtls', { identity, form: { client_id: clientId } })).status;
}

test("invariant 3: one partner's CA does not speak for another partner's client, though the names are the same", async () => {
  const one = await partner('partner-one');
  const two = await partner('partner-two');
  for (const [own, other] of [
    [one, two],
    [two, one],
  ] as const) {
    const leaf = await leafOf(own);
    const identity = identityOf(leaf, own.intermediate, own.root);
    assert.equal(await statusOf(own.clientId, identity), 200);
    assert.equal(
      await statusOf(other.clientId, identity),
      401,
      'also after a verdict for the other was kept',
    );
    assert.equal((await house.reasons(other.clientId))[0], 'certificate_path_invalid');
    assert.equal(await statusOf(own.clientId, identity), 200);
  }
});

test('invariant 3: a chain mixed from CAs of one name leads nowhere', async () => {
  const one = await partner('mixed-one');
  const two = await partner('mixed-two');
  const leaf = await leafOf(one);
  for (const behind of [
    [two.intermediate],
    [two.intermediate, two.root],
    [two.intermediate, one.root],
    [one.intermediate, two.root],
    [two.root],
    [],
  ]) {
    assert.equal(await statusOf(two.clientId, identityOf(leaf, ...behind)), 401);
  }
  const everything = [two.intermediate, two.root, one.intermediate, one.root];
  assert.equal(await statusOf(two.clientId, identityOf(leaf, ...everything)), 401);
  assert.equal(
    await statusOf(one.clientId, identityOf(leaf, ...everything)),
    200,
    'the right certificates among wrong ones of the same names are found',
  );
});

test('invariant 3: a cross-certificate counts where the anchor itself signed it, and a forged one nowhere', async () => {
  const one = await partner('cross-one');
  const two = await partner('cross-two');
  const leaf = await leafOf(one);
  const { privateKey } = one.intermediate;
  const genuine = await certify('CN=Partner Intermediate', { ca: true, issuer: two.root, privateKey });
  // Signed by the wrong root of the right name.
  const forged = await certify('CN=Partner Intermediate', { ca: true, issuer: one.root, privateKey });
  assert.equal(await statusOf(two.clientId, identityOf(leaf, forged)), 401);
  assert.equal(await statusOf(two.clientId, identityOf(leaf, genuine)), 200);
  // A leaf that is no CA vouches for nobody, whoever signed it.
  const climber = await certify('CN=service', { issuer: leaf, names: [service] });
  assert.equal(await statusOf(one.clientId, identityOf(climber, leaf, one.intermediate)), 401);
});

test("invariant 3: a CA with the very names of this server's own CA is a stranger everywhere", async () => {
  const billing = await house.certified('billing');
  const secret = await house.client('keeper');
  const impostor = await impostorOf(billing);
  const administrator = await impostorOf({ ...billing, ...splitLeaf(house.administrator) });
  assert.equal(await statusOf('billing', impostor), 401);
  assert.equal(await statusOf('admin', administrator), 401);
  const bound = await house.token('mtls', { identity: impostor, headers: basic('keeper', secret) });
  assert.equal(bound.status, 401, 'it binds no token');
  const headers = bearer(await house.administratorToken());
  assert.equal(
    (await house.send('mtls', '/admin/v1/clients', { headers, identity: administrator })).status,
    401,
  );
  assert.equal((await house.send('mtls', '/nodes/v1/feed', { identity: administrator })).status, 403);
  assert.equal(await statusOf('billing', billing), 200);
});

test('invariant 3: the names of this server do not speak for a client that trusts a partner, and the other way round', async () => {
  const { clientId } = await partner('apart');
  const own = await house.certificate(clientId);
  assert.equal(await statusOf(clientId, own), 401, "this server's authority is not the partner's");
  const trusting = await partner('trusted');
  await house.certified('inside');
  const uri = { type: 'uri', value: `${house.ready.issuer}/clients/inside` } as const;
  const leaf = await certify('CN=inside', { issuer: trusting.intermediate, names: [uri] });
  assert.equal(await statusOf('inside', identityOf(leaf, trusting.intermediate, trusting.root)), 401);
});

test('invariant 3: one matcher under one key is one client, and under two keys of one name it is two', async () => {
  const one = await partner('unique-one');
  const metadata = {
    client_id: 'unique-again',
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: service.value,
    tls_client_auth_trust_anchors: [one.root.certificate.toPem()],
  };
  const taken = await house.ask('POST', '/clients', metadata);
  assert.equal(taken.status, 409);
  assert.equal(taken.body['code'], 'matcher_taken');
  // The same key under another certificate and name is the same anchor.
  const renamed = await certify('CN=Renamed', { ca: true, privateKey: one.root.privateKey });
  const again = await house.ask('POST', '/clients', {
    ...metadata,
    tls_client_auth_trust_anchors: [renamed.certificate.toPem()],
  });
  assert.equal(again.status, 409);
  await partner('unique-two');
});

/** A certificate with every name of `genuine` and of its issuers, from other keys. */
async function impostorOf(genuine: IssuedIdentity): Promise<Identity> {
  const [leaf, intermediate] = Certificate.parseAll(genuine.cert) as [Certificate, Certificate];
  const [root] = Certificate.parseAll(house.ca) as [Certificate];
  const copyOf = (certificate: Certificate, issuer?: Keyed): Promise<Keyed> =>
    certify(certificate.subject, {
      ca: true,
      ...(issuer !== undefined && { issuer }),
      serialNumber: Buffer.from(certificate.serialNumber, 'hex'),
      subjectKeyIdentifier: certificate.subjectKeyIdentifier!,
    });
  const falseRoot = await copyOf(root);
  const falseIntermediate = await copyOf(intermediate, falseRoot);
  const [name] = leaf.subjectAltName ?? [];
  assert.equal(name?.type, 'uri');
  const falseLeaf = await certify(leaf.subject, {
    issuer: falseIntermediate,
    names: [{ type: 'uri', value: String((name as { value: unknown }).value) }],
    serialNumber: Buffer.from(leaf.serialNumber, 'hex'),
    subjectKeyIdentifier: leaf.subjectKeyIdentifier!,
  });
  return identityOf(falseLeaf, falseIntermediate, falseRoot);
}

function splitLeaf({ cert, key }: Identity): Pick<IssuedIdentity, 'cert' | 'key' | 'leaf'> {
  return { cert, key, leaf: cert };
}
