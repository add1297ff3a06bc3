import { type Enrolment, lazyAcme } from './acme.ts';
import type { Ground } from './ground.ts';
import type { Identities } from './identities.ts';
import type { Trust } from './trust.ts';

/** Opens ACME, by which clients and servers get their certificates themselves. */
export function openEnrolment(
  { config, storage, names, log, clock }: Ground,
  { clients, authority, recalls }: Identities,
  { revocation, rollovers }: Trust,
): Enrolment {
  return lazyAcme(config, {
    store: storage.acme,
    // A client id holds no space, so that no client's assertions are in the way.
    nonceUses: storage.isShared
      ? {
          consume: (jti, expiresAt) =>
            storage.replayGuard.consume({ clientId: 'acme nonce', jti, expiresAt }),
        }
      : undefined,
    authority,
    recalls,
    crossCertificate: (last) => rollovers.crossCertificate(last),
    revocation,
    clients,
    sealer: storage.sealer,
    issuer: names.issuer,
    clock,
    log,
  });
}
