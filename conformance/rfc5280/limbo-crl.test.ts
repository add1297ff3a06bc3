/** The situations that x509-limbo has gained since 2023: CRLs. Each is decided by the policy that its name begins with. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeDer, Name, type PathValidation, type ValidationPolicy, validatePath } from '@mortise/x509';
import {
  DAY_MS,
  type Fields,
  type Holder,
  makeIntermediate,
  makeLeaf,
  makeRoot,
  NOW,
} from './making/authorities.ts';
import {
  extension,
  extensions,
  type Field,
  flag,
  fullName,
  generalizedTime,
  issuingDistributionPoint,
  rawCrl,
  sequence,
  sha256,
  version,
} from './making/raw-crl.ts';

const URI = 'http://example.com/partition.crl';
const unknown = (critical: boolean): Field => extension('1.3.6.1.4.1.55738.666.1', critical, Buffer.alloc(0));
const crlNumber = (critical = false): Field =>
  extension(
    '2.5.29.20',
    critical,
    encodeDer((w) => w.integer(12345)),
  );

interface CrlOptions {
  readonly version?: Field;
  readonly issuer?: Holder;
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | 'absent';
  readonly generalized?: boolean;
  readonly revoked?: readonly Field[];
  readonly number?: Field | 'absent';
  readonly extensions?: readonly Field[];
}

function crl(signer: Holder, options: CrlOptions = {}): Buffer {
  const {
    thisUpdate = NOW - DAY_MS,
    nextUpdate = NOW + 30 * DAY_MS,
    revoked = [],
    number = crlNumber(),
  } = options;
  const list = [...(number === 'absent' ? [] : [number]), ...(options.extensions ?? [])];
  const time = (at: number): Field =>
    options.generalized
      ? generalizedTime(new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, ''))
      : (writer) => writer.time(at);
  const fields = [
    options.version ?? version(1),
    sha256,
    (writer) => writer.raw((options.issuer ?? signer).certificate.subject.der),
    time(thisUpdate),
    ...(nextUpdate === 'absent' ? [] : [time(nextUpdate)]),
    ...(revoked.length === 0 ? [] : [sequence(...revoked)]),
    ...(list.length === 0 ? [] : [extensions(...list)]),
  ] satisfies readonly Field[];
  return rawCrl(fields, signer.keys);
}

function entry(serial: Uint8Array, at = NOW - DAY_MS, ...more: readonly Field[]): Field {
  return sequence(
    (writer) => writer.integer(serial),
    (writer) => writer.time(at),
    ...more,
  );
}

const somebody = entry(Buffer.from('0123456789', 'hex'));
const partition = (...fields: readonly Field[]): readonly Field[] => [issuingDistributionPoint(...fields)];

interface Situation {
  readonly root?: Fields;
  readonly leaf?: Fields;
  /** Between root and leaf. */
  readonly intermediate?: boolean;
  readonly crls: (made: {
    root: Holder;
    issuer: Holder;
    leaf: Holder;
  }) => readonly Buffer[] | Promise<readonly Buffer[]>;
  readonly accepted?: true;
}

const cdp = (...uris: readonly string[]): Fields => ({ crlDistributionPoints: uris });

