const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long a complete CRL may be used: `nextUpdate` after `thisUpdate`. */
export const crlLifetimeMs = 7 * dayMs;

/** How long a delta CRL may be used. */
export const deltaCrlLifetimeMs = 2 * dayMs;

/** A CRL is published again after this time even without news: long before its `nextUpdate`. */
export const crlPublishedEveryMs = dayMs;

/** An entry stays for longer than its certificate lives, so that it is on a CRL that was published after its end (RFC 5280 §3.3). */
export const entryKeptAfterEndMs = 3 * dayMs;

/** A delta CRL reaches further back than its base: an act's time is taken a little before it is committed, and clocks differ. */
export const deltaMarginMs = 10 * minuteMs;

/** How long an OCSP answer may be used. */
export const ocspLifetimeMs = 8 * hourMs;

/** An OCSP answer is signed again after this time. */
export const ocspSignedEveryMs = 4 * hourMs;

/** How long a responder's certificate lives; it is renewed after two thirds. */
export const responderLifetimeSeconds = 7 * 24 * 3600;
