import { ATTRIBUTE, CertificateRequest, Name, X509Error } from '@mortise/x509';
import { AuthorityError } from './authority-error.ts';
import { nameText } from './certificate-names.ts';
import { checkSubjectKey } from './key-types.ts';
import type { GrantedNames } from './profiles/names/granted-names.ts';

/**
 * Reads a certification request (PKCS #10, DER or PEM), and takes from it only the key. What it asks for beside that
 * must be covered by the names that the certificate will hold; usages and lifetimes that it asks for have no effect. With `forAuthority` it
 * may ask to become an authority.
 * Resolves with the DER of the SubjectPublicKeyInfo. Rejects with AuthorityError.
 */
export async function readRequestKey(
  input: Uint8Array | string,
  granted: GrantedNames,
  options: { readonly forAuthority?: boolean } = {},
): Promise<Buffer> {
  const request = parse(input);
  checkSubjectKey(request.subjectPublicKeyInfo);
  if (!(await signedWithItsKey(request))) {
    throw new AuthorityError('csr_signature_invalid', 'the request is not signed with the key that it holds');
  }
  try {
    checkWishes(request, granted, options.forAuthority ?? false);
  } catch (error) {
    if (error instanceof X509Error) throw new AuthorityError('csr_invalid', error.message);
    throw error;
  }
  return request.subjectPublicKeyInfo;
}

function parse(input: Uint8Array | string): CertificateRequest {
  try {
    return CertificateRequest.parse(input);
  } catch (error) {
    if (error instanceof X509Error) {
      throw new AuthorityError(
        'csr_invalid',
        `this is no certificate request (PKCS #10, DER or PEM): ${error.message}`,
      );
    }
    throw error;
  }
}

async function signedWithItsKey(request: CertificateRequest): Promise<boolean> {
  try {
    return await request.verifySignatureOnThread();
  } catch (error) {
    if (error instanceof X509Error) return false;
    throw error;
  }
}

function checkWishes(request: CertificateRequest, granted: GrantedNames, forAuthority: boolean): void {
  if (!forAuthority && request.basicConstraints?.ca === true) {
    throw new AuthorityError('csr_asks_for_ca', 'the request asks to become an authority');
  }
  const names = new Set(granted.subjectAltName.map(nameText));
  const refused = (request.subjectAltName ?? []).map(nameText).filter((name) => !names.has(name));
  if (refused.length > 0) {
    throw new AuthorityError(
      'csr_name_not_allowed',
      `the request asks for names that the certificate will not hold: ${shown(refused)}`,
      refused.slice(0, 10),
    );
  }
  if (!subjectCovered(request.subject, granted)) {
    const subject = request.subject.toString().slice(0, 500);
    throw new AuthorityError(
      'csr_subject_not_allowed',
      `the request asks for the subject ${subject}, which the certificate will not have`,
      [subject],
    );
  }
}

/** Nothing, the subject that is granted, or a common name alone that says the same as a granted name. */
function subjectCovered(subject: Name, { subject: granted, commonNames }: GrantedNames): boolean {
  if (subject.empty) return true;
  if (granted !== '' && subject.equals(Name.parse(granted))) return true;
  const attributes = subject.rdns.flat();
  const [only] = attributes;
  return attributes.length === 1 && only?.type === ATTRIBUTE.commonName && commonNames.includes(only.value);
}

function shown(names: readonly string[]): string {
  const few = names.slice(0, 10).map((name) => name.slice(0, 255));
  return names.length > few.length
    ? `${few.join(', ')} and ${names.length - few.length} more`
    : few.join(', ');
}
