import { ListenerCertificate } from '../authority/index.ts';
import { useCertificate } from '../http/index.ts';
import type { Ground } from './ground.ts';
import type { Identities } from './identities.ts';
import type { Listeners } from './listeners.ts';
import type { Trust } from './trust.ts';

/** What the listeners present. */
export interface ListenerIdentityWork {
  /** Renews the certificate where it is due or recalled, and presents it then. */
  renew(): Promise<void>;
  /** After a change of authorities: renews the certificate where it is due, and presents it with the chain of now. */
  follow(): Promise<void>;
}

/** Gets a certificate for the listeners from the authority, and presents it. Rejects with AuthorityError. */
export async function openListenerIdentity(
  { names, clock }: Ground,
  listeners: Listeners,
  { authority, isRecalled }: Identities,
  { rollovers }: Trust,
): Promise<ListenerIdentityWork> {
  const identity = await ListenerCertificate.open({ authority, names: names.serverNames, clock });
  const present = (): void => {
    const { cert, key, last } = identity.current;
    const bridge = rollovers.bridge(last);
    // With the roots, so that whoever knows a root by its fingerprint alone can take it from the handshake; but not with the
    // one that a bridge leads to: OpenSSL would prefer it to the bridge, and then not trust it.
    const roots = authority.roots().filter(({ subject }) => bridge?.subject.equals(subject) !== true);
    const certificateChainPem =
      cert + [...(bridge === undefined ? [] : [bridge]), ...roots].map((each) => each.toPem()).join('');
    for (const server of [listeners.public, listeners.mtls]) {
      useCertificate(server, { certificateChainPem, privateKeyPem: key });
    }
  };
  present();
  return {
    renew: async () => {
      const recalled = await isRecalled(identity.current.fingerprint256);
      if (await identity.renewIfDue(recalled)) present();
    },
    follow: async () => {
      await identity.renewIfDue();
      present();
    },
  };
}
