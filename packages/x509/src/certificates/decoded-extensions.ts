import type { DerReader } from '../asn1/der-reader.ts';
import { OID } from '../asn1/oids.ts';
import { type GeneralName, readGeneralNames } from '../names/general-name.ts';
import type { Extension } from './extension.ts';
import {
  type AuthorityKeyIdentifier,
  readAuthorityKeyIdentifier,
} from './extensions/authority-key-identifier.ts';
import { type BasicConstraints, readBasicConstraints } from './extensions/basic-constraints.ts';
import { type DistributionPoint, readDistributionPoints } from './extensions/distribution-points.ts';
import { readExtendedKeyUsage } from './extensions/extended-key-usage.ts';
import { type AccessDescription, readInformationAccess } from './extensions/information-access.ts';
import { type KeyUsage, readKeyUsage } from './extensions/key-usage.ts';
import { type NameConstraints, readNameConstraints } from './extensions/name-constraints.ts';
import {
  type PolicyConstraints,
  type PolicyInformation,
  type PolicyMapping,
  readCertificatePolicies,
  readInhibitAnyPolicy,
  readPolicyConstraints,
  readPolicyMappings,
} from './extensions/policies.ts';
import { type Attribute, readSubjectDirectoryAttributes } from './extensions/subject-directory-attributes.ts';
import { readTlsFeature } from './extensions/tls-feature.ts';

/**
 * The extensions of RFC 5280 §4.2 (and RFC 7633), each decoded when first asked for and kept. Every getter answers undefined if the
 * extension is absent and throws an X509Error if it is malformed.
 */
export abstract class DecodedExtensions {
  // Object identifiers and values in turn: a Map would cost more memory than all the rest.
  #decoded: unknown[] | undefined;

  /** `like`: one with the very same extensions. */
  constructor(like?: DecodedExtensions) {
    this.#decoded = like === undefined ? undefined : like.#decoded?.slice();
  }

  /** The extension with this object identifier, decoded or not. */
  abstract extension(oid: string): Extension | undefined;

  #decode<T>(oid: string, name: string, read: (reader: DerReader) => T): T | undefined {
    const decoded = this.#decoded;
    if (decoded !== undefined) {
      for (let i = 0; i < decoded.length; i += 2) if (decoded[i] === oid) return decoded[i + 1] as T;
    }
    const extension = this.extension(oid);
    if (extension === undefined) return undefined;
    const value = extension.decode(read, `extensions.${name}`);
    if (decoded === undefined) this.#decoded = [oid, value];
    else decoded.push(oid, value);
    return value;
  }

  /** Whether the subject is a CA, and how many intermediates may follow it (RFC 5280 §4.2.1.9). */
  get basicConstraints(): BasicConstraints | undefined {
    return this.#decode(OID.basicConstraints, 'basicConstraints', readBasicConstraints);
  }

  /** What the key may be used for, by the names of RFC 5280 §4.2.1.3. */
  get keyUsage(): ReadonlySet<KeyUsage> | undefined {
    return this.#decode(OID.keyUsage, 'keyUsage', readKeyUsage);
  }

  /** Object identifiers of the purposes (RFC 5280 §4.2.1.12). */
  get extendedKeyUsage(): readonly string[] | undefined {
    return this.#decode(OID.extKeyUsage, 'extKeyUsage', readExtendedKeyUsage);
  }

  /** Names of the subject, in their order (RFC 5280 §4.2.1.6). */
  get subjectAltName(): readonly GeneralName[] | undefined {
    return this.#decode(OID.subjectAltName, 'subjectAltName', readNames);
  }

  /** RFC 5280 §4.2.1.7. */
  get issuerAltName(): readonly GeneralName[] | undefined {
    return this.#decode(OID.issuerAltName, 'issuerAltName', readNames);
  }

  /** Of a CA: within which names those below it must lie (RFC 5280 §4.2.1.10). */
  get nameConstraints(): NameConstraints | undefined {
    return this.#decode(OID.nameConstraints, 'nameConstraints', readNameConstraints);
  }

  /** Octets that the issuer chose for the key (RFC 5280 §4.2.1.2); a hint, which may lie. */
  get subjectKeyIdentifier(): Buffer | undefined {
    return this.#decode(OID.subjectKeyIdentifier, 'subjectKeyIdentifier', readOctets);
  }

  /** Which key signed (RFC 5280 §4.2.1.1); a hint, which may lie. */
  get authorityKeyIdentifier(): AuthorityKeyIdentifier | undefined {
    return this.#decode(OID.authorityKeyIdentifier, 'authorityKeyIdentifier', readAuthorityKeyIdentifier);
  }

  /** Policies with their qualifiers (RFC 5280 §4.2.1.4). */
  get certificatePolicies(): readonly PolicyInformation[] | undefined {
    return this.#decode(OID.certificatePolicies, 'certificatePolicies', readCertificatePolicies);
  }

  /** Of a CA: policies of its issuer that are its own by other names (RFC 5280 §4.2.1.5). */
  get policyMappings(): readonly PolicyMapping[] | undefined {
    return this.#decode(OID.policyMappings, 'policyMappings', readPolicyMappings);
  }

  /** Of a CA: after how many further certificates a policy is required, and mapping forbidden (RFC 5280 §4.2.1.11). */
  get policyConstraints(): PolicyConstraints | undefined {
    return this.#decode(OID.policyConstraints, 'policyConstraints', readPolicyConstraints);
  }

  /** Of a CA: after how many further certificates anyPolicy stands for nothing (RFC 5280 §4.2.1.14). */
  get inhibitAnyPolicy(): number | undefined {
    return this.#decode(OID.inhibitAnyPolicy, 'inhibitAnyPolicy', readInhibitAnyPolicy);
  }

  /** Where CRLs that may list the certificate are found (RFC 5280 §4.2.1.13). */
  get crlDistributionPoints(): readonly DistributionPoint[] | undefined {
    return this.#decode(OID.cRLDistributionPoints, 'cRLDistributionPoints', readDistributionPoints);
  }

  /** Where delta CRLs are found (RFC 5280 §4.2.1.15). */
  get freshestCrl(): readonly DistributionPoint[] | undefined {
    return this.#decode(OID.freshestCRL, 'freshestCRL', readDistributionPoints);
  }

  /** Where the issuer's certificate and its OCSP responder are found (RFC 5280 §4.2.2.1). */
  get authorityInformationAccess(): readonly AccessDescription[] | undefined {
    return this.#decode(OID.authorityInfoAccess, 'authorityInfoAccess', readInformationAccess);
  }

  /** What the subject offers, such as a CA its repository (RFC 5280 §4.2.2.2). */
  get subjectInformationAccess(): readonly AccessDescription[] | undefined {
    return this.#decode(OID.subjectInfoAccess, 'subjectInfoAccess', readInformationAccess);
  }

  /** Attributes with their values in DER (RFC 5280 §4.2.1.8). */
  get subjectDirectoryAttributes(): readonly Attribute[] | undefined {
    return this.#decode(
      OID.subjectDirectoryAttributes,
      'subjectDirectoryAttributes',
      readSubjectDirectoryAttributes,
    );
  }

  /** Numbers of TLS extensions (RFC 7633). */
  get tlsFeature(): readonly number[] | undefined {
    return this.#decode(OID.tlsFeature, 'tlsFeature', readTlsFeature);
  }
}

function readNames(reader: DerReader): readonly GeneralName[] {
  return readGeneralNames(reader.sequence());
}

function readOctets(reader: DerReader): Buffer {
  return reader.octetString();
}
