import type { ChallengeMethod } from './challenge-method.ts';
import { dns01 } from './dns-01.ts';
import { http01 } from './http-01.ts';
import { tlsAlpn01 } from './tls-alpn-01.ts';

/** In the order in which they are offered. */
export const challengeMethods: readonly ChallengeMethod[] = [http01, dns01, tlsAlpn01];
