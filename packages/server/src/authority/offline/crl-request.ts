import { Certificate, REVOCATION_REASONS, type RevocationReason, X509Error } from '@mortise/x509';
import { AuthorityError } from '../authority-error.ts';

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

/** Reads the file. Throws AuthorityError `crl_request_invalid`, which says what is wrong with it. */
export function readCrlRequest(text: string): CrlRequest {
  const document = members(parse(text), 'it');
  const { authority_id: authorityId, name, root, revoked, crl_number: crlNumber } = document;
  if (!Array.isArray(revoked)) throw invalid('"revoked" is no list');
  return {
    authorityId: string(authorityId, 'authority_id'),
    name: string(name, 'name'),
    root: certificate(string(root, 'root')),
    crlNumber: whole(crlNumber, 'crl_number'),
    revoked: revoked.map((entry, index) => readEntry(members(entry, `revoked[${index}]`), index)),
    madeAt: whole(document['made_at'], 'made_at') * 1000,
  };
}

function readEntry(entry: Readonly<Record<string, unknown>>, index: number): CrlRequestEntry {
  const at = (member: string): string => `revoked[${index}].${member}`;
  const serial = string(entry['serial_number'], at('serial_number'));
  if (!serialNumber.test(serial)) throw invalid(`"${at('serial_number')}" is no serial number`);
  const reason = reasons.find((one) => one === entry['reason']);
  if (reason === undefined) throw invalid(`"${at('reason')}" is none of ${reasons.join(', ')}`);
  return {
    serialNumber: serial,
    revokedAt: whole(entry['revoked_at'], at('revoked_at')) * 1000,
    reason,
    ...(entry['subject'] === undefined ? {} : { subject: string(entry['subject'], at('subject')) }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid('it is no JSON');
  }
}

function members(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw invalid(`${what} is no object`);
}

function string(value: unknown, member: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`"${member}" is no text`);
}

function whole(value: unknown, member: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(`"${member}" is no whole number above 0`);
}

function certificate(pem: string): Certificate {
  try {
    return Certificate.parse(pem);
  } catch (error) {
    if (error instanceof X509Error) throw invalid(`"root" is no certificate: ${error.message}`);
    throw error;
  }
}

function invalid(why: string): AuthorityError {
  return new AuthorityError('crl_request_invalid', `not a request for a CRL: ${why}`);
}
