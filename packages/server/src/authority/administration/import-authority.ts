import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Certificate } from '@mortise/x509';
import type { Actor } from '../../events/index.ts';
import { AuthorityError } from '../authority-error.ts';
import { createdEvent, importedEvent } from '../authority-events.ts';
import { newAuthorityId } from '../authority-id.ts';
import type { AuthorityRecord } from '../authority-record.ts';
import { atPlace } from '../inherited-place.ts';
import type { SigningAuthority } from '../make-authority.ts';
import type { AuthorityKey, AuthorityKeys, KeyPlace, KeyRecord } from '../signers/authority-keys.ts';
import type { AdministrationContext } from './administration-context.ts';
import { chainRecord, checkChain, checkKey, readChain } from './authority-chain.ts';
import type { AskedRules } from './authority-rules.ts';
import { refuseBadName, refuseTakenKeys, refuseTakenName } from './new-authority.ts';
import { recordAuthorities } from './record-authorities.ts';

export interface ImportAuthority {
  readonly name: string;
  /** PEM: the authority, then those above it, the root last. */
  readonly certificates: string;
  /** The authority's key, or the PKCS #11 URI of it. */
  readonly key: KeyObject | { readonly keyLocation: string };
  /** Of a root: where the key of its intermediate will be. Default: where that of the root is. */
  readonly place?: KeyPlace;
  readonly rules?: AskedRules;
  readonly actor: Actor;
}

/** Takes an authority that was made elsewhere. Of a root an intermediate is made here, both or neither; another authority issues itself. Rejects with AuthorityError. */
export async function importAuthority(
  context: AdministrationContext,
  options: ImportAuthority,
): Promise<AuthorityRecord> {
  const { name, actor } = options;
  const { authorities, keys, maker, clock } = context;
  refuseBadName(name);
  refuseTakenName(authorities, name);
  const expectedCount = authorities.list().length;
  const chain = readChain(options.certificates);
  const id = newAuthorityId();
  const key = await takeKey(keys, { authorityId: id, certificate: chain[0]!, given: options.key });
  await checkChain(chain, clock());
  refuseTakenKeys(authorities, chain);
  if (chain.length > 1 && options.place !== undefined) {
    throw new AuthorityError('key_place_invalid', 'no key is made for an authority that issues itself');
  }
  const rules = await context.rules.ofNew(name, options.rules ?? {});
  const firstCreatedAt = maker.nextCreatedAt();
  const imported = chainRecords(chain, { id, name, key: key.record, firstCreatedAt });
  const record = imported.at(-1)!;
  const parent = { record, certificate: chain[0]!, signer: key.signer };
  const made = record.kind === 'root' ? [await makeIntermediate(context, parent, options.place)] : [];
  await recordAuthorities(
    context,
    { authorities: [...imported, ...made], expectedCount, ...(rules === undefined ? {} : { rules }) },
    {
      events: [
        ...imported.map((one) => importedEvent(one, actor)),
        ...made.map((one) => createdEvent(one, actor)),
      ],
      madeKeysOf: made,
    },
  );
  return made[0] ?? record;
}

async function makeIntermediate(
  { maker }: AdministrationContext,
  parent: SigningAuthority,
  place: KeyPlace | undefined,
): Promise<AuthorityRecord> {
  const { name, keyType } = parent.record;
  const next = { name, kind: 'intermediate', follows: undefined, issuer: parent.record } as const;
  const { record } = await atPlace(place, next, (at) =>
    maker.make('intermediate', { name, keyType, parent, place: at }),
  );
  return record;
}

/** The key, sealed here or left on its token. Rejects with AuthorityError unless it is the certificate's. */
async function takeKey(
  keys: AuthorityKeys,
  taken: {
    readonly authorityId: string;
    readonly certificate: Certificate;
    readonly given: ImportAuthority['key'];
  },
): Promise<AuthorityKey> {
  const { authorityId, certificate, given } = taken;
  if (!('keyLocation' in given)) {
    checkKey(certificate, createPublicKey(given));
    return keys.seal(authorityId, given);
  }
  const place = { signer: 'pkcs11', keyLocation: given.keyLocation } as const;
  const found = await keys.make(place, { authorityId, keyType: 'ec-p256' });
  checkKey(certificate, found.publicKey);
  return found;
}

/** The root first, the authority itself, whose key is here, last. */
function chainRecords(
  chain: readonly Certificate[],
  authority: {
    readonly id: string;
    readonly name: string;
    readonly key: KeyRecord;
    readonly firstCreatedAt: number;
  },
): AuthorityRecord[] {
  const { id, name, key, firstCreatedAt } = authority;
  const records: AuthorityRecord[] = [];
  for (const [index, certificate] of [...chain.entries()].reverse()) {
    const parentId = records.at(-1)?.id;
    const record = chainRecord(certificate, {
      ...(index === 0 ? { id } : {}),
      name,
      kind: parentId === undefined ? 'root' : 'intermediate',
      createdAt: firstCreatedAt + records.length,
      ...(parentId === undefined ? {} : { parentId }),
    });
    records.push({ ...record, ...(index === 0 ? key : { signer: 'offline' }) });
  }
  return records;
}
