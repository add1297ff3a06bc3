import { hash } from 'node:crypto';
import { ClientError } from '../errors.ts';
import type { CredentialFolder } from '../files/credential-folder.ts';
import { type Anchors, checkAnchors, isPin, normalisedPin, resolveAnchors } from '../transport/anchors.ts';

export interface FirstTrust {
  /** Whom to trust, PEM. */
  readonly ca: string;
  /** What it was told by: the pin, or a digest of what was given; undefined where only the folder tells. */
  readonly toldBy: string | undefined;
}

/**
 * Whom to trust: what the program gives, else what came with the enrolment, else what the folder holds. The folder counts first where it was
 * told by the very same once: since then it may have taken up a new root, and given up the old. Throws `configuration_invalid` where nothing
 * says whom: a server that anybody could be is not asked for anything.
 */
export async function firstTrust(options: {
  readonly anchors: Anchors | undefined;
  readonly enrolled: string | undefined;
  readonly folder: CredentialFolder;
  readonly directory: string;
}): Promise<FirstTrust> {
  const { folder, directory } = options;
  const anchors = options.anchors ?? options.enrolled;
  checkAnchors(anchors);
  const kept = await folder.readTrusted();
  const recalled = membersOf(await folder.recall());
  if (anchors === undefined) {
    if (kept !== undefined) return { ca: kept, toldBy: recalled['first_trust'] as string | undefined };
    throw new ClientError(
      'configuration_invalid',
      'whom to trust is not known: give CA certificates or the fingerprint of a root',
    );
  }
  const resolve = async (): Promise<string> =>
    (await resolveAnchors(anchors, new URL(directory).origin))!.map((pem) => `${pem.trimEnd()}\n`).join('');
  if (isPin(anchors)) {
    const toldBy = `pin ${normalisedPin(anchors)}`;
    return { ca: kept !== undefined && recalled['first_trust'] === toldBy ? kept : await resolve(), toldBy };
  }
  const given = await resolve();
  const toldBy = `certificates ${hash('sha256', given, 'hex')}`;
  return { ca: kept !== undefined && recalled['first_trust'] === toldBy ? kept : given, toldBy };
}

function membersOf(document: unknown): Readonly<Record<string, unknown>> {
  return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : {};
}
