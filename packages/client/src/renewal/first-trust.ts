import { Certificate } from '@mortise/x509';
import { ClientError } from '../errors.ts';
import type { CredentialFolder } from '../files/credential-folder.ts';
import { type Anchors, checkAnchors, isPin, normalisedPin, resolveAnchors } from '../transport/anchors.ts';

/**
 * Whom to trust, as PEM: what the program gives, else what came with the enrolment, else what the folder holds from before. A
 * pinned root is looked for in the folder first, then asked of the server. Throws `configuration_invalid` where there is none of
 * these: a server that anybody could be is not asked for anything.
 */
export async function firstTrust(options: {
  readonly anchors: Anchors | undefined;
  readonly enrolled: string | undefined;
  readonly folder: CredentialFolder;
  readonly directory: string;
}): Promise<string> {
  const { anchors, enrolled, folder, directory } = options;
  checkAnchors(anchors);
  const kept = await folder.readTrusted();
  if (anchors === undefined) {
    // What the folder holds may have grown by a root since it enrolled.
    const grown = kept !== undefined && enrolled !== undefined && holdsAll(kept, enrolled);
    const text = grown ? kept : (enrolled ?? kept);
    if (text !== undefined) return text;
    throw new ClientError(
      'configuration_invalid',
      'whom to trust is not known: give CA certificates or the fingerprint of a root',
    );
  }
  if (isPin(anchors) && kept !== undefined && holds(kept, normalisedPin(anchors))) return kept;
  const resolved = await resolveAnchors(anchors, new URL(directory).origin);
  return resolved!.map((pem) => `${pem.trimEnd()}\n`).join('');
}

function holdsAll(pem: string, others: string): boolean {
  try {
    return Certificate.parseAll(others).every(({ fingerprint256 }) => holds(pem, fingerprint256));
  } catch {
    return false;
  }
}

function holds(pem: string, fingerprint256: string): boolean {
  try {
    return Certificate.parseAll(pem).some((one) => one.fingerprint256 === fingerprint256);
  } catch {
    return false;
  }
}
