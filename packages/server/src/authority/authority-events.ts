import type { Actor, EventDraft } from '../events/index.ts';
import type { AuthorityRecord, AuthorityRequest, AuthorityRules } from './authority-record.ts';

/** An authority was made here. */
export function createdEvent(record: AuthorityRecord, actor: Actor): EventDraft {
  return about('authority.created', record, actor);
}

/** An authority came from elsewhere, or its certificate was signed elsewhere. */
export function importedEvent(record: AuthorityRecord, actor: Actor): EventDraft {
  return about('authority.imported', record, actor);
}

export function requestedEvent({ id, name, subject, parentId }: AuthorityRequest, actor: Actor): EventDraft {
  return {
    actor,
    act: 'authority.requested',
    object: { kind: 'authority', id },
    data: { name, subject, parent_id: parentId },
  };
}

/** A request is forgotten, and its key with it. */
export function requestCancelledEvent({ id }: Pick<AuthorityRequest, 'id'>, actor: Actor): EventDraft {
  return { actor, act: 'authority.request_cancelled', object: { kind: 'authority', id } };
}

export function rulesEvent({ name, profiles, clients }: AuthorityRules, actor: Actor): EventDraft {
  return {
    actor,
    act: 'authority.rules_changed',
    object: { kind: 'authority', id: name },
    data: {
      ...(profiles === undefined ? {} : { profiles }),
      ...(clients === undefined ? {} : { clients }),
    },
  };
}

function about(act: string, record: AuthorityRecord, actor: Actor): EventDraft {
  return {
    actor,
    act,
    object: { kind: 'authority', id: record.id },
    data: {
      name: record.name,
      kind: record.kind,
      key_type: record.keyType,
      subject: record.subject,
      fingerprint256: record.fingerprint256,
      expires_at: Math.floor(record.notAfter / 1000),
      ...(record.parentId === undefined ? {} : { parent_id: record.parentId }),
    },
  };
}
