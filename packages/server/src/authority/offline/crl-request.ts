import { type Certificate, REVOCATION_REASONS, type RevocationReason } from '@mortise/x509';
import { SigningDocument } from './signing-document.ts';

/** A certificate to be listed. */
export interface CrlRequestEntry {
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  /** Epoch milliseconds. */
  readonly revokedAt: number;
  /** As RFC 5280 §5.3.1 spells it. */
  readonly reason: Exclude<RevocationReason, 'removeFromCRL'>;
  /** RFC 4514, for whoever looks at it before signing. */
  readonly subject?: string;
}

/** What a root whose key is kept elsewhere has to say on its next CRL. */
export interface CrlRequest {
  /** The id of the root. */
  readonly authorityId: string;
  /** The authority that the root belongs to. */
  readonly name: string;
  readonly root: Certificate;
  /** Above that of every CRL which the server published for the root. */
  readonly crlNumber: number;
  readonly revoked: readonly CrlRequestEntry[];
  /** Epoch milliseconds, by the clock of the server. */
  readonly madeAt: number;
}

/** The file in which a request travels. */
export interface CrlRequestDocument {
  readonly authority_id: string;
  readonly name: string;
  /** PEM. */
  readonly root: string;
  readonly crl_number: number;
  readonly revoked: readonly {
    readonly serial_number: string;
    /** Epoch seconds, as the next one. */
    readonly revoked_at: number;
    readonly reason: string;
    readonly subject?: string;
  }[];
  readonly made_at: number;
}

export function crlRequestDocument(request: CrlRequest): CrlRequestDocument {
  return {
    authority_id: request.authorityId,
    name: request.name,
    root: request.root.toPem(),
    crl_number: request.crlNumber,
    revoked: request.revoked.map(({ serialNumber, revokedAt, reason, subject }) => ({
      serial_number: serialNumber,
      revoked_at: Math.floor(revokedAt / 1000),
      reason,
      ...(subject === undefined ? {} : { subject }),
    })),
    made_at: Math.floor(request.madeAt / 1000),
  };
}

const reasons = REVOCATION_REASONS.filter((reason) => reason !== 'unused' && reason !== 'removeFromCRL');
const serialNumber = /^(?!(?:00)+$)(?:[0-9a-f]{2}){1,20}$/;

const file = new SigningDocument('crl_request_invalid', 'a request for a CRL');

/** Reads the file. Throws AuthorityError `crl_request_invalid`, which says what is wrong with it. */
export function readCrlRequest(text: string): CrlRequest {
  const document = file.parse(text);
  const { revoked } = document;
  if (!Array.isArray(revoked)) throw file.invalid('"revoked" is no list');
  return {
    authorityId: file.string(document['authority_id'], 'authority_id'),
    name: file.string(document['name'], 'name'),
    root: file.certificate(document['root'], 'root'),
    crlNumber: file.whole(document['crl_number'], 'crl_number'),
    revoked: revoked.map((entry, index) => readEntry(file.object(entry, `revoked[${index}]`), index)),
    madeAt: file.whole(document['made_at'], 'made_at') * 1000,
  };
}

function readEntry(entry: Readonly<Record<string, unknown>>, index: number): CrlRequestEntry {
  const at = (member: string): string => `revoked[${index}].${member}`;
  const serial = file.string(entry['serial_number'], at('serial_number'));
  if (!serialNumber.test(serial)) throw file.invalid(`"${at('serial_number')}" is no serial number`);
  const reason = reasons.find((one) => one === entry['reason']);
  if (reason === undefined) throw file.invalid(`"${at('reason')}" is none of ${reasons.join(', ')}`);
  return {
    serialNumber: serial,
    revokedAt: file.whole(entry['revoked_at'], at('revoked_at')) * 1000,
    reason,
    ...(entry['subject'] === undefined ? {} : { subject: file.string(entry['subject'], at('subject')) }),
  };
}
