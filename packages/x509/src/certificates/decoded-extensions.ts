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

  get basicConstraints(): BasicConstraints | undefined {
    return this.#decode(OID.basicConstraints, 'basicConstraints', readBasicConstraints);
  }

  get keyUsage(): ReadonlySet<KeyUsage> | undefined {
    return this.#decode(OID.keyUsage, 'keyUsage', readKeyUsage);
  }

  /** Object identifiers of the purposes. */
  get extendedKeyUsage(): readonly string[] | undefined {
    return this.#decode(OID.extKeyUsage, 'extKeyUsage', readExtendedKeyUsage);
  }

  get subjectAltName(): readonly GeneralName[] | undefined {
    return this.#decode(OID.subjectAltName, 'subjectAltName', readNames);
  }

  get issuerAltName(): readonly GeneralName[] | undefined {
    return this.#decode(OID.issuerAltName, 'issuerAltName', readNames);
  }

  get nameConstraints(): NameConstraints | undefined {
    return this.#decode(OID.nameConstraints, 'nameConstraints', readNameConstraints);
  }

  get subjectKeyIdentifier(): Buffer | undefined {
    return this.#decode(OID.subjectKeyIdentifier, 'subjectKeyIdentifier', readOctets);
  }

  get authorityKeyIdentifier(): AuthorityKeyIdentifier | undefined {
    return this.#decode(OID.authorityKeyIdentifier, 'authorityKeyIdentifier', readAuthorityKeyIdentifier);
  }

  get certificatePolicies(): readonly PolicyInformation[] | undefined {
    return this.#decode(OID.certificatePolicies, 'certificatePolicies', readCertificatePolicies);
  }

  get policyMappings(): readonly PolicyMapping[] | undefined {
    return this.#decode(OID.policyMappings, 'policyMappings', readPolicyMappings);
  }

  get policyConstraints(): PolicyConstraints | undefined {
    return this.#decode(OID.policyConstraints, 'policyConstraints', readPolicyConstraints);
  }

  get inhibitAnyPolicy(): number | undefined {
    return this.#decode(OID.inhibitAnyPolicy, 'inhibitAnyPolicy', readInhibitAnyPolicy);
  }

  get crlDistributionPoints(): readonly DistributionPoint[] | undefined {
    return this.#decode(OID.cRLDistributionPoints, 'cRLDistributionPoints', readDistributionPoints);
  }

  get freshestCrl(): readonly DistributionPoint[] | undefined {
    return this.#decode(OID.freshestCRL, 'freshestCRL', readDistributionPoints);
  }

  get authorityInformationAccess(): readonly AccessDescription[] | undefined {
    return this.#decode(OID.authorityInfoAccess, 'authorityInfoAccess', readInformationAccess);
  }

  get subjectInformationAccess(): readonly AccessDescription[] | undefined {
    return this.#decode(OID.subjectInfoAccess, 'subjectInfoAccess', readInformationAccess);
  }

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
