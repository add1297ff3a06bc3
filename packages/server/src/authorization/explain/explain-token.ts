import type { Client } from '../../clients/index.ts';
import type { OwnToken, TokenFailureCode } from '../../tokens/index.ts';
import { type Check, failed, notAsked, passed, timeText } from './check.ts';
import type { ExplainerPorts } from './ports.ts';
import { type TokenClaims, unverifiedClaims } from './unverified-claims.ts';

export interface TokenFacts {
  readonly token: string;
  readonly client: Client;
  /** `x5t#S256` of the certificate that would come with it; undefined: none was given. */
  readonly x5t: string | undefined;
  /** The resource whose API would be called; undefined: any. */
  readonly resource: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Why a token does not verify, by code; what stands here is about its form or its signature. */
const formProblems: Partial<Record<TokenFailureCode, string>> = {
  too_large: 'It is longer than any token of this server.',
  malformed: 'It is no JWT as this server makes them.',
  type_wrong: 'Its typ is not at+jwt (RFC 9068 §4): it is another kind of JWT.',
};

const signatureProblems: Partial<Record<TokenFailureCode, string>> = {
  key_unknown: 'Its kid names no key of this server, or one that is no longer published.',
  key_revoked: 'The key that signed it was revoked.',
  algorithm_wrong: 'Its header names another algorithm than the key has.',
  signature_invalid: 'The signature is not by the key that its kid names.',
};

/** Every check of a token that a resource server makes, and what it would compare. The token itself is never told. */
export async function explainToken(facts: TokenFacts, ports: ExplainerPorts): Promise<Check[]> {
  const verdict = ports.accessTokens.verify(facts.token);
  const code = verdict.valid ? undefined : verdict.code;
  const claims = unverifiedClaims(facts.token);
  const header = { typ: claims?.type ?? '', alg: claims?.algorithm ?? '', kid: claims?.keyId ?? '' };
  const formProblem = code === undefined ? undefined : formProblems[code];
  if (claims === undefined || formProblem !== undefined) {
    return [failed('form', formProblem ?? 'It is no JWT.', claims === undefined ? undefined : header)];
  }
  const signatureProblem = code === undefined ? undefined : signatureProblems[code];
  // An expired token is one whose signature holds; of any other, nothing that it says is proven.
  const proven = code === undefined || code === 'expired';
  return [
    passed('form', 'It is an access token by its form (RFC 9068).', {
      jti: claims.tokenId ?? '(absent)',
      scope: claims.scope ?? '(absent)',
    }),
    signatureProblem === undefined
      ? passed('signature', 'The signature is by a key of this server.', header)
      : failed('signature', signatureProblem, header),
    issuerCheck(claims, ports),
    expiryCheck(claims, facts.now),
    await audienceCheck(claims, facts, ports),
    clientCheck(claims, facts.client),
    bindingCheck(claims, facts),
    proven
      ? denylistCheck(claims, verdict.valid ? verdict.token : undefined, ports)
      : notAsked('denylist', 'Nothing that the token says is proven, so nothing was looked up.'),
  ];
}

function issuerCheck({ issuer }: TokenClaims, ports: ExplainerPorts): Check {
  const values = { expected: ports.issuer, presented: issuer ?? '(absent)' };
  return issuer === ports.issuer
    ? passed('issuer', 'This server issued it.', values)
    : failed('issuer', 'Another server issued it.', values);
}

function expiryCheck({ expiresAt }: TokenClaims, now: number): Check {
  if (expiresAt === undefined) return failed('expiry', 'It has no exp.');
  const values = { exp: timeText(expiresAt * 1000), now: timeText(now) };
  return expiresAt * 1000 <= now
    ? failed('expiry', 'It has expired.', values)
    : passed('expiry', 'It has not expired.', values);
}

async function audienceCheck(
  { audience }: TokenClaims,
  { client, resource }: TokenFacts,
  { resources }: ExplainerPorts,
): Promise<Check> {
  if (audience === undefined) return failed('audience', 'It has no aud that is one text.');
  const values = { presented: audience, ...(resource === undefined ? {} : { expected: resource }) };
  if (resource !== undefined && resource !== audience) {
    return failed('audience', 'It is for another resource.', values);
  }
  if ((await resources.find(audience)) === undefined) {
    return failed('audience', 'This server knows no such resource.', values);
  }
  return client.resources.includes(audience)
    ? passed('audience', 'It is for a resource of this server that the client may use.', values)
    : passed(
        'audience',
        'It is for a resource of this server, for which the client gets no more tokens.',
        values,
      );
}

function clientCheck({ clientId }: TokenClaims, client: Client): Check {
  const values = { expected: client.clientId, presented: clientId ?? '(absent)' };
  return clientId === client.clientId
    ? passed('token_client', 'It was issued to this client.', values)
    : failed('token_client', 'It was issued to another client.', values);
}

/** RFC 8705 §3: who presents the token shows the certificate that it is bound to. */
function bindingCheck({ thumbprint, confirmation }: TokenClaims, { client, x5t }: TokenFacts): Check {
  if (confirmation && thumbprint === undefined) {
    return failed('binding', 'It is bound (cnf), but not to a certificate by x5t#S256.');
  }
  if (thumbprint === undefined) {
    return client.certificateBoundAccessTokens
      ? failed('binding', 'It is not bound, and this client gets bound tokens alone.')
      : passed('binding', 'It is not bound: whoever holds it may use it.');
  }
  if (x5t === undefined) {
    return failed('binding', 'It is bound to a certificate, and comes without one.', {
      'cnf.x5t#S256': thumbprint,
    });
  }
  const values = { 'cnf.x5t#S256': thumbprint, 'x5t#S256': x5t };
  return thumbprint === x5t
    ? passed('binding', 'It is bound to this certificate.', values)
    : failed('binding', 'It is bound to another certificate.', values);
}

function denylistCheck(
  claims: TokenClaims,
  own: OwnToken | undefined,
  { revocation }: ExplainerPorts,
): Check {
  const { clientId, thumbprint, tokenId, keyId } = claims;
  const entry = revocation.denylist.denies({
    clientId,
    epoch: own?.epoch ?? claims.epoch,
    credentialIds: own?.credentialIds ?? claims.credentialIds,
    authorityIds: own?.authorityIds ?? claims.authorityIds,
    tokenId,
    keyId,
    certificates: thumbprint === undefined ? undefined : [thumbprint],
  });
  return entry === undefined
    ? passed('denylist', 'Neither the token nor anything that it was obtained with is on the denylist.')
    : failed('denylist', `The denylist holds the ${entry.kind}.`, { kind: entry.kind, id: entry.id });
}
