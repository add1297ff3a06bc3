import { Type } from 'typebox';
import { authoritySchemas } from './authority-schemas.ts';
import { acmeAccountSchema, enrolmentKeySchema, enrolmentSchema } from './enrolment-schemas.ts';
import { explainSchemas } from './explain-schemas.ts';
import { lineageSchema } from './lineage-schemas.ts';
import { newProfileSchema, profileChangesSchema, profileSchema } from './profile-schemas.ts';
import { recallSchemas } from './recall-schemas.ts';
import { rolloverSchemas } from './rollover-schemas.ts';
import { rootCrlSchemas } from './root-crl-schemas.ts';

const text = (description: string) => Type.String({ description });
const optionalText = (description: string) => Type.Optional(text(description));
const epochSeconds = (description: string) => Type.Integer({ description: `${description}; epoch seconds` });
const optionalEpochSeconds = (description: string) => Type.Optional(epochSeconds(description));
const certificateMembers = {
  fingerprint256: text('SHA-256 of the DER, lower-case hexadecimal'),
  serial_number: text('Lower-case hexadecimal'),
  subject: text('RFC 4514'),
};

/** RFC 9457; `code` is stable. */
export const problemSchema = Type.Object(
  {
    status: Type.Integer(),
    code: text('Stable; what programs switch on'),
    title: text('What kind of problem it is'),
    detail: optionalText('What is wrong with this request'),
    member: optionalText('The member at fault'),
  },
  { $id: 'Problem' },
);

const clientMembers = {
  client_name: optionalText('Name for people'),
  token_endpoint_auth_method: optionalText('RFC 7591 and RFC 8705; default client_secret_basic'),
  previous_token_endpoint_auth_method: optionalText('The method still accepted during a move'),
  previous_token_endpoint_auth_method_expires_at: optionalEpochSeconds('End of the move'),
  grant_types: Type.Optional(Type.Array(Type.String())),
  response_types: Type.Optional(Type.Array(Type.String())),
  scope: optionalText('Scopes it may ask for, space-separated'),
  default_scope: optionalText('What a request without scope gets'),
  resources: Type.Optional(Type.Array(Type.String(), { description: 'Resources it may ask tokens for' })),
  tls_client_certificate_bound_access_tokens: Type.Optional(Type.Boolean()),
  access_token_lifetime_seconds: Type.Optional(Type.Integer()),
  tls_client_auth_subject_dn: optionalText('RFC 4514'),
  tls_client_auth_san_dns: Type.Optional(Type.String()),
  tls_client_auth_san_uri: Type.Optional(Type.String()),
  tls_client_auth_san_ip: Type.Optional(Type.String()),
  tls_client_auth_san_email: Type.Optional(Type.String()),
  tls_client_auth_trust_anchors: Type.Optional(
    Type.Array(
      Type.Union([
        Type.String({ description: 'CA certificate, PEM' }),
        Type.Object({ subject: Type.String(), public_key: Type.String() }),
      ]),
    ),
  ),
  jwks: Type.Optional(Type.Object({ keys: Type.Array(Type.Object({}, { additionalProperties: true })) })),
  jwks_uri: Type.Optional(Type.String()),
  legacy_assertion_audience: Type.Optional(Type.Boolean()),
};

export const newClientSchema = Type.Object(
  {
    client_id: optionalText('Chosen here, else generated'),
    ...clientMembers,
    client_secret_expires_at: optionalEpochSeconds('End of the first secret; absent or 0: none'),
    enrol: Type.Optional(Type.Boolean({ description: 'Whether to make a key by which it enrols with ACME' })),
  },
  { $id: 'NewClient' },
);

/** RFC 7396: `null` removes a member. */
export const clientChangesSchema = Type.Object(
  Object.fromEntries(
    Object.entries(clientMembers).map(([name, schema]) => [
      name,
      Type.Optional(Type.Union([schema, Type.Null()])),
    ]),
  ),
  { $id: 'ClientChanges', minProperties: 1 },
);

