/** The certificates of Chromium's CRL cases, and the cases by its names. */
import { encodeDer, Name } from '@mortise/x509';
import { type Fields, type Holder, makeIntermediate, makeLeaf, makeRoot } from './authorities.ts';
import {
  extension,
  extensions,
  type Field,
  flag,
  fullName,
  garbage,
  generalizedTime,
  issuer,
  issuingDistributionPoint,
  octets,
  sequence,
  sha256,
  sha384,
  utcTime,
  version,
} from './raw-crl.ts';
import { asVersion1 } from './resign.ts';

const URI = 'http://example.com/foo.crl';
const VALIDITY = { notBefore: Date.UTC(2017, 0, 1), notAfter: Date.UTC(2018, 0, 1) };
const LEAF: Fields = {
  ...VALIDITY,
  subject: 'CN=Test Cert',
  basicConstraints: { ca: false },
  crlDistributionPoints: [URI],
  extendedKeyUsage: undefined,
  subjectAltName: undefined,
};

/** Everybody whom the cases speak of. */
export interface People {
  readonly ca: Holder;
  /** The same authority and key with another certificate. */
  readonly withoutKeyUsage: Holder;
  readonly withoutCrlSign: Holder;
  readonly other: Holder;
  /** The authority with a new key, certified by its old one. */
  readonly rolledOver: Holder;
  readonly leaf: Holder;
  readonly leafWithoutBasicConstraints: Holder;
  readonly leafWithoutPoints: Holder;
  readonly leafWithCrlIssuer: Holder;
  readonly leafOfVersion1: Holder;
  readonly leafByNewKey: Holder;
}

export async function makePeople(): Promise<People> {
  const root = await makeRoot({ ...VALIDITY, subject: 'CN=Test CA' });
  const authority: Fields = { ...VALIDITY, subject: 'CN=Test Intermediate CA' };
  const ca = await makeIntermediate(root, authority);
  const rolledOver = await makeIntermediate(ca, { ...authority, crlDistributionPoints: [URI] });
  const leaf = await makeLeaf(ca, LEAF);
  const withoutPoints = { ...LEAF, crlDistributionPoints: undefined };
  return {
    ca,
    withoutKeyUsage: await makeIntermediate(root, { ...authority, keyUsage: undefined }, ca.keys),
    withoutCrlSign: await makeIntermediate(root, { ...authority, keyUsage: ['keyCertSign'] }, ca.keys),
    other: await makeIntermediate(root, { ...authority, subject: 'CN=Test Other Intermediate CA' }),
    rolledOver,
    leaf,
    leafWithoutBasicConstraints: await makeLeaf(ca, { ...LEAF, basicConstraints: undefined }),
    leafWithoutPoints: await makeLeaf(ca, withoutPoints),
    leafWithCrlIssuer: await makeLeaf(ca, {
      ...withoutPoints,
      extensions: [{ oid: '2.5.29.31', value: pointWithCrlIssuer() }],
    }),
    leafOfVersion1: { ...leaf, certificate: asVersion1(leaf.certificate, ca.keys) },
    leafByNewKey: await makeLeaf(rolledOver, LEAF),
  };
}

function pointWithCrlIssuer(): Buffer {
  const name = Name.parse('CN=Test CRL Issuer CA').der;
  const crlIssuer: Field = (writer) =>
    writer.constructed(0xa2, () => writer.constructed(0xa4, () => writer.raw(name)));
  return encodeDer(sequence(sequence(fullName(URI), crlIssuer)));
}

/** A CRL, and what it is about where that is not `leaf` by `ca`, whose CRL `ca` signed. */
export interface Case {
  readonly fields: readonly Field[];
  readonly about?: keyof People;
  readonly by?: keyof People;
  readonly signer?: keyof People;
  /** Another certificate of the issuer, with its old key. */
  readonly older?: keyof People;
}

const thisUpdate = utcTime('170302001122Z');
const nextUpdate = utcTime('170602001122Z');
const revokedAt = utcTime('170201001122Z');
const byCa = issuer('CN=Test Intermediate CA');
const head = [version(1), sha256, byCa, thisUpdate, nextUpdate];
const headWithoutNextUpdate = [version(1), sha256, byCa, thisUpdate];
const unknown = extension('1.2.3.4', false, Buffer.from('5678', 'hex'));
const unknownCritical = extension('1.2.3.4', true, Buffer.from('5678', 'hex'));
const point = (...fields: readonly Field[]): Field => extensions(issuingDistributionPoint(...fields));

