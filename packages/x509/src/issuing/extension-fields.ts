import { type DerWriter, encodeDer } from '../asn1/der-writer.ts';
import { OID } from '../asn1/oids.ts';
import { contextConstructed, contextPrimitive, TAG } from '../asn1/tags.ts';
import { KEY_USAGES, type KeyUsage } from '../certificates/extensions/key-usage.ts';
import { X509Error } from '../errors.ts';
import { type GeneralNameInput, writeGeneralName } from '../names/general-name.ts';

/** An extension given as it stands. */
export interface RawExtension {
  readonly oid: string;
  /** Default false. */
  readonly critical?: boolean;
  /** DER of the extension's own type. */
  readonly value: Uint8Array;
}

/** Keywords for the purposes of RFC 5280 §4.2.1.12, beside object identifiers. */
export type PurposeKeyword =
  | 'serverAuth'
  | 'clientAuth'
  | 'codeSigning'
  | 'emailProtection'
  | 'timeStamping'
  | 'OCSPSigning'
  | 'ocspSigning';

/** Extensions to write, by the names of RFC 5280 §4.2.1. Criticality follows the RFC; `extensions` takes any other as it stands. */
export interface ExtensionFields {
  /** Always critical. `pathLength` only with `ca`. */
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number | undefined };
  readonly keyUsage?: readonly KeyUsage[];
  /** Keywords or object identifiers. */
  readonly extendedKeyUsage?: readonly (PurposeKeyword | (string & {}))[];
  /** Critical if the subject is empty. */
  readonly subjectAltName?: readonly GeneralNameInput[];
  /** An `ip` base is `address/mask` or `address/bits`. */
  readonly nameConstraints?: {
    readonly permitted?: readonly GeneralNameInput[];
    readonly excluded?: readonly GeneralNameInput[];
  };
  /** Object identifiers, or with the URI of a CPS. */
  readonly certificatePolicies?: readonly (string | { readonly oid: string; readonly cps?: string })[];
  readonly policyMappings?: readonly {
    readonly issuerDomainPolicy: string;
    readonly subjectDomainPolicy: string;
  }[];
  readonly policyConstraints?: {
    readonly requireExplicitPolicy?: number | undefined;
    readonly inhibitPolicyMapping?: number | undefined;
  };
  readonly inhibitAnyPolicy?: number;
  /** URIs of one distribution point each. */
  readonly crlDistributionPoints?: readonly string[];
  readonly authorityInformationAccess?: {
    readonly ocsp?: readonly string[];
    readonly caIssuers?: readonly string[];
  };
  /** Numbers of TLS extensions (RFC 7633); 5 for "must staple". */
  readonly tlsFeature?: readonly number[];
  readonly extensions?: readonly RawExtension[];
}

const PURPOSES: Readonly<Record<PurposeKeyword, string>> = {
  serverAuth: OID.serverAuth,
  clientAuth: OID.clientAuth,
  codeSigning: OID.codeSigning,
  emailProtection: OID.emailProtection,
  timeStamping: OID.timeStamping,
  OCSPSigning: OID.ocspSigning,
  ocspSigning: OID.ocspSigning,
};

/** Writes extensions and refuses one that is written twice. */
export class ExtensionWriter {
  readonly #writer: DerWriter;
  readonly #written: string[] = [];

  constructor(writer: DerWriter) {
    this.#writer = writer;
  }

  /** One extension with what `body` writes as its value. */
  add(oid: string, critical: boolean, body: (writer: DerWriter) => void): void {
    if (this.#written.includes(oid)) {
      throw new X509Error('issue_invalid', `extension ${oid} is given twice`, 'extensions');
    }
    this.#written.push(oid);
    const writer = this.#writer;
    writer.sequence(() => {
      writer.oid(oid);
      if (critical) writer.boolean(true);
      writer.constructed(TAG.octetString, () => body(writer));
    });
  }

  /** Every extension of the fields. `subjectEmpty` makes subjectAltName critical. Throws `issue_invalid`. */
  addFields(fields: ExtensionFields, subjectEmpty: boolean): void {
    const { basicConstraints, keyUsage, extendedKeyUsage, subjectAltName, nameConstraints } = fields;
    if (basicConstraints !== undefined) this.#addBasicConstraints(basicConstraints);
    if (keyUsage !== undefined && keyUsage.length > 0) {
      this.add(OID.keyUsage, true, (writer) => writer.namedBits(keyUsage.map(usageBit)));
    }
    if (extendedKeyUsage !== undefined && extendedKeyUsage.length > 0) {
      this.add(OID.extKeyUsage, false, (writer) => writeOids(writer, extendedKeyUsage.map(purposeOid)));
    }
    if (subjectAltName !== undefined && subjectAltName.length > 0) {
      this.add(OID.subjectAltName, subjectEmpty, (writer) => {
        writer.sequence(() => {
          for (const name of subjectAltName) writeGeneralName(writer, name);
        });
      });
    }
    if (nameConstraints !== undefined) {
      this.add(OID.nameConstraints, true, (writer) => {
        writer.sequence(() => {
          writeSubtrees(writer, 0, nameConstraints.permitted);
          writeSubtrees(writer, 1, nameConstraints.excluded);
        });
      });
    }
    this.#addPolicies(fields);
    this.#addLocations(fields);
    for (const { oid, critical, value } of fields.extensions ?? []) {
      this.add(oid, critical === true, (writer) => writer.raw(value));
    }
  }

