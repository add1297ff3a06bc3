import { DerReader } from '../../asn1/der-reader.ts';
import { OID } from '../../asn1/oids.ts';
import { contextPrimitive, TAG } from '../../asn1/tags.ts';

/** A qualifier of a policy (RFC 5280 §4.2.1.4). `qualifier` is its DER; `cps` the URI of a CPS pointer; `notice` the text of a user notice. */
export interface PolicyQualifier {
  readonly oid: string;
  readonly qualifier: Buffer;
  readonly cps?: string;
  readonly notice?: string;
}

/** A policy of a certificate, with what qualifies it (RFC 5280 §4.2.1.4). */
export interface PolicyInformation {
  readonly oid: string;
  readonly qualifiers: readonly PolicyQualifier[];
}

/** A policy of the issuer and the one of the subject that it counts as (RFC 5280 §4.2.1.5); object identifiers. */
export interface PolicyMapping {
  readonly issuerDomainPolicy: string;
  readonly subjectDomainPolicy: string;
}

/** RFC 5280 §4.2.1.11: numbers of certificates that may follow before the rule holds; undefined where the rule is absent. */
export interface PolicyConstraints {
  readonly requireExplicitPolicy: number | undefined;
  readonly inhibitPolicyMapping: number | undefined;
}

/** RFC 5280 §4.2.1.4; a policy that appears twice is refused. */
export function readCertificatePolicies(reader: DerReader): readonly PolicyInformation[] {
  const sequence = reader.sequence();
  const policies: PolicyInformation[] = [];
  const seen = new Set<string>();
  do {
    const information = sequence.sequence('PolicyInformation');
    const oid = information.oid('policyIdentifier');
    if (seen.has(oid)) throw information.error('extension_invalid', `policy ${oid} appears twice`);
    seen.add(oid);
    const qualifiers = information.done ? [] : readQualifiers(information.sequence('policyQualifiers'));
    information.end();
    policies.push({ oid, qualifiers });
  } while (!sequence.done);
  return policies;
}

function readQualifiers(reader: DerReader): PolicyQualifier[] {
  const qualifiers: PolicyQualifier[] = [];
  do {
    const information = reader.sequence('PolicyQualifierInfo');
    const oid = information.oid('policyQualifierId');
    const qualifier = information.element('qualifier');
    const tag = information.tag;
    const content = information.bytes.subarray(information.contentStart, information.contentEnd);
    information.end();
    if (oid === OID.cps && tag === TAG.ia5String) {
      qualifiers.push({ oid, qualifier, cps: content.toString('latin1') });
    } else if (oid === OID.userNotice && tag === TAG.sequence) {
      const notice = readNotice(information, content);
      qualifiers.push(notice === undefined ? { oid, qualifier } : { oid, qualifier, notice });
    } else {
      qualifiers.push({ oid, qualifier });
    }
  } while (!reader.done);
  return qualifiers;
}

function readNotice(parent: DerReader, content: Buffer): string | undefined {
  const reader = new DerReader(content, `${parent.where}.userNotice`);
  if (reader.peek() === TAG.sequence) reader.any('noticeRef');
  const text = reader.done ? undefined : reader.string('explicitText');
  reader.end();
  return text;
}

/** RFC 5280 §4.2.1.5. */
export function readPolicyMappings(reader: DerReader): readonly PolicyMapping[] {
  const sequence = reader.sequence();
  const mappings: PolicyMapping[] = [];
  do {
    const mapping = sequence.sequence('PolicyMapping');
    const issuerDomainPolicy = mapping.oid('issuerDomainPolicy');
    const subjectDomainPolicy = mapping.oid('subjectDomainPolicy');
    mapping.end();
    mappings.push({ issuerDomainPolicy, subjectDomainPolicy });
  } while (!sequence.done);
  return mappings;
}

export function readPolicyConstraints(reader: DerReader): PolicyConstraints {
  const sequence = reader.sequence();
  const skip = (name: string, tag: number): number | undefined =>
    sequence.peek() === tag ? sequence.smallInteger(name, undefined, tag) : undefined;
  const requireExplicitPolicy = skip('requireExplicitPolicy', contextPrimitive(0));
  const inhibitPolicyMapping = skip('inhibitPolicyMapping', contextPrimitive(1));
  sequence.end();
  if (requireExplicitPolicy === undefined && inhibitPolicyMapping === undefined) {
    throw reader.error('extension_invalid', 'policy constraints are empty');
  }
  return { requireExplicitPolicy, inhibitPolicyMapping };
}

/** RFC 5280 §4.2.1.14: SkipCerts. */
export function readInhibitAnyPolicy(reader: DerReader): number {
  return reader.smallInteger();
}