const OTHER = Buffer.from('0186a1', 'hex');

/** The cases; an entry is about `serials.leaf`, or `serials.byNewKey`. */
export function makeCases(serials: {
  leaf: Uint8Array;
  byNewKey: Uint8Array;
}): Readonly<Record<string, Case>> {
  const entry = (serial: Uint8Array, ...more: readonly Field[]): Field =>
    sequence((writer) => writer.integer(serial), revokedAt, ...more);
  const { leaf, byNewKey } = serials;
  const listed = sequence(entry(OTHER), entry(leaf), entry(OTHER));
  const rolledOver = { about: 'leafByNewKey', by: 'rolledOver', older: 'ca' } as const;
  /** The leaf's entry, and behind it one that is garbage. */
  const listedBefore = (field: Field): Field => sequence(entry(leaf), field);
  return {
    good: { fields: head },
    good_issuer_name_normalization: {
      fields: [version(1), sha256, issuer('CN=tEST  iNTERMEDIATE ca'), thisUpdate, nextUpdate],
    },
    good_issuer_no_keyusage: { fields: head, by: 'withoutKeyUsage' },
    good_no_nextupdate: { fields: headWithoutNextUpdate },
    good_fake_extension: { fields: [...head, extensions(unknown)] },
    good_fake_extension_no_nextupdate: { fields: [...headWithoutNextUpdate, extensions(unknown)] },
    good_generalizedtime: {
      fields: [
        version(1),
        sha256,
        byCa,
        generalizedTime('20170302001122Z'),
        generalizedTime('20170602001122Z'),
      ],
    },
    good_no_version: { fields: head.slice(1) },
    good_no_crldp: { fields: head, about: 'leafWithoutPoints' },
    good_key_rollover: { fields: head, ...rolledOver },
    good_idp_contains_uri: {
      fields: [...head, point(fullName('http://zexample.com/foo.crl', URI, 'http://aexample.com/foo.crl'))],
    },
    good_idp_onlycontainsusercerts: { fields: [...head, point(flag(1))] },
    good_idp_onlycontainsusercerts_no_basic_constraints: {
      fields: [...head, point(flag(1))],
      about: 'leafWithoutBasicConstraints',
    },
    good_idp_onlycontainscacerts: { fields: [...head, point(flag(2))], about: 'rolledOver' },
    good_idp_uri_and_onlycontainsusercerts: { fields: [...head, point(fullName(URI), flag(1))] },
    good_idp_uri_and_onlycontainscacerts: {
      fields: [...head, point(fullName(URI), flag(2))],
      about: 'rolledOver',
    },
    revoked: { fields: [...head, listed] },
    revoked_no_nextupdate: { fields: [...headWithoutNextUpdate, listed] },
    revoked_fake_crlentryextension: {
      fields: [...head, sequence(entry(OTHER), entry(leaf, sequence(unknown)))],
    },
    revoked_generalized_revocationdate: {
      fields: [
        ...head,
        sequence(sequence((writer) => writer.integer(leaf), generalizedTime('20170201001122Z'))),
      ],
    },
    revoked_key_rollover: {
      fields: [...head, sequence(entry(byNewKey))],
      ...rolledOver,
    },
    bad_crldp_has_crlissuer: { fields: head, about: 'leafWithCrlIssuer' },
    bad_fake_critical_extension: { fields: [...headWithoutNextUpdate, extensions(unknownCritical)] },
    bad_fake_critical_crlentryextension: {
      fields: [...head, sequence(entry(leaf), entry(OTHER, sequence(unknownCritical)))],
    },
    bad_signature: { fields: head, signer: 'other' },
    bad_thisupdate_in_future: { fields: [version(1), sha256, byCa, utcTime('170310001122Z'), nextUpdate] },
    bad_thisupdate_too_old: { fields: [version(1), sha256, byCa, utcTime('170301001122Z'), nextUpdate] },
    bad_nextupdate_too_old: { fields: [version(1), sha256, byCa, thisUpdate, utcTime('170308001122Z')] },
    bad_wrong_issuer: {
      fields: [version(1), sha256, issuer('CN=Test Unrelated CA'), thisUpdate, nextUpdate],
    },
    bad_key_rollover_signature: {
      fields: head,
      ...rolledOver,
      signer: 'other',
    },
    bad_idp_contains_wrong_uri: { fields: [...head, point(fullName('http://example.com/FOO.CRL'))] },
    bad_idp_indirectcrl: { fields: [...head, point(fullName(URI), flag(4))] },
    bad_idp_onlycontainscacerts: { fields: [...head, point(flag(2))] },
    bad_idp_onlycontainscacerts_no_basic_constraints: {
      fields: [...head, point(flag(2))],
      about: 'leafWithoutBasicConstraints',
    },
    bad_idp_onlycontainsusercerts: { fields: [...head, point(flag(1))], about: 'rolledOver' },
    bad_idp_uri_and_onlycontainsusercerts: {
      fields: [...head, point(fullName(URI), flag(1))],
      about: 'rolledOver',
    },
    bad_idp_uri_and_onlycontainscacerts: { fields: [...head, point(fullName(URI), flag(2))] },
    invalid_mismatched_signature_algorithm: { fields: [version(1), sha384, byCa, thisUpdate, nextUpdate] },
    invalid_revoked_empty_sequence: { fields: [...head, sequence()] },
    invalid_v1_with_extension: { fields: [...headWithoutNextUpdate.slice(1), extensions(unknown)] },
    invalid_v1_with_crlentryextension: {
      fields: [...head.slice(1), sequence(entry(leaf, sequence(unknown)))],
    },
    invalid_v1_explicit: { fields: [version(0), ...head.slice(1)] },
    invalid_v3: { fields: [version(2), ...head.slice(1)] },
    invalid_issuer_keyusage_no_crlsign: { fields: head, by: 'withoutCrlSign' },
    invalid_key_rollover_issuer_keyusage_no_crlsign: {
      fields: head,
      ...rolledOver,
      older: 'withoutCrlSign',
    },
    invalid_garbage_version: { fields: [octets('01'), ...head.slice(1)] },
    invalid_garbage_tbs_signature_algorithm: {
      fields: [version(1), garbage, byCa, thisUpdate, nextUpdate],
    },
    invalid_garbage_issuer_name: { fields: [version(1), sha256, garbage, thisUpdate] },
    invalid_garbage_thisupdate: { fields: [version(1), sha256, byCa, garbage, thisUpdate] },
    invalid_garbage_after_thisupdate: { fields: [...headWithoutNextUpdate, garbage] },
    invalid_garbage_after_nextupdate: { fields: [...head, garbage] },
    invalid_garbage_after_revokedcerts: { fields: [...headWithoutNextUpdate, listed, nextUpdate] },
    invalid_garbage_after_extensions: { fields: [...head, extensions(unknown), listed] },
    invalid_garbage_revoked_serial_number: {
      fields: [...head, listedBefore(sequence(octets('7f'), revokedAt))],
    },
    invalid_garbage_revocationdate: { fields: [...head, listedBefore(sequence(garbage, octets('3137')))] },
    invalid_garbage_after_revocationdate: { fields: [...head, listedBefore(entry(OTHER, garbage))] },
    invalid_garbage_after_crlentryextensions: {
      fields: [...head, listedBefore(entry(OTHER, sequence(unknown), garbage))],
    },
    invalid_garbage_crlentry: { fields: [...head, listedBefore(garbage)] },
    invalid_idp_dpname_choice_extra_data: {
      fields: [
        ...head,
        point((writer) =>
          writer.constructed(0xa0, () => {
            writer.constructed(0xa0, () => writer.string(0x86, URI));
            writer.constructed(0xa1, () => writer.raw(Name.parse('C=US').der));
          }),
        ),
      ],
    },
    invalid_idp_empty_sequence: { fields: [...head, point()] },
    invalid_idp_onlycontains_user_and_ca_certs: { fields: [...head, point(flag(1), flag(2))] },
    invalid_idp_onlycontainsusercerts_v1_leaf: { fields: [...head, point(flag(1))], about: 'leafOfVersion1' },
  };
}

/** CRLs that are broken outside of what is signed. */
export const FRAMES: Readonly<Record<string, Field>> = {
  invalid_garbage_tbscertlist: sequence(octets('5678'), sha256, (w) => w.bitString(Buffer.of(0x1a))),
  invalid_garbage_signaturealgorithm: sequence(sequence(garbage), octets('5678'), (w) =>
    w.bitString(Buffer.of(0x1a)),
  ),
  invalid_garbage_signaturevalue: sequence(sequence(garbage), sha256, octets('001a')),
  invalid_garbage_after_signaturevalue: sequence(
    sequence(garbage),
    sha256,
    (w) => w.bitString(Buffer.of(0x1a)),
    sequence(),
  ),
};
