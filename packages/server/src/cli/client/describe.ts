import type { ClientDocument, CredentialDocument } from '../documents.ts';
import { relativeTime } from '../output/relative-time.ts';
import { facts, table } from '../output/table.ts';

const shownElsewhere = new Set([
  'client_secret',
  'client_secret_expires_at',
  'client_id_issued_at',
  'credentials',
  'enrolment',
  'grant_types',
  'response_types',
]);

/** A client for a person: its metadata under their own names, then its credentials. */
export function describeClient(client: ClientDocument, now: number): string {
  const members = Object.entries(client)
    .filter(([name]) => !shownElsewhere.has(name))
    .map(([name, value]) => [name, textOf(value)] as const);
  const parts = [facts([...members, ['created', relativeTime(client.client_id_issued_at * 1000, now)]])];
  if (client.credentials !== undefined && client.credentials.length > 0) {
    parts.push(`\n${credentialTable(client.credentials, now)}`);
  }
  return parts.join('\n');
}

export function credentialTable(credentials: readonly CredentialDocument[], now: number): string {
  return table(
    ['credential', 'kind', 'known by', 'created', 'expires', 'last used', 'state'],
    credentials.map((credential) => [
      credential.credential_id,
      credential.kind,
      credential.hint === undefined
        ? (credential.subject ?? credential.jkt ?? '')
        : `…${credential.hint} (${credential.stored})`,
      relativeTime(milliseconds(credential.created_at), now),
      relativeTime(milliseconds(credential.expires_at ?? credential.not_after), now),
      relativeTime(milliseconds(credential.last_used_at), now),
      stateOf(credential, now),
    ]),
  );
}

function stateOf(credential: CredentialDocument, now: number): string {
  if (credential.revoked_at !== undefined) return 'revoked';
  const end = milliseconds(credential.expires_at ?? credential.not_after);
  return end !== undefined && end <= now ? 'expired' : 'active';
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined || seconds === 0 ? undefined : seconds * 1000;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes('\n')))
    return value.join(' ');
  return JSON.stringify(value);
}
