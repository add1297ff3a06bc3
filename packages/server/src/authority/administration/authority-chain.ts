import type { KeyObject } from 'node:crypto';
import { Certificate, validatePath, X509Error } from '@mortise/x509';
import { AuthorityError } from '../authority-error.ts';
import { newAuthorityId } from '../authority-id.ts';
import type { AuthorityRecord } from '../authority-record.ts';
import { checkSubjectKey } from '../key-types.ts';
import { keyTypeOf } from '../signers/key-type-of.ts';

/** Most certificates of a chain that is imported. */
const longestChain = 6;

/** Reads PEM certificates, the authority first, its root last. Throws AuthorityError `import_invalid`. */
export function readChain(pem: string): Certificate[] {
  let chain: Certificate[];
  try {
    chain = Certificate.parseAll(pem);
  } catch (error) {
    if (error instanceof X509Error) throw invalid(`the certificates cannot be read: ${error.message}`);
    throw error;
  }
  if (chain.length === 0 || chain.length > longestChain) {
    throw invalid(
      `there have to be 1 to ${longestChain} certificates in PEM, the authority first, its root last`,
    );
  }
  return chain;
}

/**
 * Whether an authority and those above it can stand here: each may sign certificates, is signed by the next one, is valid now, and has room
 * below it (`pathLenConstraint`); the last one is a root. Rejects with AuthorityError `import_invalid`, which says what does not hold.
 */
export async function checkChain(chain: readonly Certificate[], now: number): Promise<void> {
  const root = chain.at(-1)!;
  if (!root.selfIssued) throw invalid('the last certificate is no root: its issuer is another');
  chain.forEach((certificate, index) => {
    checkAuthority(certificate, now);
    const below = chain.length === 1 ? 1 : index;
    const { pathLength } = certificate.basicConstraints ?? {};
    if (pathLength !== undefined && pathLength < below) {
      throw invalid(
        `${nameOf(certificate)} allows ${pathLength} authorities below it, and there are ${below}`,
      );
    }
    const upper = chain[index + 1];
    if (upper !== undefined && !certificate.issuer.equals(upper.subject)) {
      throw invalid(`${nameOf(certificate)} is not issued by the certificate after it, ${nameOf(upper)}`);
    }
  });
  if (!selfSigned(root)) throw invalid('the root is not signed with its own key');
  if (chain.length === 1) return;
  const [leaf, ...certificates] = chain;
  const result = await validatePath({ leaf: leaf!, certificates, anchors: [root], at: new Date(now) });
  if (result.valid) return;
  const why = result.failures.slice(0, 5).map(({ code, message }) => `${code}: ${message}`);
  throw invalid(`the chain does not hold: ${why.join('; ')}`);
}

/** Throws AuthorityError unless the key is the certificate's. */
export function checkKey(certificate: Certificate, publicKey: KeyObject): void {
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  if (!certificate.subjectPublicKeyInfo.equals(spki)) {
    throw invalid('the key is not the one of the first certificate');
  }
}

/** What is stored of an authority whose certificate was made elsewhere, but for its key. */
export function chainRecord(
  certificate: Certificate,
  place: Pick<AuthorityRecord, 'name' | 'kind' | 'createdAt'> & {
    readonly id?: string;
    readonly parentId?: string;
  },
): Omit<AuthorityRecord, 'signer'> {
  return {
    id: place.id ?? newAuthorityId(),
    name: place.name,
    kind: place.kind,
    state: 'active',
    ...(place.parentId === undefined ? {} : { parentId: place.parentId }),
    keyType: keyTypeOf(certificate.publicKey),
    subject: certificate.subject.toString(),
    certificate: certificate.der,
    fingerprint256: certificate.fingerprint256,
    spkiSha256: certificate.spkiSha256,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    createdAt: place.createdAt,
  };
}

function checkAuthority(certificate: Certificate, now: number): void {
  const name = nameOf(certificate);
  try {
    const { basicConstraints, keyUsage, subjectKeyIdentifier } = certificate;
    if (basicConstraints?.ca !== true) throw invalid(`${name} is no certificate of an authority`);
    for (const usage of ['keyCertSign', 'cRLSign'] as const) {
      if (keyUsage !== undefined && !keyUsage.has(usage))
        throw invalid(`${name} lacks the key usage ${usage}`);
    }
    if (subjectKeyIdentifier === undefined) throw invalid(`${name} has no subject key identifier`);
    checkSubjectKey(certificate.subjectPublicKeyInfo);
  } catch (error) {
    if (error instanceof X509Error) throw invalid(`${name} cannot be read: ${error.message}`);
    throw error;
  }
  if (certificate.notAfter <= now) throw invalid(`${name} has expired`);
  if (certificate.notBefore > now) throw invalid(`${name} is not valid yet`);
}

function selfSigned(root: Certificate): boolean {
  try {
    return root.verifySignature(root.publicKey);
  } catch (error) {
    if (error instanceof X509Error) return false;
    throw error;
  }
}

function nameOf(certificate: Certificate): string {
  return certificate.subject.toString().slice(0, 200);
}

function invalid(message: string): AuthorityError {
  return new AuthorityError('import_invalid', message);
}
