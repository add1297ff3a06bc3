import type { ConfiguredProfile } from './configured-profiles.ts';
import type { ItemKind } from './list-items.ts';

/**
 * Every setting of `mortise serve`, once: its type, default, bounds and what it is for. The same word in three spellings sets it:
 * `listen_public` in mortise.yaml, `MORTISE_LISTEN_PUBLIC` in the environment, `--listen-public` on the command line.
 *
 * A plain table rather than a schema library: a server that has started needs its settings, not 19 MB of validator.
 */
export interface Setting {
  readonly type: 'string' | 'integer' | 'boolean' | 'list' | 'address' | 'url' | 'choice';
  readonly default?: string | number | boolean | readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly choices?: readonly string[];
  /** For `url`: the protocols that are allowed. */
  readonly protocols?: readonly string[];
  /** For `list`: what each of its texts is (default: any text). */
  readonly items?: ItemKind;
  /** For `string`: it names a file of certificates, which `serve` has to find. */
  readonly file?: 'certificates';
  readonly description: string;
}

/** A bound address: `host` as given (`''` is every interface), `port` 0 for any. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const day = 86_400;

export const settings = {
  data: { type: 'string', default: './mortise-data', description: 'data directory' },
  listenPublic: {
    type: 'address',
    default: '127.0.0.1:8443',
    description: 'OAuth, HTTPS without client certificates',
  },
  listenMtls: {
    type: 'address',
    default: '127.0.0.1:8444',
    description: 'OAuth over mutual TLS, admin API, nodes',
  },
  listenPki: {
    type: 'address',
    default: '127.0.0.1:8080',
    description: 'CA certificates, CRLs, OCSP, plain HTTP',
  },
  listenMetrics: {
    type: 'address',
    default: '127.0.0.1:9464',
    description: 'Prometheus metrics, plain HTTP',
  },
  issuer: {
    type: 'url',
    protocols: ['https:'],
    description: 'OAuth issuer, the outer URL of the public listener; stored at the first start',
  },
  mtlsUrl: {
    type: 'url',
    protocols: ['https:'],
    description: 'outer URL of the mtls listener; stored at the first start',
  },
  pkiUrl: {
    type: 'url',
    protocols: ['http:'],
    description: 'outer URL of the pki listener; stored at the first start',
  },
  serverName: {
    type: 'list',
    items: 'host',
    description:
      "DNS name or IP address for the server's own certificate, beside those of the URLs; repeatable; stored",
  },
  changeUrls: {
    type: 'boolean',
    default: false,
    description: 'accept outer names that differ from the stored ones',
  },
  databaseUrl: {
    type: 'url',
    protocols: ['postgres:', 'postgresql:', 'sqlite:'],
    description: 'PostgreSQL instead of SQLite in the data directory',
  },
  masterKeyFile: {
    type: 'string',
    description: 'file with the 32-byte key that encrypts private keys and secrets at rest',
  },
  sealFile: {
    type: 'string',
    description: 'where the seals of the audit log are appended (default: audit.seals in the data directory)',
  },
  authorityKeyType: {
    type: 'choice',
    choices: ['ec-p256', 'ec-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096', 'ed25519'],
    default: 'ec-p256',
    description: 'kind of key of the root and intermediate that the first start makes',
  },
  pkcs11Module: {
    type: 'string',
    description: 'PKCS #11 module (shared library) through which keys on tokens are used',
  },
  pkcs11PinFile: {
    type: 'string',
    description: 'file with the PIN of those tokens (or MORTISE_PKCS11_PIN holds it)',
  },
  pkcs11Token: {
    type: 'string',
    description:
      'label of the token on which a start that finds no authority makes the keys of its root and intermediate (default: where those before were; at the first start, the database)',
  },
  accessTokenLifetimeSeconds: {
    type: 'integer',
    default: 600,
    minimum: 10,
    maximum: day,
    description: 'lifetime of access tokens where neither the client nor the resource sets one',
  },
  signingKeyRotationSeconds: {
    type: 'integer',
    default: 30 * day,
    minimum: 2 * day,
    maximum: 400 * day,
    description: 'how long a signing key signs before its successor takes over',
  },
  nodeHeartbeatSeconds: {
    type: 'integer',
    default: 5,
    minimum: 1,
    maximum: 60,
    description: 'interval of heartbeats on the node feed',
  },
  stalenessLimitSeconds: {
    type: 'integer',
    default: 30,
    minimum: 1,
    maximum: 3600,
    description: 'how far behind the feed this server may be and still issue tokens',
  },
  fetchNetworks: {
    type: 'list',
    items: 'network',
    description:
      'networks besides the public Internet that jwks_uri may lead to, e.g. 10.0.0.0/8; repeatable',
  },
  fetchCaFile: {
    type: 'string',
    file: 'certificates',
    description: 'PEM of the CAs that such servers are validated against, instead of those that Node trusts',
  },
  acmeNetworks: {
    type: 'list',
    items: 'network',
    description:
      'networks besides the public Internet that ACME validation may connect to, e.g. 10.0.0.0/8; repeatable; metadata addresses never',
  },
  acmeNameServer: {
    type: 'string',
    description: "name server that ACME validation asks, ADDRESS or ADDRESS:PORT (default: the system's)",
  },
  acmeHttpPort: {
    type: 'integer',
    default: 80,
    minimum: 1,
    maximum: 65_535,
    description: 'port that http-01 validation connects to',
  },
  acmeTlsPort: {
    type: 'integer',
    default: 443,
    minimum: 1,
    maximum: 65_535,
    description: 'port that tls-alpn-01 validation connects to',
  },
  acmeTimeoutMs: {
    type: 'integer',
    default: 10_000,
    minimum: 100,
    maximum: 20_000,
    description: 'how long one attempt of an ACME validation may take',
  },
  acmeRetryDelayMs: {
    type: 'integer',
    default: 1000,
    minimum: 1,
    maximum: 60_000,
    description:
      'how long after a failed ACME validation the second attempt is made; the third and last waits four times as long',
  },
  acmeExternalAccountRequired: {
    type: 'boolean',
    default: false,
    description: 'refuse ACME accounts that are not bound to a client, under every profile',
  },
  bodyLimitBytes: {
    type: 'integer',
    default: 65_536,
    minimum: 4096,
    maximum: 16_777_216,
    description: 'largest request body',
  },
  headerLimitBytes: {
    type: 'integer',
    default: 16_384,
    minimum: 4096,
    maximum: 1_048_576,
    description: 'largest request head',
  },
  handshakeTimeoutSeconds: {
    type: 'integer',
    default: 10,
    minimum: 1,
    maximum: 120,
    description: 'longest TLS handshake',
  },
  headersTimeoutSeconds: {
    type: 'integer',
    default: 10,
    minimum: 1,
    maximum: 120,
    description: 'longest wait for a whole request head',
  },
  requestTimeoutSeconds: {
    type: 'integer',
    default: 30,
    minimum: 1,
    maximum: 600,
    description: 'longest wait for a whole request',
  },
  keepAliveTimeoutSeconds: {
    type: 'integer',
    default: 75,
    minimum: 1,
    maximum: 3600,
    description: 'how long an idle connection is kept',
  },
  drainTimeoutSeconds: {
    type: 'integer',
    default: 10,
    minimum: 0,
    maximum: 600,
    description: 'how long requests in progress may take after SIGTERM',
  },
  connectionsLimit: {
    type: 'integer',
    default: 16_384,
    minimum: 16,
    maximum: 1_000_000,
    description: 'most connections of one listener',
  },
  connectionsPerAddressLimit: {
    type: 'integer',
    default: 2048,
    minimum: 4,
    maximum: 1_000_000,
    description: 'most connections of one listener from one address',
  },
  logLevel: {
    type: 'choice',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    default: 'info',
    description: 'least severity logged',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;

interface ValueTypes {
  string: string;
  integer: number;
  boolean: boolean;
  list: readonly string[];
  address: Address;
  url: string;
  choice: string;
}

type ValueOf<S> = S extends { choices: readonly (infer C)[] }
  ? C
  : S extends { type: infer T extends keyof ValueTypes }
    ? ValueTypes[T]
    : never;

/** The settings in force: validated, frozen. A setting without a default is `undefined` where nothing sets it. */
export type Config = {
  readonly [K in SettingName]:
    | ValueOf<(typeof settings)[K]>
    | ((typeof settings)[K] extends { default: unknown } ? never : undefined);
} & {
  /** What certificates may hold; in the file alone. */
  readonly profiles: readonly ConfiguredProfile[];
};

export const settingNames = Object.keys(settings) as SettingName[];

/** `listenPublic` → `listen_public`, as in mortise.yaml. */
export function fileKey(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `listenPublic` → `MORTISE_LISTEN_PUBLIC`. */
export function environmentKey(name: string): string {
  return `MORTISE_${fileKey(name).toUpperCase()}`;
}

/** `listenPublic` → `--listen-public`. */
export function flagName(name: string): string {
  return `--${fileKey(name).replaceAll('_', '-')}`;
}