  #addBasicConstraints({ ca, pathLength }: NonNullable<ExtensionFields['basicConstraints']>): void {
    if (
      pathLength !== undefined &&
      (!ca || !Number.isInteger(pathLength) || pathLength < 0 || pathLength > 255)
    ) {
      throw new X509Error(
        'issue_invalid',
        'a path length is from 0 to 255 and only for a CA',
        'basicConstraints',
      );
    }
    this.add(OID.basicConstraints, true, (writer) => {
      writer.sequence(() => {
        if (ca) writer.boolean(true);
        if (pathLength !== undefined) writer.integer(pathLength);
      });
    });
  }

  #addPolicies({
    certificatePolicies,
    policyMappings,
    policyConstraints,
    inhibitAnyPolicy,
  }: ExtensionFields): void {
    if (certificatePolicies !== undefined && certificatePolicies.length > 0) {
      this.add(OID.certificatePolicies, false, (writer) => {
        writer.sequence(() => {
          for (const policy of certificatePolicies) writePolicy(writer, policy);
        });
      });
    }
    if (policyMappings !== undefined && policyMappings.length > 0) {
      this.add(OID.policyMappings, true, (writer) => {
        writer.sequence(() => {
          for (const mapping of policyMappings) {
            writeOids(writer, [mapping.issuerDomainPolicy, mapping.subjectDomainPolicy]);
          }
        });
      });
    }
    if (policyConstraints !== undefined) {
      this.add(OID.policyConstraints, true, (writer) => {
        writer.sequence(() => {
          const { requireExplicitPolicy, inhibitPolicyMapping } = policyConstraints;
          if (requireExplicitPolicy !== undefined) writer.integer(requireExplicitPolicy, contextPrimitive(0));
          if (inhibitPolicyMapping !== undefined) writer.integer(inhibitPolicyMapping, contextPrimitive(1));
        });
      });
    }
    if (inhibitAnyPolicy !== undefined) {
      this.add(OID.inhibitAnyPolicy, true, (writer) => writer.integer(inhibitAnyPolicy));
    }
  }

  #addLocations({ crlDistributionPoints, authorityInformationAccess, tlsFeature }: ExtensionFields): void {
    if (crlDistributionPoints !== undefined && crlDistributionPoints.length > 0) {
      this.add(OID.cRLDistributionPoints, false, (writer) => writePoints(writer, crlDistributionPoints));
    }
    const ocsp = authorityInformationAccess?.ocsp ?? [];
    const caIssuers = authorityInformationAccess?.caIssuers ?? [];
    if (ocsp.length + caIssuers.length > 0) {
      this.add(OID.authorityInfoAccess, false, (writer) => {
        writer.sequence(() => {
          for (const uri of ocsp) writeAccess(writer, OID.ocsp, uri);
          for (const uri of caIssuers) writeAccess(writer, OID.caIssuers, uri);
        });
      });
    }
    if (tlsFeature !== undefined && tlsFeature.length > 0) {
      this.add(OID.tlsFeature, false, (writer) => {
        writer.sequence(() => {
          for (const feature of tlsFeature) writer.integer(feature);
        });
      });
    }
  }
}

/** DER of Extensions with the fields, as a request asks for them; undefined if there are none. */
export function encodeExtensions(fields: ExtensionFields, subjectEmpty: boolean): Buffer | undefined {
  const der = encodeDer((writer) => {
    writer.sequence(() => new ExtensionWriter(writer).addFields(fields, subjectEmpty));
  });
  return der.length === 2 ? undefined : der;
}

function usageBit(usage: KeyUsage): number {
  const bit = KEY_USAGES.indexOf(usage);
  if (bit < 0) throw new X509Error('issue_invalid', 'an unknown key usage is asked for', 'keyUsage');
  return bit;
}

function purposeOid(purpose: string): string {
  return Object.hasOwn(PURPOSES, purpose) ? PURPOSES[purpose as PurposeKeyword] : purpose;
}

function writeOids(writer: DerWriter, oids: readonly string[]): void {
  writer.sequence(() => {
    for (const oid of oids) writer.oid(oid);
  });
}

function writeSubtrees(
  writer: DerWriter,
  number: number,
  bases: readonly GeneralNameInput[] | undefined,
): void {
  if (bases === undefined || bases.length === 0) return;
  writer.constructed(contextConstructed(number), () => {
    for (const base of bases) writer.sequence(() => writeSubtreeBase(writer, base));
  });
}

/** The empty string is a base that holds every name of its type. */
function writeSubtreeBase(writer: DerWriter, base: GeneralNameInput): void {
  const tags = { email: 1, dns: 2, uri: 6 } as const;
  if ((base.type === 'email' || base.type === 'dns' || base.type === 'uri') && base.value === '') {
    writer.string(contextPrimitive(tags[base.type]), '');
  } else {
    writeGeneralName(writer, base);
  }
}

function writePolicy(
  writer: DerWriter,
  policy: string | { readonly oid: string; readonly cps?: string },
): void {
  const { oid, cps } = typeof policy === 'string' ? { oid: policy, cps: undefined } : policy;
  writer.sequence(() => {
    writer.oid(oid);
    if (cps === undefined) return;
    writer.sequence(() => {
      writer.sequence(() => {
        writer.oid(OID.cps);
        writer.string(TAG.ia5String, cps);
      });
    });
  });
}

function writePoints(writer: DerWriter, uris: readonly string[]): void {
  writer.sequence(() => {
    for (const value of uris) {
      writer.sequence(() => {
        writer.constructed(contextConstructed(0), () => {
          writer.constructed(contextConstructed(0), () => writeGeneralName(writer, { type: 'uri', value }));
        });
      });
    }
  });
}

function writeAccess(writer: DerWriter, method: string, value: string): void {
  writer.sequence(() => {
    writer.oid(method);
    writeGeneralName(writer, { type: 'uri', value });
  });
}
