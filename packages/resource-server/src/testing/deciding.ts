import assert from 'node:assert/strict';
import type { Decision, RequestFacts } from '../access.ts';
import { createResourceServer } from '../create-resource-server.ts';
import type { ResourceServerEvent } from '../events.ts';
import type { ResourceServerOptions } from '../options.ts';
import { Denylist, type DenylistEntry } from '../revocation/denylist.ts';
import { createTestKey, issuer, resource } from './tokens.ts';

export const now = 1_800_000_000_000;
export const key = createTestKey('k1');
export const mine = 'm'.repeat(43);
export const other = 'o'.repeat(43);
export const bound = { cnf: { 'x5t#S256': mine } };

export interface Setup {
  readonly options?: Partial<ResourceServerOptions>;
  readonly denied?: readonly DenylistEntry[];
}

export function setUp({ options = {}, denied = [] }: Setup = {}) {
  const log: ResourceServerEvent[] = [];
  const time = { now };
  const denylist = new Denylist(denied);
  const resourceServer = createResourceServer({
    issuer,
    resource,
    jwks: () => ({ keys: [key.jwk] }),
    revocation: { denylist },
    clock: () => time.now,
    log: (event) => log.push(event),
    ...options,
  });
  return { resourceServer, denylist, log, time };
}

export function facts(token: string | undefined, changes: Partial<RequestFacts> = {}): RequestFacts {
  return {
    method: 'POST',
    url: '/payments',
    authorization: token === undefined ? [] : [`Bearer ${token}`],
    ...changes,
  };
}

export const certificate = { thumbprint: mine, notBefore: now - 1000, notAfter: now + 1_000_000 };

export function reason(decision: Decision): string {
  return decision.allowed ? 'allowed' : decision.private.reason;
}

export function parts(decision: Decision) {
  assert.ok(!decision.allowed);
  const { status, error, headers, body } = decision;
  return { status, error, challenge: headers['www-authenticate'], body };
}
