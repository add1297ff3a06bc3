import { X509Error } from '../../errors.ts';
import { CertificateRevocationList } from '../crl/certificate-revocation-list.ts';
import { OcspResponse } from '../ocsp/ocsp-response.ts';
import type { RevocationProblem } from './status.ts';

/** A CRL, parsed or not: DER, or PEM as text or bytes. */
export type CrlInput = CertificateRevocationList | Uint8Array | string;
/** An OCSP response, parsed or DER. */
export type OcspResponseInput = OcspResponse | Uint8Array;

/** Something that was read, with its place in the list that it came in. */
export interface Loaded<T> {
  readonly value: T;
  readonly index: number;
}

/** CRLs and responses that could be read, and problems with those that could not. */
export interface RevocationData {
  readonly crls: readonly Loaded<CertificateRevocationList>[];
  readonly ocspResponses: readonly Loaded<OcspResponse>[];
  readonly problems: readonly RevocationProblem[];
}

/** Reads what is not read yet, letting others run while a large CRL is read. */
export async function loadRevocationData(
  crlInputs: readonly CrlInput[],
  ocspInputs: readonly OcspResponseInput[],
): Promise<RevocationData> {
  const problems: RevocationProblem[] = [];
  const malformed = (source: 'crl' | 'ocsp', index: number, cause: unknown): void => {
    if (!(cause instanceof X509Error)) throw cause;
    problems.push({ code: 'malformed', source, index, message: cause.message });
  };
  const crls: Loaded<CertificateRevocationList>[] = [];
  for (const [index, input] of crlInputs.entries()) {
    try {
      const value =
        input instanceof CertificateRevocationList ? input : await CertificateRevocationList.load(input);
      crls.push({ value, index });
    } catch (cause) {
      malformed('crl', index, cause);
    }
  }
  const ocspResponses: Loaded<OcspResponse>[] = [];
  for (const [index, input] of ocspInputs.entries()) {
    try {
      ocspResponses.push({ value: input instanceof OcspResponse ? input : OcspResponse.parse(input), index });
    } catch (cause) {
      malformed('ocsp', index, cause);
    }
  }
  return { crls, ocspResponses, problems };
}
