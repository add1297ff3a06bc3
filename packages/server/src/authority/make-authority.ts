import { randomBytes } from 'node:crypto';
import type { Certificate, RawExtension, Signer } from '@mortise/x509';
import { type AskedConstraints, readConstraints } from './administration/name-constraints-asked.ts';
import { newAuthorityId } from './authority-id.ts';
import type { AuthorityKeyType, AuthorityKind, AuthorityRecord, AuthorityState } from './authority-record.ts';
import { mainAuthority } from './authority-record.ts';
import { signLinted } from './sign-linted.ts';
import type { AuthorityKey, AuthorityKeys, KeyPlace } from './signers/authority-keys.ts';
import { backdatingMs } from './validity.ts';

const dayMs = 86_400_000;

/** Its intermediates, and between them and it the root that will follow it. */
export const rootPathLength = 2;

/** How long authorities live: a root ten years, an intermediate five, but never longer than its root. */
export const authorityLifetimeMs: Readonly<Record<AuthorityKind, number>> = {
  root: 3650 * dayMs,
  intermediate: 1825 * dayMs,
};

const subjectNames: Readonly<Record<AuthorityKind, string>> = {
  root: 'Root CA',
  intermediate: 'Intermediate CA',
};

/** The subject of a new authority. The label tells successive ones apart for people; nothing is ever decided by it. */
export function authoritySubject(kind: AuthorityKind, name: string): string {
  const label = randomBytes(4).toString('hex').toUpperCase();
  const of = name === mainAuthority ? '' : `${name.slice(0, 24)} `;
  return `CN=Mortise ${of}${subjectNames[kind]} ${label},O=Mortise`;
}

/** An authority with the means to sign in its name. */
export interface SigningAuthority {
  readonly record: AuthorityRecord;
  readonly certificate: Certificate;
  readonly signer: Signer;
}

export interface MakeAuthorityOptions {
  /** Of the authority that it will belong to. */
  readonly name: string;
  /** Default `active`. */
  readonly state?: AuthorityState;
  readonly kind: AuthorityKind;
  readonly keyType: AuthorityKeyType;
  /** Who signs it; for an intermediate. */
  readonly parent?: SigningAuthority;
  /** By which an intermediate is bounded. Default none. */
  readonly constraints?: AskedConstraints;
  /** The name constraints of the intermediate that it follows, as they stand there; in place of `constraints`. */
  readonly inherited?: RawExtension | undefined;
  readonly keys: AuthorityKeys;
  /** Where its key will be. Default: sealed in the database. */
  readonly place?: KeyPlace;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Not before `now`, and after that of every other authority, so that their order is certain. */
  readonly createdAt: number;
  /** Where the certificate of an authority can be fetched. */
  readonly certificateUrl: (authorityId: string) => string;
  /** Where the revocation of what an authority signed is published; undefined if nowhere. */
  readonly revocationUrls: (
    authorityId: string,
  ) => { readonly crl: string; readonly ocsp: string } | undefined;
}

/**
 * Makes an authority with a key of its own: a root signs itself and only intermediates, an intermediate only leaves. Where it rejects, no key is
 * left on a token; where what it made is not recorded, `AuthorityKeys.discard` removes it.
 */
export async function makeAuthority(options: MakeAuthorityOptions): Promise<SigningAuthority> {
  const { keyType, keys } = options;
  const nameConstraints = readConstraints(options.constraints ?? {});
  const id = newAuthorityId();
  const key = await keys.make(options.place ?? { signer: 'file' }, { authorityId: id, keyType });
  try {
    return await certify(options, { id, key, nameConstraints });
  } catch (error) {
    await keys.discard({ id, ...key.record });
    throw error;
  }
}

async function certify(
  options: MakeAuthorityOptions,
  made: {
    readonly id: string;
    readonly key: AuthorityKey;
    readonly nameConstraints: ReturnType<typeof readConstraints>;
  },
): Promise<SigningAuthority> {
  const { kind, parent, now, createdAt, certificateUrl } = options;
  const { id, key, nameConstraints } = made;
  const subject = authoritySubject(kind, options.name);
  const end = now + authorityLifetimeMs[kind];
  const sources = parent === undefined ? undefined : options.revocationUrls(parent.record.id);
  const certificate = await signLinted(
    {
      subject,
      issuer: parent?.certificate ?? subject,
      notBefore: now - backdatingMs,
      notAfter: parent === undefined ? end : Math.min(end, parent.record.notAfter),
      publicKey: key.publicKey,
      basicConstraints: { ca: true, pathLength: kind === 'root' ? rootPathLength : 0 },
      keyUsage: ['keyCertSign', 'cRLSign'],
      ...(parent === undefined
        ? {}
        : {
            authorityInformationAccess: {
              ...(sources === undefined ? {} : { ocsp: [sources.ocsp] }),
              caIssuers: [certificateUrl(parent.record.id)],
            },
          }),
      ...(sources === undefined ? {} : { crlDistributionPoints: [sources.crl] }),
      ...(nameConstraints === undefined ? {} : { nameConstraints }),
      ...(options.inherited === undefined ? {} : { extensions: [options.inherited] }),
    },
    parent === undefined
      ? { keyType: key.keyType, signer: key.signer }
      : { keyType: parent.record.keyType, signer: parent.signer },
  );

  const record: AuthorityRecord = {
    id,
    name: options.name,
    kind,
    state: options.state ?? 'active',
    ...(parent === undefined ? {} : { parentId: parent.record.id }),
    keyType: key.keyType,
    subject: certificate.subject.toString(),
    certificate: certificate.der,
    fingerprint256: certificate.fingerprint256,
    spkiSha256: certificate.spkiSha256,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    ...key.record,
    createdAt,
  };
  return { record, certificate, signer: key.signer };
}
