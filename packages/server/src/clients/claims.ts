import type { ClientRecord } from './client.ts';
import { canonicalMatcher } from './matchers/matchers.ts';
import type { MatcherClaim } from './store.ts';

/** Stands for the authorities of this server, whose keys change with rollover. */
export const ownAuthorities = 'mortise';

/** Which (anchor, matcher) pairs a client owns alone: its matcher under each of its anchors. */
export function claimsOf(
  client: Pick<ClientRecord, 'tlsClientAuth' | 'anchors'>,
  ownAnchorPins: readonly string[],
): MatcherClaim[] {
  const matcher = client.tlsClientAuth === undefined ? undefined : canonicalMatcher(client.tlsClientAuth);
  if (matcher === undefined) return [];
  if (client.anchors.length === 0) return [{ anchor: ownAuthorities, matcher }];
  const anchors = new Set(client.anchors.map((anchor) => anchorName(anchor.spkiSha256, ownAnchorPins)));
  return [...anchors].map((anchor) => ({ anchor, matcher }));
}

/** The name of an anchor in claims: a client that pins the root of this server claims the same as one without anchors. */
export function anchorName(spkiSha256: string, ownAnchorPins: readonly string[]): string {
  return ownAnchorPins.includes(spkiSha256) ? ownAuthorities : spkiSha256;
}
