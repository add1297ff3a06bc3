import { isIP } from 'node:net';
import type { Address, Config } from '../config/index.ts';
import { StartError } from './start-error.ts';

/** The names under which others reach the server: burned into tokens and certificates. */
export interface OuterNames {
  readonly issuer: string;
  readonly mtlsUrl: string;
  readonly pkiUrl: string;
  /** DNS names and addresses of the server's own certificate. */
  readonly serverNames: readonly string[];
}

export type GivenNames = Pick<Config, 'issuer' | 'mtlsUrl' | 'pkiUrl' | 'serverName'>;

export type BoundAddresses = Readonly<Record<'public' | 'mtls' | 'pki', Address>>;

const localNames = ['localhost', '127.0.0.1', '::1'];

/** The names of a first start: as given, else from the host of the issuer and the ports bound, else from the addresses bound. */
export function deriveNames(given: GivenNames, bound: BoundAddresses): OuterNames {
  const host = given.issuer === undefined ? undefined : new URL(given.issuer).hostname;
  const issuer = given.issuer ?? `https://${outerHost(bound.public)}:${bound.public.port}`;
  const mtlsUrl = given.mtlsUrl ?? `https://${host ?? outerHost(bound.mtls)}:${bound.mtls.port}`;
  const pkiUrl = given.pkiUrl ?? `http://${host ?? outerHost(bound.pki)}:${bound.pki.port}`;
  return { issuer, mtlsUrl, pkiUrl, serverNames: serverNames(issuer, mtlsUrl, given.serverName ?? []) };
}

/**
 * What a later start uses: the stored names. Names given that differ are refused, or taken with `changeUrls`.
 * Throws StartError `names_differ`.
 */
export function reconcileNames(
  stored: OuterNames,
  given: GivenNames,
  changeUrls: boolean,
): { readonly names: OuterNames; readonly changed: boolean } {
  const issuer = given.issuer ?? stored.issuer;
  const mtlsUrl = given.mtlsUrl ?? stored.mtlsUrl;
  const pkiUrl = given.pkiUrl ?? stored.pkiUrl;
  const missing = (given.serverName ?? []).filter((name) => !stored.serverNames.includes(name));
  const differences: [flag: string, was: string, is: string][] = [];
  if (issuer !== stored.issuer) differences.push(['--issuer', stored.issuer, issuer]);
  if (mtlsUrl !== stored.mtlsUrl) differences.push(['--mtls-url', stored.mtlsUrl, mtlsUrl]);
  if (pkiUrl !== stored.pkiUrl) differences.push(['--pki-url', stored.pkiUrl, pkiUrl]);
  if (missing.length > 0)
    differences.push(['--server-name', stored.serverNames.join(', '), missing.join(', ')]);
  const [first] = differences;
  if (first === undefined) return { names: stored, changed: false };
  if (!changeUrls) {
    const [flag, was, is] = first;
    throw new StartError(
      'names_differ',
      `${flag} says ${is}, but this server was started as ${was}, which stands in tokens and certificates; --change-urls accepts the change`,
    );
  }
  const configured = given.serverName ?? stored.serverNames;
  return {
    names: { issuer, mtlsUrl, pkiUrl, serverNames: serverNames(issuer, mtlsUrl, configured) },
    changed: true,
  };
}

export interface UnservedUrl {
  readonly listener: keyof BoundAddresses;
  readonly url: string;
  readonly port: number;
}

/**
 * The URLs on this machine whose port its listener does not have: a server that was started on other ports than those its names were
 * derived from is found by nobody. Of other hosts nothing is known here: something may stand in front of them.
 */
export function unservedUrls(names: OuterNames, bound: BoundAddresses): readonly UnservedUrl[] {
  const urls = { public: names.issuer, mtls: names.mtlsUrl, pki: names.pkiUrl };
  return (['public', 'mtls', 'pki'] as const).flatMap((listener) => {
    const { hostname, port, protocol } = new URL(urls[listener]);
    const said = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
    const local = localNames.includes(hostname.replace(/^\[|\]$/g, ''));
    return local && said !== bound[listener].port
      ? [{ listener, url: urls[listener], port: bound[listener].port }]
      : [];
  });
}

function serverNames(issuer: string, mtlsUrl: string, configured: readonly string[]): string[] {
  const hosts = [issuer, mtlsUrl].map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ''));
  return [...new Set([...hosts, ...configured, ...localNames])];
}

/** Loopback and "every interface" are `localhost` to others on this machine; nobody else can be assumed. */
function outerHost({ host }: Address): string {
  if (host === '' || host === '0.0.0.0' || host === '::' || host === '::1' || host.startsWith('127.'))
    return 'localhost';
  return isIP(host) === 6 ? `[${host}]` : host;
}
