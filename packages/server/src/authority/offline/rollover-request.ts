import type { Certificate } from '@mortise/x509';
import { isAuthorityName } from '../authority-record.ts';
import { SigningDocument } from './signing-document.ts';

/** A root as the other one's cross-certificate refers to it. */
export interface RootPlace {
  readonly authorityId: string;
  /** Where its certificate is served. */
  readonly certificateUrl: string;
  /** Where its CRL is served. */
  readonly crlUrl: string;
}

/** What is needed to make the successor of a root that is kept elsewhere. */
export interface RolloverRequest {
  /** The authority. */
  readonly name: string;
  readonly oldRoot: Certificate;
  readonly old: RootPlace;
  /** The new root, as it will be known. */
  readonly successor: RootPlace;
  /** Epoch milliseconds, by the clock of the server. */
  readonly madeAt: number;
}

/** The successor, and both roots certified by each other; `newByOld` is absent where the old root allows no other authority above its intermediates. */
export interface Successor {
  readonly authorityId: string;
  readonly root: Certificate;
  readonly newByOld?: Certificate;
  readonly oldByNew: Certificate;
}

interface PlaceDocument {
  readonly authority_id: string;
  readonly certificate_url: string;
  readonly crl_url: string;
}

/** The file in which a request travels. */
export interface RolloverRequestDocument {
  readonly authority: string;
  /** PEM. */
  readonly old_root: string;
  readonly old: PlaceDocument;
  readonly successor: PlaceDocument;
  /** Epoch seconds. */
  readonly made_at: number;
}

/** The file in which a successor travels; certificates in PEM. */
export interface SuccessorDocument {
  readonly authority_id: string;
  readonly root: string;
  readonly new_by_old?: string;
  readonly old_by_new: string;
}

export function rolloverRequestDocument(request: RolloverRequest): RolloverRequestDocument {
  return {
    authority: request.name,
    old_root: request.oldRoot.toPem(),
    old: placeDocument(request.old),
    successor: placeDocument(request.successor),
    made_at: Math.floor(request.madeAt / 1000),
  };
}

export function successorDocument({ authorityId, root, newByOld, oldByNew }: Successor): SuccessorDocument {
  return {
    authority_id: authorityId,
    root: root.toPem(),
    ...(newByOld === undefined ? {} : { new_by_old: newByOld.toPem() }),
    old_by_new: oldByNew.toPem(),
  };
}

const requestFile = new SigningDocument('rollover_request_invalid', 'a request for the successor of a root');

/** Reads the file. Throws AuthorityError `rollover_request_invalid`, which says what is wrong with it. */
export function readRolloverRequest(text: string): RolloverRequest {
  const document = requestFile.parse(text);
  const name = requestFile.string(document['authority'], 'authority');
  // It becomes part of the subject of the new root.
  if (!isAuthorityName(name)) throw requestFile.invalid('"authority" is no name of an authority');
  return {
    name,
    oldRoot: requestFile.certificate(document['old_root'], 'old_root'),
    old: readPlace(document['old'], 'old'),
    successor: readPlace(document['successor'], 'successor'),
    madeAt: requestFile.whole(document['made_at'], 'made_at') * 1000,
  };
}

const successorFile = new SigningDocument('rollover_request_invalid', 'the successor of a root');

/** Reads the file. Throws AuthorityError `rollover_request_invalid`, which says what is wrong with it. */
export function readSuccessor(document: Readonly<Record<string, unknown>>): Successor {
  const newByOld = document['new_by_old'];
  return {
    authorityId: successorFile.string(document['authority_id'], 'authority_id'),
    root: successorFile.certificate(document['root'], 'root'),
    ...(newByOld === undefined ? {} : { newByOld: successorFile.certificate(newByOld, 'new_by_old') }),
    oldByNew: successorFile.certificate(document['old_by_new'], 'old_by_new'),
  };
}

function readPlace(value: unknown, member: string): RootPlace {
  const place = requestFile.object(value, `"${member}"`);
  const text = (name: string): string => requestFile.string(place[name], `${member}.${name}`);
  return {
    authorityId: text('authority_id'),
    certificateUrl: text('certificate_url'),
    crlUrl: text('crl_url'),
  };
}

function placeDocument({ authorityId, certificateUrl, crlUrl }: RootPlace): PlaceDocument {
  return { authority_id: authorityId, certificate_url: certificateUrl, crl_url: crlUrl };
}
