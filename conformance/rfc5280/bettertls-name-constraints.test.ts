/** The situations of Netflix's BetterTLS, suite "nameconstraints": 8,754 cases, enumerated as its generator does. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type GeneralNameInput, type PeerName, validatePath } from '@mortise/x509';
import { type Holder, makeIntermediate, makeLeaf, makeRoot, NOW, p256 } from './making/authorities.ts';

const VALUES = ['none', 'valid', 'invalid'] as const;
type Value = (typeof VALUES)[number];
const TYPES = ['dns', 'ip'] as const;
type Type = (typeof TYPES)[number];

/** The name that the client asks for, and another. */
const NAMES = {
  dns: { valid: 'test.localhost', invalid: 'bad.example.com' },
  ip: { valid: '127.0.0.1', invalid: '1.1.1.1' },
} as const;
const PERMITTED = {
  dns: { valid: 'localhost', invalid: 'example.com' },
  ip: { valid: '127.0.0.0/24', invalid: '1.1.1.0/24' },
} as const;
const EXCLUDED = {
  dns: { valid: 'localhost', invalid: 'bad.example.com' },
  ip: PERMITTED.ip,
} as const;

interface LeafKind {
  readonly commonNameType: Type;
  readonly commonName: Value;
  readonly dns: Value;
  readonly ip: Value;
}

interface ConstraintsKind {
  readonly permittedDns: Value;
  readonly permittedIp: Value;
  readonly excludedDns: Value;
  readonly excludedIp: Value;
}

/** The suite accepts where the client's name is in the subjectAltName and nothing in it violates a constraint; common names do not matter. */
function isAcceptable(asked: Type, leaf: LeafKind, constraints: ConstraintsKind): boolean {
  if (leaf[asked] !== 'valid') return false;
  return (
    !violates(leaf.dns, constraints.permittedDns, constraints.excludedDns) &&
    !violates(leaf.ip, constraints.permittedIp, constraints.excludedIp)
  );
}

function violates(name: Value, permitted: Value, excluded: Value): boolean {
  if (name === 'none') return false;
  return excluded === name || (permitted !== 'none' && permitted !== name);
}

function* leaves(): Generator<LeafKind> {
  for (const commonNameType of TYPES)
    for (const commonName of VALUES)
      for (const dns of VALUES) for (const ip of VALUES) yield { commonNameType, commonName, dns, ip };
}

function* constraintKinds(): Generator<ConstraintsKind> {
  for (const permittedDns of VALUES)
    for (const permittedIp of VALUES)
      for (const excludedDns of VALUES)
        for (const excludedIp of VALUES) yield { permittedDns, permittedIp, excludedDns, excludedIp };
}

function names(
  kind: { dns: Value; ip: Value },
  values: Readonly<Record<Type, { readonly valid: string; readonly invalid: string }>>,
): GeneralNameInput[] {
  return TYPES.flatMap((type) => {
    const value = kind[type];
    return value === 'none' ? [] : [{ type, value: values[type][value] } as GeneralNameInput];
  });
}

async function makeConstrained(parent: Holder, kind: ConstraintsKind, like?: Holder): Promise<Holder> {
  const permitted = names({ dns: kind.permittedDns, ip: kind.permittedIp }, PERMITTED);
  const excluded = names({ dns: kind.excludedDns, ip: kind.excludedIp }, EXCLUDED);
  const constrained = permitted.length + excluded.length > 0;
  return await makeIntermediate(
    parent,
    { subject: 'CN=local_ica', nameConstraints: constrained ? { permitted, excluded } : undefined },
    like?.keys ?? p256(),
  );
}

describe('BetterTLS name constraints', () => {
  const intermediates: { kind: ConstraintsKind; holder: Holder }[] = [];
  const endEntities: { kind: LeafKind; holder: Holder }[] = [];
  let root: Holder;
  let local: Holder;

  before(async () => {
    root = await makeRoot({ subject: 'CN=bettertls_trust_root' });
    local = await makeIntermediate(root, { subject: 'CN=local_root' });
    for (const kind of constraintKinds()) {
      const holder = await makeConstrained(local, kind, intermediates[0]?.holder);
      intermediates.push({ kind, holder });
    }
    const keys = p256();
    for (const kind of leaves()) {
      const { commonName, commonNameType } = kind;
      const first = commonName === 'none' ? '' : `CN=${NAMES[commonNameType][commonName]},`;
      const subjectAltName = names(kind, NAMES);
      const subject = `${first}O=bettertls.com`;
      const holder = await makeLeaf(intermediates[0]!.holder, { subject, subjectAltName }, keys);
      endEntities.push({ kind, holder });
    }
  });

  for (const asked of TYPES) {
    it(`are decided as the suite wants where the client asks for the ${asked} name`, async () => {
      const name: PeerName = { type: asked, value: NAMES[asked].valid };
      let cases = 0;
      for (const { kind, holder } of endEntities) {
        for (const { kind: constraints, holder: intermediate } of intermediates) {
          const { valid } = await validatePath({
            leaf: holder.certificate,
            certificates: [intermediate.certificate, local.certificate],
            anchors: [root.certificate],
            at: NOW,
            purpose: 'serverAuth',
            name,
            policy: 'rfc5280',
          });
          const expected = isAcceptable(asked, kind, constraints);
          if (valid !== expected) assert.equal(valid, expected, JSON.stringify({ kind, constraints }));
          cases++;
        }
      }
      assert.equal(cases, 4374);
    });
  }
});
