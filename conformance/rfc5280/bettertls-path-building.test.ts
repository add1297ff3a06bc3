/**
 * The situations of Netflix's BetterTLS, suite "pathbuilding": its graphs of cross-certificates, with every certificate of them, and every
 * two, invalid for each of its reasons, from every anchor.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Certificate, validatePath } from '@mortise/x509';
import {
  DAY_MS,
  type Fields,
  type Holder,
  type KeyPair,
  makeIntermediate,
  makeLeaf,
  makeRoot,
  NOW,
  p256,
} from './making/authorities.ts';
import { signWithSha1 } from './making/resign.ts';
import { type Edge, GRAPHS, isReachable, nodesOf, type TrustGraph } from './making/trust-graphs.ts';

const REASONS: Readonly<Record<string, Fields>> = {
  'it has expired': { notAfter: NOW - DAY_MS },
  'its name constraints permit another domain': {
    nameConstraints: { permitted: [{ type: 'dns', value: 'bad.example.com' }] },
  },
  'its purpose is mail': { extendedKeyUsage: ['emailProtection'] },
  'it has no basic constraints': { basicConstraints: undefined },
  'it is no CA': { basicConstraints: { ca: false } },
  'it is signed with SHA-1': {},
};

/** What makes an issuer invalid says nothing of an end entity. */
const OF_ISSUERS_ALONE = [
  'its name constraints permit another domain',
  'it has no basic constraints',
  'it is no CA',
];

/** The certificates of one graph, sound and invalid, made when they are first asked for. */
class GraphCertificates {
  readonly #keys = new Map<string, KeyPair>();
  readonly #made = new Map<string, Promise<Certificate>>();

  #keysOf(node: string): KeyPair {
    let keys = this.#keys.get(node);
    if (keys === undefined) {
      keys = p256();
      this.#keys.set(node, keys);
    }
    return keys;
  }

  anchor(node: string): Promise<Certificate> {
    return this.#once(node, async () => (await this.#anchor(node)).certificate);
  }

  of(edge: Edge, reason: string | undefined): Promise<Certificate> {
    return this.#once(`${edge}: ${reason}`, () => this.#make(edge, reason));
  }

  async #anchor(node: string): Promise<Holder> {
    return await makeRoot({ subject: `CN=${node}` }, this.#keysOf(node));
  }

  async #make([issuer, subject]: Edge, reason: string | undefined): Promise<Certificate> {
    const parent = await this.#anchor(issuer);
    const overrides = { subject: `CN=${subject}`, ...(reason === undefined ? {} : REASONS[reason]) };
    const keys = this.#keysOf(subject);
    const subjectAltName = [{ type: 'dns', value: 'localhost' }] as const;
    const { certificate } =
      subject === 'EE'
        ? await makeLeaf(parent, { subjectAltName, ...overrides }, keys)
        : await makeIntermediate(parent, overrides, keys);
    return reason === 'it is signed with SHA-1' ? signWithSha1(certificate, parent.keys) : certificate;
  }

  #once(key: string, make: () => Promise<Certificate>): Promise<Certificate> {
    let certificate = this.#made.get(key);
    if (certificate === undefined) {
      certificate = make();
      this.#made.set(key, certificate);
    }
    return certificate;
  }
}

/** None, one or two edges; in the bridge one, because its pairs are a thousand and say no more. */
function* invalidEdges({ edges }: TrustGraph): Generator<readonly Edge[]> {
  yield [];
  for (const [index, edge] of edges.entries()) {
    yield [edge];
    if (edges.length < 10) for (const other of edges.slice(index + 1)) yield [edge, other];
  }
}

describe('BetterTLS path building', () => {
  for (const graph of GRAPHS) {
    const made = new GraphCertificates();
    const anchors = nodesOf(graph).filter((node) => node !== 'EE');

    for (const reason of Object.keys(REASONS)) {
      it(`finds what is reachable, and nothing else, in ${graph.name} where a certificate is invalid: ${reason}`, async () => {
        for (const invalid of invalidEdges(graph)) {
          if (OF_ISSUERS_ALONE.includes(reason) && invalid.some(([, subject]) => subject === 'EE')) continue;
          const certificates: Certificate[] = [];
          let leaf: Certificate | undefined;
          for (const edge of graph.edges) {
            const certificate = await made.of(edge, invalid.includes(edge) ? reason : undefined);
            if (edge[1] === 'EE') leaf = certificate;
            else certificates.push(certificate);
          }
          for (const anchor of anchors) {
            const { valid } = await validatePath({
              leaf: leaf!,
              certificates,
              anchors: [await made.anchor(anchor)],
              at: NOW,
              purpose: 'serverAuth',
              name: { type: 'dns', value: 'localhost' },
              policy: 'rfc5280',
            });
            const expected = isReachable(graph, anchor, invalid);
            if (valid !== expected)
              assert.equal(valid, expected, `${anchor} without ${invalid.join(' and ')}`);
          }
        }
      });
    }
  }
});
