import type { Actor, EventDraft } from '../../events/index.ts';
import type { Credential } from '../credential.ts';

/** The event of a credential that a client got. Issuing a certificate has its own, by the authority. */
export function credentialAdded(actor: Actor, clientId: string, credential: Credential): EventDraft {
  const ends =
    credential.expiresAt === undefined ? {} : { expires_at: Math.floor(credential.expiresAt / 1000) };
  const shared = { actor, clientId };
  switch (credential.kind) {
    case 'secret':
      return {
        ...shared,
        act: 'secret.added',
        object: { kind: 'credential', id: credential.id },
        data: { stored: credential.form, ...ends },
      };
    case 'key':
      return {
        ...shared,
        act: 'credential.added',
        object: { kind: 'credential', id: credential.id },
        data: { jkt: credential.thumbprint, ...ends },
      };
    case 'certificate':
      return {
        ...shared,
        act: 'certificate.registered',
        object: { kind: 'certificate', id: credential.fingerprint256 },
        data: { credential_id: credential.id, 'x5t#S256': credential.x5t, ...ends },
      };
  }
}
