import type { Config } from '../config/index.ts';
import type { Instance, InstanceStore } from '../storage/index.ts';
import { type BoundAddresses, deriveNames, type OuterNames, reconcileNames } from './outer-names.ts';

/**
 * The outer names of this server: derived and stored at the first start, the stored ones afterwards. Throws StartError
 * `names_differ`.
 */
export async function settleInstance(
  store: InstanceStore,
  config: Config,
  bound: BoundAddresses,
  now: number,
): Promise<OuterNames> {
  const stored = await store.get();
  if (stored === undefined) {
    const names = deriveNames(config, bound);
    const ports = { public: bound.public.port, mtls: bound.mtls.port, pki: bound.pki.port };
    const initialised = await store.initialise(
      { ...names, ports, createdAt: now },
      { actor: 'system', act: 'instance.created', object: instanceObject, data: { issuer: names.issuer } },
    );
    // Another node over the same database was first: its names are everyone's.
    return initialised ? names : settleInstance(store, config, bound, now);
  }
  const { names, changed } = reconcileNames(stored, config, config.changeUrls);
  if (changed) {
    const instance: Instance = { ...stored, ...names };
    await store.update(instance, {
      actor: 'system',
      act: 'instance.updated',
      object: instanceObject,
      data: { issuer: names.issuer, mtls_url: names.mtlsUrl, pki_url: names.pkiUrl },
    });
  }
  return names;
}

const instanceObject = { kind: 'instance', id: 'instance' } as const;
