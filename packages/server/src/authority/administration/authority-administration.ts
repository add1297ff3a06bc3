import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Certificate, CertificateRequest } from '@mortise/x509';
import type { Actor } from '../../events/index.ts';
import { AuthorityError } from '../authority-error.ts';
import { importedEvent, requestedEvent } from '../authority-events.ts';
import type {
  AuthorityKeyType,
  AuthorityRecord,
  AuthorityRequest,
  AuthorityRules,
} from '../authority-record.ts';
import { isAuthorityName } from '../authority-record.ts';
import { followedIntermediate } from '../followed-intermediate.ts';
import { atPlace } from '../inherited-place.ts';
import type { OwnAuthorities } from '../own-authorities.ts';
import type { AuthorityKeys, KeyPlace, KeyRecord } from '../signers/authority-keys.ts';
import type { AuthorityStore } from '../store.ts';
import { chainRecord, checkChain, checkKey, newAuthorityId, readChain } from './authority-chain.ts';
import type { AuthorityMaker, MakerContext } from './authority-maker.ts';
import { makeAuthorityRequest } from './authority-request.ts';
import { type AskedRules, AuthorityRulesActs, type RulesContext } from './authority-rules.ts';
import { type AskedConstraints, onlyConstraints } from './name-constraints-asked.ts';
import { checkSigned, readSigned } from './signed-certificate.ts';

export interface AdministrationContext extends RulesContext {
  readonly store: Pick<
    AuthorityStore,
    'addAuthorities' | 'addRequest' | 'deleteRequest' | 'listRequests' | 'listRules' | 'saveRules'
  >;
  readonly authorities: OwnAuthorities;
  readonly keys: AuthorityKeys;
  readonly maker: AuthorityMaker;
  readonly certificateUrl: (authorityId: string) => string;
  readonly revocationUrls: MakerContext['revocationUrls'];
  readonly clock: () => number;
}

export interface CreateAuthority extends AskedRules, AskedConstraints {
  /** Of a new authority, or of one that is to get another intermediate. */
  readonly name: string;
  /** Default: that of the root, or `ec-p256`. */
  readonly keyType?: AuthorityKeyType;
  /** Where new keys are made. Default: where the key of the authority's last intermediate is; of a new authority, sealed in the database. */
  readonly place?: KeyPlace;
  /** PEM of a root whose key is kept away from this server; for a new authority. */
  readonly offlineRoot?: string;
  readonly actor: Actor;
}

/** An intermediate that issues now, or one that its root has still to sign. */
export type CreatedAuthority =
  | { readonly done: true; readonly authority: AuthorityRecord }
  | { readonly done: false; readonly request: AuthorityRequest };

/** What administrators do to authorities, but for ending them and for rollovers. Every method rejects with AuthorityError. */
export class AuthorityAdministration {
  readonly #context: AdministrationContext;
  readonly #rules: AuthorityRulesActs;

  constructor(context: AdministrationContext) {
    this.#context = context;
    this.#rules = new AuthorityRulesActs(context);
  }