export const credentialSchema = Type.Object(
  {
    credential_id: Type.String(),
    kind: Type.Union([Type.Literal('secret'), Type.Literal('key'), Type.Literal('certificate')]),
    created_at: epochSeconds('Made'),
    expires_at: optionalEpochSeconds('From then on it authenticates nobody'),
    revoked_at: optionalEpochSeconds('Ended'),
    last_used_at: optionalEpochSeconds('Last used'),
  },
  { $id: 'Credential', additionalProperties: true },
);

export const clientSchema = Type.Object(
  {
    client_id: Type.String(),
    ...clientMembers,
    client_id_issued_at: epochSeconds('Registered'),
    status: Type.Union([Type.Literal('active'), Type.Literal('suspended'), Type.Literal('revoked')]),
    client_secret: optionalText('Only in the answer to the act that made it'),
    client_secret_expires_at: optionalEpochSeconds('0: no end'),
    credentials: Type.Optional(Type.Array(Type.Ref('Credential'))),
    enrolment: Type.Optional(Type.Ref('Enrolment')),
  },
  { $id: 'Client' },
);

export const secretSchema = Type.Object(
  {
    credential_id: Type.String(),
    client_secret: text('Shown this once'),
    client_secret_expires_at: epochSeconds('0: no end'),
  },
  { $id: 'NewSecret' },
);

export const resourceSchema = Type.Object(
  {
    resource: text('RFC 8707 identifier: an absolute URI'),
    resource_name: Type.Optional(Type.String()),
    scopes_supported: Type.Optional(Type.Array(Type.String())),
    signing_algorithm: Type.Optional(Type.String()),
    access_token_lifetime_seconds: Type.Optional(Type.Integer()),
    resource_servers: Type.Optional(Type.Array(Type.String())),
  },
  { $id: 'Resource' },
);

export const resourceChangesSchema = Type.Object(
  {
    resource_name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    scopes_supported: Type.Optional(Type.Array(Type.String())),
    signing_algorithm: Type.Optional(Type.String()),
    access_token_lifetime_seconds: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
    resource_servers: Type.Optional(Type.Array(Type.String())),
  },
  { $id: 'ResourceChanges', minProperties: 1 },
);

export const certificateRequestSchema = Type.Object(
  {
    profile: optionalText('Name of the profile; default client'),
    authority: optionalText('Name of the authority; default: one whose rules allow it'),
    client_id: optionalText('Whose it is; needed by profiles that issue to clients'),
    csr: optionalText('PKCS#10, PEM; absent: the key is made here and returned this once'),
    key_type: optionalText('Kind of the key that is made here; default: the first that the profile allows'),
    names: Type.Optional(
      Type.Array(Type.String(), {
        description: 'DNS names and IP addresses; of an authority its common name',
      }),
    ),
    lifetime_seconds: Type.Optional(Type.Integer({ minimum: 60 })),
  },
  { $id: 'CertificateRequest', additionalProperties: false },
);

export const certificateSchema = Type.Object(
  {
    ...certificateMembers,
    'x5t#S256': text('SHA-256 of the DER, base64url: what tokens are bound to'),
    names: Type.Array(Type.String(), { description: 'Subject alternative names, each as kind:value' }),
    profile: Type.String(),
    client_id: Type.Optional(Type.String()),
    credential_id: Type.Optional(Type.String()),
    authority_id: Type.String(),
    not_before: epochSeconds('Valid from'),
    not_after: epochSeconds('Valid until'),
    revoked_at: optionalEpochSeconds('Revoked'),
    revocation_reason: Type.Optional(Type.String()),
    certificate: text('PEM'),
    certificates: optionalText('PEM, leaf then intermediates; in the answer to its issue'),
    ca: optionalText('PEM of the roots; in the answer to its issue'),
    private_key: optionalText('PEM (PKCS#8); in the answer to its issue, if made here'),
  },
  { $id: 'Certificate' },
);

export const certificateRevocationSchema = Type.Object(
  {
    revocation_reason: optionalText('RFC 5280 §5.3.1'),
    reason: Type.Optional(Type.String({ maxLength: 500, description: 'Why, for the audit log' })),
    client_id: optionalText('For a certificate of another CA: the client it speaks for'),
  },
  { $id: 'CertificateRevocation', additionalProperties: false },
);