/** The certificate's one distribution point, with a name that is no URI beside the URI. */
const pointWithHost: Fields = {
  extensions: [
    {
      oid: '2.5.29.31',
      value: encodeDer(
        sequence(
          sequence((writer) =>
            writer.constructed(0xa0, () =>
              writer.constructed(0xa0, () => {
                writer.string(0x86, URI);
                writer.string(0x82, 'example.com');
              }),
            ),
          ),
        ),
      ),
    },
  ],
};

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'rfc5280::crl::revoked-certificate-with-crl': {
    crls: ({ root, leaf }) => [crl(root, { revoked: [entry(leaf.certificate.serialBytes)] })],
  },
  'rfc5280::crl::crlnumber-missing': { crls: ({ root }) => [crl(root, { number: 'absent' })] },
  'rfc5280::crl::crlnumber-critical': { crls: ({ root }) => [crl(root, { number: crlNumber(true) })] },
  'rfc5280::crl::certificate-not-on-crl': {
    crls: ({ root }) => [crl(root, { revoked: [somebody] })],
    accepted: true,
  },
  'rfc5280::crl::certificate-serial-on-crl-different-issuer': {
    crls: async ({ root, leaf }) => [
      crl(root),
      crl(await makeRoot({ subject: 'CN=Root 2' }), { revoked: [entry(leaf.certificate.serialBytes)] }),
    ],
    accepted: true,
  },
  'rfc5280::crl::issuer-missing-crlsign': {
    root: { keyUsage: ['keyCertSign'] },
    crls: ({ root }) => [crl(root, { revoked: [somebody] })],
  },
  'rfc5280::crl::issuer-no-keyusage-extension': {
    root: { keyUsage: undefined },
    crls: ({ root }) => [crl(root, { revoked: [somebody] })],
    accepted: true,
  },
  'rfc5280::crl::crl-invalid-signature': {
    crls: async ({ root }) => [crl(await makeRoot({ subject: 'CN=Nobody' }), { issuer: root })],
  },
  'rfc5280::crl::crl-empty': { crls: ({ root }) => [crl(root)], accepted: true },
  'rfc5280::crl::crl-very-large': {
    crls: ({ root }) => {
      const serials = Array.from({ length: 10_000 }, (_, n) =>
        Buffer.from((n + 0x1000000).toString(16).padStart(8, '0'), 'hex'),
      );
      return [crl(root, { revoked: serials.map((serial) => entry(serial)) })];
    },
    accepted: true,
  },
  'rfc5280::crl::crl-unknown-critical-extension': {
    crls: ({ root }) => [crl(root, { extensions: [unknown(true)] })],
  },
  'rfc5280::crl::crl-unknown-noncritical-extension': {
    crls: ({ root }) => [crl(root, { extensions: [unknown(false)] })],
    accepted: true,
  },
  'rfc5280::crl::entry-unknown-critical-extension': {
    crls: ({ root, leaf }) => [
      crl(root, { revoked: [entry(leaf.certificate.serialBytes, NOW, sequence(unknown(true)))] }),
    ],
  },
  'rfc5280::crl::entry-unknown-noncritical-extension': {
    crls: ({ root, leaf }) => [
      crl(root, { revoked: [entry(leaf.certificate.serialBytes, NOW, sequence(unknown(false)))] }),
    ],
  },
  'rfc5280::crl::this-update-in-future': {
    crls: ({ root }) => [crl(root, { thisUpdate: NOW + DAY_MS })],
  },
  'rfc5280::crl::next-update-in-past': {
    crls: ({ root }) => [crl(root, { thisUpdate: NOW - 60 * DAY_MS, nextUpdate: NOW - 30 * DAY_MS })],
  },
  'rfc5280::crl::revocation-date-in-future': {
    crls: ({ root, leaf }) => [crl(root, { revoked: [entry(leaf.certificate.serialBytes, NOW + DAY_MS)] })],
  },
  'rfc5280::crl::revocation-date-before-not-before': {
    leaf: { notBefore: NOW - 30 * DAY_MS },
    crls: ({ root, leaf }) => [
      crl(root, { revoked: [entry(leaf.certificate.serialBytes, NOW - 60 * DAY_MS)] }),
    ],
  },
  'rfc5280::crl::crl-validity-no-overlap': {
    leaf: { notBefore: NOW - 30 * DAY_MS },
    crls: ({ root }) => [crl(root, { thisUpdate: NOW - 365 * DAY_MS, nextUpdate: NOW - 180 * DAY_MS })],
  },
  'rfc5280::crl::crl-invalid-version': {
    crls: ({ root, leaf }) => [
      crl(root, { version: version(4), revoked: [entry(leaf.certificate.serialBytes)] }),
    ],
    accepted: true,
  },
  'rfc5280::crl::crl-update-generalizedtime-2025': {
    crls: ({ root, leaf }) => [
      crl(root, { generalized: true, revoked: [entry(leaf.certificate.serialBytes)] }),
    ],
    accepted: true,
  },
  'rfc5280::crl::crl-missing-next-update': {
    crls: ({ root, leaf }) => [
      crl(root, { nextUpdate: 'absent', revoked: [entry(leaf.certificate.serialBytes)] }),
    ],
    accepted: true,
  },
  'rfc5280::crl::idp-cdp-scope-mismatch': {
    leaf: cdp('http://example.com/cdp.crl'),
    crls: ({ root }) => [crl(root, { extensions: partition(fullName('http://example.com/other.crl')) })],
  },
  'rfc5280::crl::idp-cdp-scope-match': {
    leaf: cdp(URI),
    crls: ({ root }) => [crl(root, { extensions: partition(fullName(URI)) })],
    accepted: true,
  },
  'rfc5280::crl::idp-only-contains-user-certs-ca-target': {
    intermediate: true,
    crls: ({ root, issuer }) => [crl(root, { extensions: partition(flag(1)) }), crl(issuer)],
  },
  'rfc5280::crl::idp-only-contains-ca-certs-ee-target': {
    crls: ({ root }) => [crl(root, { extensions: partition(flag(2)) })],
  },
  'rfc5280::crl::idp-only-contains-attribute-certs': {
    crls: ({ root }) => [crl(root, { extensions: partition(flag(5)), revoked: [somebody] })],
  },
  'rfc5280::crl::idp-present-certificate-missing-cdp': {
    crls: ({ root }) => [crl(root, { extensions: partition(fullName(URI)) })],
  },
  'webpki::crl::idp-present-certificate-cdp-non-uri-generalname': {
    leaf: pointWithHost,
    crls: ({ root }) => [crl(root, { extensions: partition(fullName(URI)) })],
  },
  'webpki::crl::crl-duplicate-revoked-serial': {
    crls: ({ root }) => [crl(root, { revoked: [somebody, somebody] })],
  },
  'webpki::crl::idp-name-relative-to-crl-issuer': {
    crls: ({ root }) => [
      crl(root, {
        extensions: partition((writer) =>
          writer.constructed(0xa0, () => {
            const set = Name.parse('CN=partition').der.subarray(2);
            writer.constructed(0xa1, () => writer.raw(set.subarray(2)));
          }),
        ),
      }),
    ],
  },
  'webpki::crl::idp-fullname-non-uri-generalname': {
    leaf: cdp(URI),
    crls: ({ root }) => [
      crl(root, {
        extensions: partition((writer) =>
          writer.constructed(0xa0, () =>
            writer.constructed(0xa0, () => {
              writer.string(0x86, URI);
              writer.string(0x82, 'example.com');
            }),
          ),
        ),
      }),
    ],
  },
  'webpki::crl::idp-indirect-crl': {
    leaf: cdp(URI),
    crls: ({ root }) => [crl(root, { extensions: partition(fullName(URI), flag(4)) })],
  },
  'webpki::crl::idp-only-some-reasons-no-complete-crl': {
    leaf: cdp(URI),
    crls: ({ root }) => [
      crl(root, {
        extensions: partition(fullName(URI), (writer) => writer.primitive(0x83, Buffer.from('0640', 'hex'))),
      }),
    ],
  },
  'webpki::crl::idp-uri-not-byte-identical': {
    leaf: cdp('http://example.com/crls/%73hard.crl'),
    crls: ({ root }) => [crl(root, { extensions: partition(fullName('http://example.com/crls/shard.crl')) })],
  },
};