  /** A new authority, or another intermediate of one that is there. */
  async create(options: CreateAuthority): Promise<CreatedAuthority> {
    const { name, keyType, place, offlineRoot, actor } = options;
    checkName(name);
    const constraints = onlyConstraints(options);
    const given = { name, actor, constraints, ...(place === undefined ? {} : { place }) };
    if (!this.#exists(name)) {
      const rules = await this.#rules.ofNew(name, options);
      if (offlineRoot !== undefined) return this.#addOfflineRoot(offlineRoot, rules, options);
      const made = await this.#context.maker.addPair({
        ...given,
        keyType: keyType ?? 'ec-p256',
        ...(rules === undefined ? {} : { rules }),
      });
      if (made === false) throw contended();
      return { done: true, authority: made };
    }
    if (offlineRoot !== undefined) throw exists(name);
    if (options.profiles !== undefined || options.clients !== undefined) {
      throw new AuthorityError(
        'authority_exists',
        `there is an authority ${name} already; change its rules by themselves`,
      );
    }
    const offline = this.#offlineRootOf(name);
    if (offline !== undefined) return this.#request(offline, options);
    const authority = await this.#context.maker.addIntermediate({
      ...given,
      ...(keyType === undefined ? {} : { keyType }),
    });
    return { done: true, authority };
  }

  /**
   * Takes an authority that was made elsewhere: its certificate and those above it in PEM, the root last, and its key, or the PKCS #11 URI of it. Of a root an intermediate
   * is made here; another authority issues itself.
   */
  async importAuthority(options: {
    readonly name: string;
    readonly certificates: string;
    readonly key: KeyObject | { readonly keyLocation: string };
    readonly rules?: AskedRules;
    readonly actor: Actor;
  }): Promise<AuthorityRecord> {
    const { name, actor } = options;
    const { authorities, store, maker, clock } = this.#context;
    checkName(name);
    if (this.#exists(name)) throw exists(name);
    const chain = readChain(options.certificates);
    const id = newAuthorityId();
    const key = await this.#takeKey(id, chain[0]!, options.key);
    await checkChain(chain, clock());
    this.#refuseKnown(chain);
    const rules = await this.#rules.ofNew(name, options.rules ?? {});
    const records: AuthorityRecord[] = [];
    for (const [index, certificate] of [...chain.entries()].reverse()) {
      const parentId = records.at(-1)?.id;
      const record = chainRecord(certificate, {
        ...(index === 0 ? { id } : {}),
        name,
        kind: parentId === undefined ? 'root' : 'intermediate',
        createdAt: maker.nextCreatedAt() + records.length,
        ...(parentId === undefined ? {} : { parentId }),
      });
      records.push({
        ...record,
        ...(index === 0 ? key : { signer: 'offline' }),
      });
    }
    const added = await store.addAuthorities(
      {
        authorities: records,
        expectedCount: authorities.list().length,
        ...(rules === undefined ? {} : { rules }),
      },
      records.map((record) => importedEvent(record, actor)),
    );
    await authorities.reload();
    if (!added) throw contended();
    const imported = records.at(-1)!;
    if (imported.kind === 'intermediate') return imported;
    return maker.addIntermediate({ name, actor });
  }

  /** Takes the certificate of an intermediate whose request was signed by its root elsewhere; it issues from then on, or from the switch to its root. */
  async importSigned(options: {
    readonly certificate: string;
    readonly actor: Actor;
  }): Promise<AuthorityRecord> {
    const { store, authorities, maker, clock } = this.#context;
    const certificate = readSigned(options.certificate);
    const requests = await store.listRequests();
    const request = requests.find((one) =>
      CertificateRequest.parse(one.request).subjectPublicKeyInfo.equals(certificate.subjectPublicKeyInfo),
    );
    if (request === undefined) {
      throw new AuthorityError(
        'request_unknown',
        'the certificate is for no key that a request of this server holds',
      );
    }
    const parent = authorities.list().find(({ id }) => id === request.parentId);
    if (parent === undefined || !authorities.isActive(parent)) {
      throw new AuthorityError('no_active_authority', 'the root of the request is revoked or at its end');
    }
    checkSigned(certificate, { request, root: authorities.certificate(parent.id)!, now: clock() });
    const { signer, keyLocation, sealedPrivateKey } = request;
    const record: AuthorityRecord = {
      ...chainRecord(certificate, {
        id: request.id,
        name: request.name,
        kind: 'intermediate',
        parentId: parent.id,
        createdAt: maker.nextCreatedAt(parent),
      }),
      // Under a root that is to follow another it issues once that has happened.
      state: parent.state === 'staged' ? 'staged' : 'active',
      signer,
      ...(keyLocation === undefined ? {} : { keyLocation }),
      ...(sealedPrivateKey === undefined ? {} : { sealedPrivateKey }),
    };
    const added = await store.addAuthorities(
      { authorities: [record], expectedCount: authorities.list().length, requestId: request.id },
      [importedEvent(record, options.actor)],
    );
    await authorities.reload();
    if (!added) throw contended();
    return record;
  }

  /** Requests that have still to be signed, oldest first. */
  requests(): Promise<AuthorityRequest[]> {
    return this.#context.store.listRequests();
  }

  /** Forgets a request and the key that was made for it, also one on a token. */
  async cancelRequest(options: { readonly id: string; readonly actor: Actor }): Promise<void> {
    const { store, keys } = this.#context;
    const { id, actor } = options;
    const event = { actor, act: 'authority.request_cancelled', object: { kind: 'authority', id } } as const;
    const request = (await store.listRequests()).find((one) => one.id === id);
    if (request !== undefined && (await store.deleteRequest(id, [event]))) {
      await keys.discard(request);
      return;
    }
    throw new AuthorityError('request_unknown', `there is no request ${id}`);
  }

  /** The rules of every authority that has some. */
  listRules(): Promise<AuthorityRules[]> {
    return this.#context.store.listRules();
  }

  /** Which profiles an authority issues, and to whom; null takes a limit away. */
  async changeRules(options: {
    readonly name: string;
    readonly profiles?: readonly string[] | null;
    readonly clients?: readonly string[] | null;
    readonly actor: Actor;
  }): Promise<AuthorityRules> {
    if (!this.#exists(options.name)) {
      throw new AuthorityError('authority_unknown', `there is no authority ${options.name}`);
    }
    return this.#rules.change(options);
  }

  /** The key, sealed here or left on its token. Rejects with AuthorityError unless it is the certificate's. */
  async #takeKey(
    authorityId: string,
    certificate: Certificate,
    given: KeyObject | { readonly keyLocation: string },
  ): Promise<KeyRecord> {
    const { keys } = this.#context;
    if (!('keyLocation' in given)) {
      checkKey(certificate, createPublicKey(given));
      return keys.seal(authorityId, given).record;
    }
    const place = { signer: 'pkcs11', keyLocation: given.keyLocation } as const;
    const found = await keys.make(place, { authorityId, keyType: 'ec-p256' });
    checkKey(certificate, found.publicKey);
    return found.record;
  }

  /** The root and the request for its first intermediate, both or neither. */
  async #addOfflineRoot(
    pem: string,
    rules: AuthorityRules | undefined,
    options: CreateAuthority,
  ): Promise<CreatedAuthority> {
    const { store, authorities, keys, maker, clock } = this.#context;
    const { name, actor } = options;
    const chain = readChain(pem);
    if (chain.length > 1)
      throw new AuthorityError('import_invalid', 'there has to be one certificate, the root');
    await checkChain(chain, clock());
    this.#refuseKnown(chain);
    const root: AuthorityRecord = {
      ...chainRecord(chain[0]!, { name, kind: 'root', createdAt: maker.nextCreatedAt() }),
      signer: 'offline',
    };
    const request = await this.#makeRequest(root, options);
    const added = await store.addAuthorities(
      {
        authorities: [root],
        expectedCount: authorities.list().length,
        ...(rules === undefined ? {} : { rules }),
        request,
      },
      [importedEvent(root, actor), requestedEvent(request, actor)],
    );
    if (!added) await keys.discard(request);
    await authorities.reload();
    if (!added) throw contended();
    return { done: false, request };
  }

  async #request(root: AuthorityRecord, options: CreateAuthority): Promise<CreatedAuthority> {
    const request = await this.#makeRequest(root, options);
    await this.#context.store.addRequest(request, [requestedEvent(request, options.actor)]);
    return { done: false, request };
  }

  #makeRequest(root: AuthorityRecord, options: CreateAuthority): Promise<AuthorityRequest> {
    const { authorities, keys, certificateUrl, revocationUrls, clock } = this.#context;
    const now = clock();
    const { name } = root;
    const ofName = authorities.list().filter((record) => record.name === name);
    return atPlace(options.place, { name, follows: followedIntermediate(ofName, now) }, (place) =>
      makeAuthorityRequest({
        root,
        keys,
        keyType: options.keyType ?? root.keyType,
        constraints: onlyConstraints(options),
        urls: { certificate: certificateUrl(root.id), crl: revocationUrls(root.id)?.crl },
        now,
        place,
      }),
    );
  }

  #exists(name: string): boolean {
    return this.#context.authorities.list().some((record) => record.name === name);
  }

  /** The root that signs for this authority, if its key is elsewhere. */
  #offlineRootOf(name: string): AuthorityRecord | undefined {
    const { authorities } = this.#context;
    if (authorities.mayIssue('root', name).length > 0) return undefined;
    const root = authorities
      .active('root')
      .filter((record) => record.name === name && record.state === 'active')
      .at(-1);
    if (root === undefined)
      throw new AuthorityError('no_active_authority', `authority ${name} has no root that may sign`);
    return root;
  }

  /** A certificate or key twice would make two authorities that cannot be told apart. */
  #refuseKnown(chain: readonly Certificate[]): void {
    const known = this.#context.authorities.list();
    for (const { spkiSha256, subject } of chain) {
      if (!known.some((record) => record.spkiSha256 === spkiSha256)) continue;
      throw new AuthorityError(
        'authority_exists',
        `the key of ${subject.toString()} is that of an authority here`,
      );
    }
  }
}

function checkName(name: string): void {
  if (isAuthorityName(name)) return;
  throw new AuthorityError(
    'authority_name_invalid',
    'the name of an authority is 1 to 63 lower-case letters, digits and hyphens',
  );
}

function exists(name: string): AuthorityError {
  return new AuthorityError('authority_exists', `there is an authority ${name} already`);
}

function contended(): AuthorityError {
  return new AuthorityError('contended', 'others changed the authorities at the same time; nothing was made');
}
