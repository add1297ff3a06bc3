/** What a token says, believed or not. Members of another form than a token of ours has are left out. */
export interface TokenClaims {
  readonly type: string | undefined;
  readonly algorithm: string | undefined;
  readonly keyId: string | undefined;
  readonly issuer: string | undefined;
  readonly clientId: string | undefined;
  readonly audience: string | undefined;
  /** Epoch seconds. */
  readonly expiresAt: number | undefined;
  readonly scope: string | undefined;
  readonly tokenId: string | undefined;
  /** Whether there is a `cnf` at all. */
  readonly confirmation: boolean;
  /** `cnf.x5t#S256`. */
  readonly thumbprint: string | undefined;
  readonly epoch: number | undefined;
  readonly credentialIds: readonly string[] | undefined;
  readonly authorityIds: readonly string[] | undefined;
}

const maximumLength = 16 * 1024;
/** Longest text of a token that is told, in characters. */
const maximumShown = 300;

/** Takes a compact JWS apart without checking its signature, to tell what is wrong with it. Undefined for what is none. */
export function unverifiedClaims(token: string): TokenClaims | undefined {
  if (token.length > maximumLength) return undefined;
  const parts = token.split('.');
  const header = jsonObject(parts[0] ?? '');
  const claims = jsonObject(parts[1] ?? '');
  if (parts.length !== 3 || header === undefined || claims === undefined) return undefined;
  const confirmation = record(claims['cnf']);
  const own = record(claims['mortise']);
  const { exp } = claims;
  return {
    type: text(header['typ']),
    algorithm: text(header['alg']),
    keyId: text(header['kid']),
    issuer: text(claims['iss']),
    clientId: text(claims['client_id']),
    audience: text(claims['aud']),
    expiresAt: typeof exp === 'number' && Number.isFinite(exp) ? exp : undefined,
    scope: text(claims['scope']),
    tokenId: text(claims['jti']),
    confirmation: claims['cnf'] !== undefined,
    thumbprint: text(confirmation?.['x5t#S256']),
    epoch: typeof own?.['epoch'] === 'number' ? own['epoch'] : undefined,
    credentialIds: texts(own?.['credentials']),
    authorityIds: texts(own?.['authorities']),
  };
}

function jsonObject(encoded: string): Record<string, unknown> | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(encoded)) return undefined;
  try {
    return record(JSON.parse(Buffer.from(encoded, 'base64url').toString()));
  } catch {
    return undefined;
  }
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, maximumShown) : undefined;
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
}
