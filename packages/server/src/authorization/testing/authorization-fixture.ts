import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Certificate } from '@mortise/x509';
import { Authority } from '../../authority/index.ts';
import { type Client, Clients, CredentialUse, Resources, secretKeys } from '../../clients/index.ts';
import type { JsonObject } from '../../events/index.ts';
import { Revocation } from '../../revocation/index.ts';
import { openStorage } from '../../storage/index.ts';
import { AccessTokens, SigningKeys } from '../../tokens/index.ts';
import { AuthorizationServer, type AuthorizationServerOptions } from '../authorization-server.ts';
import type { AuthorizationEndpoints } from '../metadata.ts';
import type { RefusalRecord } from '../refusal-records.ts';
import type { OAuthRequest, OAuthResponse, PresentedCertificate } from '../request.ts';

export const issuer = 'https://as.example';
export const mtlsUrl = 'https://mtls.as.example';
export const payments = 'https://payments.example';
export const orders = 'https://orders.example';

export const endpoints: AuthorizationEndpoints = {
  issuer,
  jwksUri: `${issuer}/oauth2/jwks`,
  token: { url: `${issuer}/oauth2/token`, mtlsUrl: `${mtlsUrl}/oauth2/token` },
  introspection: { url: `${issuer}/oauth2/introspect`, mtlsUrl: `${mtlsUrl}/oauth2/introspect` },
  revocation: { url: `${issuer}/oauth2/revoke`, mtlsUrl: `${mtlsUrl}/oauth2/revoke` },
};

/** A certificate issued by the fixture's authority, with its key. */
export interface IssuedToClient {
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  readonly keyPem: string;
}

export interface AuthorizationFixture {
  readonly server: AuthorizationServer;
  readonly clients: Clients;
  readonly resources: Resources;
  readonly revocation: Revocation;
  readonly authority: Authority;
  readonly accessTokens: AccessTokens;
  readonly signingKeys: SigningKeys;
  readonly credentialUse: CredentialUse;
  /** Every refusal that was logged, oldest first. */
  readonly refusals: RefusalRecord[];
  /** Moves the clock; it stands still otherwise. Epoch milliseconds. */
  now: number;
  /** Documents that `jwks_uri` finds, by URL; a URL without one does not answer. */
  readonly documents: Map<string, unknown>;
  readonly fetched: string[];
  register(metadata: JsonObject): Promise<{ client: Client; secret: string }>;
  issue(clientId: string, lifetimeSeconds?: number): Promise<IssuedToClient>;
  close(): Promise<void>;
}

/**
 * An authorization server over a real SQLite database, with two resources (`payments` with payments:read and payments:write, introspected by
 * `payments-api`; `orders` with orders:read) and a clock that stands still.
 * Failure limits are out of the way unless overridden. `onLookUp` hears each look-up of a client in the database.
 */