async function decide(situation: Situation, policy: ValidationPolicy): Promise<PathValidation> {
  const root = await makeRoot(situation.root);
  const issuer = situation.intermediate ? await makeIntermediate(root) : root;
  const leaf = await makeLeaf(issuer, situation.leaf);
  return await validatePath({
    leaf: leaf.certificate,
    certificates: issuer === root ? [] : [issuer.certificate],
    anchors: [root.certificate],
    at: NOW,
    purpose: 'serverAuth',
    name: { type: 'dns', value: 'example.com' },
    policy,
    crls: await situation.crls({ root, issuer, leaf }),
  });
}

/** The Baseline Requirements demand a key usage of every CA. */
const OF_RFC_5280_ALONE = ['rfc5280::crl::issuer-no-keyusage-extension'];
/** Only the Baseline Requirements forbid it. */
const OF_WEBPKI_ALONE = ['webpki::crl::crl-duplicate-revoked-serial'];

describe('the CRLs of x509-limbo', () => {
  for (const [id, situation] of Object.entries(SITUATIONS)) {
    it(`${id} is right under the policy that fits it, and under the other as far as it says the same`, async () => {
      const expected = situation.accepted === true;
      for (const policy of ['rfc5280', 'webpki'] as const) {
        if (policy === 'webpki' && OF_RFC_5280_ALONE.includes(id)) continue;
        if (policy === 'rfc5280' && OF_WEBPKI_ALONE.includes(id)) continue;
        const result = await decide(situation, policy);
        const why = result.valid
          ? 'accepted'
          : result.failures.map(({ code, message }) => `${code}: ${message}`).join('; ');
        assert.equal(result.valid, expected, `${policy}: ${why}`);
      }
    });
  }
});
