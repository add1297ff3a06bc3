import { Type } from 'typebox';

const seconds = (description: string) => Type.Integer({ description: `${description}; epoch seconds` });
const names = (description: string) =>
  Type.Array(Type.String({ maxLength: 260 }), { maxItems: 1000, description });

const limits = {
  profiles: names('The profiles that it issues; absent: all'),
  clients: names('The clients that it issues to, and nobody else; absent: all'),
} as const;

const constraints = {
  permitted_names: Type.Optional(
    names('Name constraints of the intermediate (RFC 5280 §4.2.1.10): dns:example.com, ip:10.0.0.0/8, …'),
  ),
  excluded_names: Type.Optional(names('Name constraints of the intermediate')),
} as const;

export const newAuthoritySchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        description: 'Of a new authority, or of one that is to get another intermediate; default main',
      }),
    ),
    key_type: Type.Optional(
      Type.String({ description: 'Kind of the keys; default that of the root, or ec-p256' }),
    ),
    pkcs11_token: Type.Optional(
      Type.Union([Type.String(), Type.Null()], {
        description:
          "Label of the PKCS #11 token on which the keys are made; null: in the database. Default: where the key of the authority's last intermediate, or else of its root, is; of a new authority, in the database",
      }),
    ),
    offline_root: Type.Optional(
      Type.String({
        description:
          'Of a new authority: its root in PEM, whose key is kept elsewhere. The answer is a request to sign',
      }),
    ),
    profiles: Type.Optional(limits.profiles),
    clients: Type.Optional(limits.clients),
    ...constraints,
  },
  { $id: 'NewAuthority', additionalProperties: false },
);

export const authorityRequestSchema = Type.Object(
  {
    request_id: Type.String({ description: 'The id that the intermediate will have' }),
    name: Type.String({ description: 'Of its authority' }),
    parent_id: Type.String({ description: 'The root that has to sign it' }),
    key_type: Type.String(),
    subject: Type.String({ description: 'RFC 4514' }),
    csr: Type.String({ description: 'PKCS #10, PEM' }),
    created_at: seconds('Made'),
  },
  { $id: 'AuthorityRequest' },
);

export const createdAuthoritySchema = Type.Object(
  {
    authority: Type.Optional(Type.Ref('Authority')),
    request: Type.Optional(Type.Ref('AuthorityRequest')),
  },
  {
    $id: 'CreatedAuthority',
    description: 'The intermediate that issues from now on, or the request that its root has to sign',
  },
);

export const importedAuthoritySchema = Type.Object(
  {
    name: Type.Optional(Type.String({ description: 'Of the new authority; needed with private_key' })),
    certificates: Type.String({
      description:
        'PEM. With private_key: the authority, then those above it, the root last. Without: the signed certificate of a request',
    }),
    private_key: Type.Optional(Type.String({ description: 'PEM, not encrypted (the connection is)' })),
    pkcs11_key: Type.Optional(
      Type.String({ description: 'In place of private_key: PKCS #11 URI of the key, without a PIN' }),
    ),
    pkcs11_token: Type.Optional(
      Type.Union([Type.String(), Type.Null()], {
        description:
          'Of a root: label of the PKCS #11 token on which the key of its intermediate is made; null: in the database. Default: where the key of the root is',
      }),
    ),
    profiles: Type.Optional(limits.profiles),
    clients: Type.Optional(limits.clients),
  },
  { $id: 'ImportedAuthority', additionalProperties: false },
);

export const authorityRulesSchema = Type.Object(
  {
    name: Type.String({ description: 'Of the authority' }),
    profiles: Type.Optional(limits.profiles),
    clients: Type.Optional(limits.clients),
    updated_at: Type.Optional(seconds('Last changed')),
  },
  { $id: 'AuthorityRules' },
);

export const authorityRulesChangesSchema = Type.Object(
  {
    profiles: Type.Optional(Type.Union([limits.profiles, Type.Null()])),
    clients: Type.Optional(Type.Union([limits.clients, Type.Null()])),
  },
  { $id: 'AuthorityRulesChanges', additionalProperties: false, minProperties: 1 },
);

export const authorityRevocationSchema = Type.Object(
  {
    revocation_reason: Type.Optional(
      Type.String({
        description: 'RFC 5280 §5.3.1, but for certificateHold; on the CRL of whoever signed it',
      }),
    ),
    reason: Type.Optional(Type.String({ maxLength: 500, description: 'Why, for the audit log' })),
  },
  { $id: 'AuthorityRevocation', additionalProperties: false },
);

export const authoritySchemas = [
  newAuthoritySchema,
  authorityRequestSchema,
  createdAuthoritySchema,
  importedAuthoritySchema,
  authorityRulesSchema,
  authorityRulesChangesSchema,
  authorityRevocationSchema,
] as const;
