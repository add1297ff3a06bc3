import { Type } from 'typebox';

/** How a client gets its certificates by ACME. */
export const enrolmentSchema = Type.Object(
  {
    directory: Type.String({ description: 'URL of the ACME directory' }),
    eab_kid: Type.String({ description: 'RFC 8555 §7.3.4' }),
    eab_hmac_key: Type.String({ description: 'base64url; binds one account, and is shown this once' }),
    eab_expires_at: Type.Integer({ description: 'End of the key where it is not used; epoch seconds' }),
    identifier: Type.Optional(
      Type.String({ description: 'The DNS name to order; absent where a challenge proves the names' }),
    ),
    ca_fingerprints: Type.Array(Type.String(), {
      description: 'SHA-256 of the roots, lower-case hexadecimal',
    }),
    ca: Type.String({ description: 'The roots, PEM: what ACME clients need to trust this server' }),
    commands: Type.Record(Type.String(), Type.String(), {
      description: 'Ready command lines, by ACME client; they read the roots from ca.pem',
    }),
  },
  { $id: 'Enrolment' },
);

/** A key of an enrolment that has bound no account yet; never the key itself. */
export const enrolmentKeySchema = Type.Object(
  {
    eab_kid: Type.String({ description: 'RFC 8555 §7.3.4' }),
    client_id: Type.String(),
    profile: Type.String({ description: 'Under which it binds an account' }),
    created_at: Type.Integer({ description: 'Made; epoch seconds' }),
    eab_expires_at: Type.Integer({ description: 'From then on it binds nothing; epoch seconds' }),
  },
  { $id: 'EnrolmentKey' },
);

export const acmeAccountSchema = Type.Object(
  {
    account_id: Type.String(),
    account_url: Type.String({ description: 'By which its ACME client knows it' }),
    profile: Type.String(),
    client_id: Type.Optional(Type.String({ description: 'The client that it is bound to' })),
    status: Type.Union([Type.Literal('valid'), Type.Literal('deactivated')]),
    contact: Type.Array(Type.String()),
    jkt: Type.String({ description: 'SHA-256 of its key (RFC 7638), base64url' }),
    created_at: Type.Integer({ description: 'Made; epoch seconds' }),
  },
  { $id: 'AcmeAccount' },
);