export const keySchema = Type.Object(
  {
    kid: Type.String(),
    alg: Type.String(),
    state: Type.Union(
      (['waiting', 'current', 'superseded', 'retired', 'revoked'] as const).map((one) => Type.Literal(one)),
      {
        description:
          'waiting: published, signs later; superseded: published until its last token has expired',
      },
    ),
    created_at: epochSeconds('Made and published'),
    activates_at: epochSeconds('Signs from'),
    retired_at: optionalEpochSeconds('Published no more: every token that it signed has expired'),
    revoked_at: optionalEpochSeconds('Revoked'),
  },
  { $id: 'SigningKey' },
);

export const authoritySchema = Type.Object(
  {
    authority_id: Type.String(),
    parent_id: Type.Optional(Type.String()),
    name: text('Of the authority that it belongs to'),
    kind: Type.Union([Type.Literal('root'), Type.Literal('intermediate')]),
    state: Type.Union(
      (['staged', 'active', 'retired'] as const).map((one) => Type.Literal(one)),
      { description: 'staged: trusted, and signs nothing yet; retired: signs no certificates any more' },
    ),
    signer: Type.Union(
      (['file', 'offline', 'pkcs11'] as const).map((one) => Type.Literal(one)),
      { description: 'Where the key is: sealed in the database, kept elsewhere, on a token' },
    ),
    key_location: optionalText('PKCS #11 URI of the key'),
    key_type: Type.String(),
    fingerprint256: certificateMembers.fingerprint256,
    subject: certificateMembers.subject,
    not_before: epochSeconds('Valid from'),
    not_after: epochSeconds('Valid until'),
    revoked_at: optionalEpochSeconds('Revoked'),
    revocation_reason: Type.Optional(Type.String()),
    certificate: text('PEM'),
  },
  { $id: 'Authority' },
);

export const nodeSchema = Type.Object(
  {
    client_id: Type.String(),
    connected: Type.Boolean(),
    position: Type.Integer({ description: 'Highest position of the feed that it enforces' }),
    lag: Type.Integer({ description: 'Positions that it has not reported yet' }),
    last_seen_at: epochSeconds('Of its last report, or the opening of its last stream'),
    streams: Type.Array(Type.Object({}, { additionalProperties: true })),
  },
  { $id: 'Node' },
);

export const eventSchema = Type.Object(
  {
    sequence: Type.Integer(),
    at: Type.Number({ description: 'Epoch seconds, with milliseconds as fraction' }),
    actor: Type.String(),
    act: Type.String(),
    object: Type.Object({ kind: Type.String(), id: Type.String() }),
    client_id: Type.Optional(Type.String()),
    data: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  { $id: 'Event' },
);

export const reasonSchema = Type.Object(
  { reason: Type.Optional(Type.String({ maxLength: 500, description: 'Why, for the audit log' })) },
  { $id: 'Reason', additionalProperties: false },
);

export const outcomeSchema = Type.Object(
  { changed: Type.Boolean({ description: 'false: it was so already' }) },
  { $id: 'Outcome' },
);

/** Named in the document's components. */
export const namedSchemas = [
  problemSchema,
  newClientSchema,
  clientChangesSchema,
  credentialSchema,
  clientSchema,
  secretSchema,
  resourceSchema,
  resourceChangesSchema,
  certificateRequestSchema,
  certificateSchema,
  certificateRevocationSchema,
  keySchema,
  authoritySchema,
  ...authoritySchemas,
  profileSchema,
  newProfileSchema,
  profileChangesSchema,
  nodeSchema,
  eventSchema,
  reasonSchema,
  outcomeSchema,
  enrolmentSchema,
  enrolmentKeySchema,
  acmeAccountSchema,
  ...explainSchemas,
  lineageSchema,
  ...recallSchemas,
  ...rootCrlSchemas,
  ...rolloverSchemas,
] as const;
