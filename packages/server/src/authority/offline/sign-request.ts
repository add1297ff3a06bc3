import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Certificate, CertificateRequest, RawExtension } from '@mortise/x509';
import { createKeySigner, OID, X509Error } from '@mortise/x509';
import { AuthorityError } from '../authority-error.ts';
import { checkSubjectKey } from '../key-types.ts';
import { authorityLifetimeMs } from '../make-authority.ts';
import { signLinted } from '../sign-linted.ts';
import { keyTypeOf } from '../signers/key-type-of.ts';
import { backdatingMs } from '../validity.ts';

/** What a request for an intermediate may ask for: this much is taken over as it stands, the rest is set here. */
const taken: ReadonlySet<string> = new Set([
  OID.nameConstraints,
  OID.authorityInfoAccess,
  OID.cRLDistributionPoints,
]);
const set: ReadonlySet<string> = new Set([OID.basicConstraints, OID.keyUsage]);

/**
 * Signs the request of an intermediate with the key of its root, wherever that is. The intermediate may issue leaves alone, and lives five years,
 * or as long as its root if that is less. Rejects with AuthorityError.
 */
export async function signAuthorityRequest(options: {
  readonly request: CertificateRequest;
  readonly root: Certificate;
  readonly rootKey: KeyObject;
  /** Default five years. */
  readonly lifetimeSeconds?: number;
  /** Epoch milliseconds. */
  readonly now: number;
}): Promise<Certificate> {
  const { request, root, rootKey, now, lifetimeSeconds } = options;
  checkRoot(root, rootKey, now);
  checkRequest(request);
  const end =
    now + (lifetimeSeconds === undefined ? authorityLifetimeMs.intermediate : lifetimeSeconds * 1000);
  return signLinted(
    {
      subject: request.subject,
      issuer: root,
      notBefore: Math.max(now - backdatingMs, root.notBefore),
      notAfter: Math.min(end, root.notAfter),
      publicKey: request.subjectPublicKeyInfo,
      basicConstraints: { ca: true, pathLength: 0 },
      keyUsage: ['keyCertSign', 'cRLSign'],
      extensions: request.requestedExtensions.filter(({ oid }) => taken.has(oid)).map(asItStands),
    },
    { keyType: keyTypeOf(createPublicKey(rootKey)), signer: createKeySigner(rootKey) },
  );
}

function asItStands({ oid, critical, value }: RawExtension): RawExtension {
  return { oid, critical: critical ?? false, value };
}

function checkRoot(root: Certificate, rootKey: KeyObject, now: number): void {
  checkRootKey(root, rootKey, now);
  if (root.basicConstraints?.ca !== true || root.basicConstraints.pathLength === 0) {
    throw new AuthorityError('import_invalid', 'the root certificate allows no authority below it');
  }
}

/** Whether this is the key of the root, which is valid now. Throws AuthorityError `import_invalid`. */
export function checkRootKey(root: Certificate, rootKey: KeyObject, now: number): void {
  const spki = createPublicKey(rootKey).export({ format: 'der', type: 'spki' });
  if (!root.subjectPublicKeyInfo.equals(spki)) {
    throw new AuthorityError('import_invalid', 'the key is not the one of the root certificate');
  }
  if (root.notBefore > now || root.notAfter <= now) {
    throw new AuthorityError('import_invalid', 'the root certificate is not valid at present');
  }
}

function checkRequest(request: CertificateRequest): void {
  try {
    checkSubjectKey(request.subjectPublicKeyInfo);
    if (!request.verifySignature()) {
      throw new AuthorityError(
        'csr_signature_invalid',
        'the request is not signed with the key that it holds',
      );
    }
    if (request.basicConstraints?.ca !== true) {
      throw new AuthorityError('csr_invalid', 'the request is not one of an authority');
    }
  } catch (error) {
    if (error instanceof X509Error) throw new AuthorityError('csr_invalid', error.message);
    throw error;
  }
  if (request.subject.empty) throw new AuthorityError('csr_invalid', 'the request has no subject');
  const others = request.requestedExtensions
    .map(({ oid }) => oid)
    .filter((oid) => !taken.has(oid) && !set.has(oid));
  if (others.length > 0) {
    throw new AuthorityError(
      'csr_invalid',
      `the request asks for other extensions: ${others.slice(0, 10).join(', ')}`,
    );
  }
}
