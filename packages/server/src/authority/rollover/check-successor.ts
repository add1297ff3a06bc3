import { type Certificate, lintCertificate, X509Error } from '@mortise/x509';
import { checkChain } from '../administration/authority-chain.ts';
import { AuthorityError } from '../authority-error.ts';
import type { Successor } from '../offline/rollover-request.ts';
import { mayStandAbove } from './cross-certificates.ts';
import { RolloverError } from './rollover-error.ts';

const idForm = /^auth_[A-Za-z0-9_-]{16}$/;

/** Whether a successor that was made offline is a root, and both roots are certified by each other. Rejects with RolloverError `successor_invalid`. */
export async function checkSuccessor(successor: Successor, oldRoot: Certificate, now: number): Promise<void> {
  const { authorityId, root, newByOld, oldByNew } = successor;
  if (!idForm.test(authorityId)) throw invalid('it has no id that a request of this server gave it');
  try {
    await checkChain([root], now);
    if (root.basicConstraints?.pathLength === 1) throw invalid('it may not certify the old root');
    if ((newByOld !== undefined) !== mayStandAbove(oldRoot)) {
      throw invalid('it is certified by the old root if, and only if, that allows an authority more');
    }
    if (newByOld !== undefined) checkCross(newByOld, root, oldRoot, now);
    checkCross(oldByNew, oldRoot, root, now);
  } catch (error) {
    if (error instanceof AuthorityError || error instanceof X509Error) throw invalid(error.message);
    throw error;
  }
}

function checkCross(cross: Certificate, of: Certificate, by: Certificate, now: number): void {
  const what = `the certificate of ${of.subject.toString().slice(0, 200)} by ${by.subject.toString().slice(0, 200)}`;
  for (const [wrong, message] of findings(cross, of, by, now)) if (wrong) throw invalid(`${what} ${message}`);
  const fault = lintCertificate(cross, 'rfc5280', 'error')[0];
  if (fault !== undefined)
    throw invalid(`${what} has a fault: ${fault.code}: ${fault.message} (${fault.rule})`);
}

function* findings(
  cross: Certificate,
  of: Certificate,
  by: Certificate,
  now: number,
): Generator<readonly [boolean, string]> {
  const identifier = cross.authorityKeyIdentifier?.keyIdentifier;
  yield [!cross.subject.equals(of.subject), 'has another subject'];
  yield [!cross.subjectPublicKeyInfo.equals(of.subjectPublicKeyInfo), 'is for another key'];
  yield [
    of.subjectKeyIdentifier === undefined ||
      cross.subjectKeyIdentifier?.equals(of.subjectKeyIdentifier) !== true,
    'has another subject key identifier',
  ];
  yield [!cross.issuer.equals(by.subject), 'names another issuer'];
  yield [!cross.verifySignature(by.publicKey), 'is not signed with the key of its issuer'];
  yield [
    identifier === undefined || by.subjectKeyIdentifier?.equals(identifier) !== true,
    'has another authority key identifier',
  ];
  yield [cross.basicConstraints?.ca !== true, 'is not one of an authority'];
  yield [cross.basicConstraints?.pathLength === 0, 'allows no authority below it'];
  yield [cross.keyUsage?.has('keyCertSign') !== true, 'may not sign certificates'];
  yield [cross.notBefore > now || cross.notAfter <= now, 'is not valid at present'];
}

function invalid(message: string): RolloverError {
  return new RolloverError('successor_invalid', `the new root is refused: ${message}`);
}
