import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Certificate, createKeySigner } from '@mortise/x509';
import { AuthorityError } from '../authority-error.ts';
import type { AuthorityKeyType } from '../authority-record.ts';
import { crossCertify, mayStandAbove } from '../rollover/cross-certificates.ts';
import { keyTypeOf } from '../signers/key-type-of.ts';
import { makeOfflineRoot } from './offline-root.ts';
import type { RolloverRequest, RootPlace, Successor } from './rollover-request.ts';
import { checkRootKey } from './sign-request.ts';

/**
 * Makes the successor of a root where its key is: a new root with a key of its own, and both certified by each other. Rejects with AuthorityError.
 */
export async function makeSuccessor(options: {
  readonly request: RolloverRequest;
  readonly root: Certificate;
  readonly rootKey: KeyObject;
  /** Default: that of the old root. */
  readonly keyType?: AuthorityKeyType;
  /** Epoch milliseconds. */
  readonly now: number;
}): Promise<Successor & { readonly privateKey: KeyObject }> {
  const { request, root, rootKey, now } = options;
  checkRootKey(root, rootKey, now);
  if (!request.oldRoot.der.equals(root.der)) {
    throw new AuthorityError('rollover_request_invalid', 'the request is for the successor of another root');
  }
  const oldKeyType = keyTypeOf(createPublicKey(rootKey));
  const keyType = options.keyType ?? oldKeyType;
  const { certificate, privateKey } = await makeOfflineRoot({ name: request.name, keyType, now });
  const places = [request.old, request.successor];
  const placeOf = (id: string): RootPlace => places.find(({ authorityId }) => authorityId === id)!;
  const context = {
    now,
    certificateUrl: (id: string) => placeOf(id).certificateUrl,
    revocationUrls: (id: string) => ({ crl: placeOf(id).crlUrl }),
  };
  const { authorityId } = request.successor;
  const old = {
    certificate: root,
    signer: createKeySigner(rootKey),
    record: { id: request.old.authorityId, keyType: oldKeyType },
  };
  const successor = {
    certificate,
    signer: createKeySigner(privateKey),
    record: { id: authorityId, keyType },
  };
  const newByOld = mayStandAbove(root) ? await crossCertify(successor, old, context) : undefined;
  const oldByNew = await crossCertify(old, successor, context);
  return {
    authorityId,
    root: certificate,
    ...(newByOld === undefined ? {} : { newByOld }),
    oldByNew,
    privateKey,
  };
}