export async function authorizationFixture(
  overrides: Partial<AuthorizationServerOptions> = {},
  onLookUp: () => void = () => undefined,
): Promise<AuthorizationFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-authorization-'));
  const state = { now: Date.now() };
  const clock = () => state.now;
  const storage = await openStorage({
    url: `sqlite:${join(folder, 'mortise.db')}`,
    clock,
    masterKey: { kind: 'key', bytes: randomBytes(32) },
  });
  const onError = (error: unknown) => {
    throw error;
  };
  const { feed, sealer } = storage;
  const { find } = storage.clients;
  storage.clients.find = (...asked) => {
    onLookUp();
    return find.apply(storage.clients, asked);
  };
  const clients = new Clients({
    store: storage.clients,
    resourceStore: storage.resources,
    feed,
    sealer,
    clock,
    issuer,
  });
  const resources = new Resources({ store: storage.resources, clientStore: storage.clients, feed, clock });
  const credentialUse = new CredentialUse({ store: storage.credentialUses, clock, onError });
  const signingKeys = await SigningKeys.open({ store: storage.signingKeys, feed, sealer, clock, onError });
  const accessTokens = new AccessTokens({ issuer, keys: signingKeys, clock });
  const authority = await Authority.open({
    store: storage.authorities,
    profileStore: storage.profiles,
    sealer,
    feed,
    clients,
    clock,
    names: { issuer, pkiUrl: 'http://pki.as.example' },
    onError,
  });
  const revocation = await Revocation.open({
    store: storage.revocation,
    feed,
    clients: storage.clients,
    authorities: storage.authorities,
    signingKeys,
    clock,
    maximumAccessTokenLifetimeSeconds: 86_400,
  });
  const refusals: RefusalRecord[] = [];
  const documents = new Map<string, unknown>();
  const fetched: string[] = [];
  const server = new AuthorizationServer({
    clients,
    resources,
    accessTokens,
    credentialUse,
    replayGuard: storage.replayGuard,
    revocation,
    authorities: authority,
    secretKeys: (client, now) => secretKeys(client, now, sealer),
    fetcher: {
      fetchJson: async (url) => {
        fetched.push(url);
        if (!documents.has(url)) throw Object.assign(new Error('no answer'), { code: 'connect_failed' });
        return documents.get(url);
      },
    },
    clock,
    log: (record) => refusals.push(record),
    endpoints,
    failureLimits: {
      perAddress: { failures: 10_000, windowSeconds: 60 },
      perClientAndAddress: { failures: 10_000, windowSeconds: 60 },
    },
    ...overrides,
  });
  const actor = 'system';
  const register = async (metadata: JsonObject) => {
    const { client, secret } = await clients.create({ metadata, actor });
    return { client, secret: secret?.clientSecret ?? '' };
  };
  await register({ client_id: 'payments-api', scope: '', resources: [] });
  await resources.create({
    metadata: {
      resource: payments,
      scopes_supported: ['payments:read', 'payments:write'],
      resource_servers: ['payments-api'],
    },
    actor,
  });
  await resources.create({ metadata: { resource: orders, scopes_supported: ['orders:read'] }, actor });
  return {
    server,
    clients,
    resources,
    revocation,
    authority,
    accessTokens,
    signingKeys,
    credentialUse,
    refusals,
    documents,
    fetched,
    get now() {
      return state.now;
    },
    set now(value) {
      state.now = value;
    },
    register,
    async issue(clientId, lifetimeSeconds) {
      const { certificate, chain, keyPem } = await authority.issue({
        profile: 'client',
        clientId,
        actor,
        ...(lifetimeSeconds === undefined ? {} : { lifetimeSeconds }),
      });
      return { certificate, chain, keyPem: keyPem! };
    },
    async close() {
      revocation.close();
      authority.close();
      clients.close();
      resources.close();
      await credentialUse.close();
      await signingKeys.close();
      await storage.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What a connection shows of a certificate. */
export function presented(
  certificate: Certificate,
  chain: readonly Certificate[] = [],
  resumed = false,
): PresentedCertificate {
  const { der } = certificate;
  return {
    der,
    x5t: certificate.thumbprint,
    get certificate() {
      return Certificate.parse(der);
    },
    chain: chain.map((one) => one.der),
    resumed,
  };
}

/** A POST with a form; on `mtls` where it comes with a certificate. */
export function formRequest(
  form: Record<string, string> | string,
  rest: Partial<OAuthRequest> & { readonly authorization?: string } = {},
): OAuthRequest {
  const { authorization, ...request } = rest;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    ...(authorization === undefined ? {} : { authorization }),
  };
  return {
    method: 'POST',
    path: '/oauth2/token',
    headers,
    rawHeaders: Object.entries(headers).flat(),
    body: Buffer.from(typeof form === 'string' ? form : new URLSearchParams(form).toString()),
    remoteAddress: '192.0.2.1',
    listener: request.certificate === undefined ? 'public' : 'mtls',
    certificate: undefined,
    ...request,
  };
}

export function basic(clientId: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString('base64')}`;
}

export function json(response: OAuthResponse): Record<string, unknown> {
  return JSON.parse(response.body) as Record<string, unknown>;
}

/** The claims of an access token, unverified. */
export function claimsOf(response: OAuthResponse): Record<string, unknown> {
  const { access_token: token } = json(response);
  if (typeof token !== 'string') throw new Error(`no token: ${response.status} ${response.body}`);
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
}

export function ecKeyPair(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}
