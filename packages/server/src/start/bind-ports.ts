import { type Address, type Config, parseAddress } from '../config/index.ts';
import type { InstanceStore } from '../storage/index.ts';
import type { DataDirectory } from './data-directory.ts';
import { type Listeners, listenerNames } from './listeners.ts';

/** Ports that are known are bound before anything is opened, so that one in use leaves everything as it was. */
export async function bindKnownPorts(
  listeners: Listeners,
  config: Config,
  data: DataDirectory,
): Promise<void> {
  const last = data.readServerFile()?.listening;
  for (const name of listenerNames) {
    const address = listenAddress(config, name);
    const port = address.port === 0 ? parseAddress(last?.[name] ?? '')?.port : address.port;
    if (port !== undefined) await listeners.bind(name, { host: address.host, port });
  }
}

/** Port 0 is any port at the first start, and from then on the one that the outer names were derived from. */
export async function bindOtherPorts(
  listeners: Listeners,
  config: Config,
  store: InstanceStore,
): Promise<void> {
  const instance = await store.get();
  for (const name of listenerNames) {
    if (listeners.isBound(name)) continue;
    await listeners.bind(name, { host: listenAddress(config, name).host, port: instance?.ports[name] ?? 0 });
  }
}

function listenAddress(config: Config, name: (typeof listenerNames)[number]): Address {
  const addresses = {
    public: config.listenPublic,
    mtls: config.listenMtls,
    pki: config.listenPki,
    metrics: config.listenMetrics,
  };
  return addresses[name];
}
