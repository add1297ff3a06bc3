import { Type } from 'typebox';

const texts = (description: string) => Type.Array(Type.String(), { description });
const seconds = (description: string) => Type.Integer({ description: `${description}; seconds` });

/** The domain checks each member and says what is allowed; here stands what programs may expect. */
const members = {
  description: Type.String({ description: 'For people, and for ACME clients that choose by it' }),
  names: Type.String({
    description:
      'client: from the record of the client; request: given by an administrator or proven by ACME; authority: the certificate of an authority',
  }),
  uri: Type.String({ description: "client: the client's URI; spiffe: its SPIFFE ID; none" }),
  trust_domain: Type.String({ description: 'Of the SPIFFE IDs; default the host of the issuer' }),
  name_patterns: texts('Each alternative name has to match one, e.g. dns:*.svc.example.com'),
  permitted_names: texts('RFC 5280 §4.2.1.10, e.g. dns:example.com'),
  excluded_names: texts('RFC 5280 §4.2.1.10'),
  key_types: texts(
    'ec-p256, ec-p384, ec-p521, ed25519, rsa-2048, rsa-3072, rsa-4096 (at least so many bits)',
  ),
  default_lifetime_seconds: seconds('Lifetime where none is asked for'),
  minimum_lifetime_seconds: seconds('Shortest lifetime'),
  maximum_lifetime_seconds: seconds('Longest lifetime'),
  key_usage: texts('RFC 5280 §4.2.1.3; what does not fit a key is left out'),
  extended_key_usage: texts('Keywords or object identifiers'),
  certificate_policies: texts('Object identifiers'),
  extensions: Type.Array(
    Type.Object({
      oid: Type.String(),
      critical: Type.Optional(Type.Boolean()),
      value: Type.String({ description: 'DER in base64' }),
    }),
  ),
  path_length: Type.Integer({
    description: 'How many authorities may stand below; where names is authority',
  }),
  revocation_information: Type.Boolean({ description: 'Whether certificates name CRL and OCSP responder' }),
  acme: Type.Boolean({ description: 'Whether it has an ACME directory' }),
} as const;

const optional = Object.fromEntries(
  Object.entries(members).map(([name, schema]) => [name, Type.Optional(schema)]),
);

export const profileSchema = Type.Object(
  {
    name: Type.String(),
    ...members,
    trust_domain: Type.Optional(members.trust_domain),
    name_patterns: Type.Optional(members.name_patterns),
    permitted_names: Type.Optional(members.permitted_names),
    excluded_names: Type.Optional(members.excluded_names),
    path_length: Type.Optional(members.path_length),
    source: Type.Union(
      (['shipped', 'configuration', 'administrator'] as const).map((one) => Type.Literal(one)),
      { description: 'Where it is from; one of the configuration is changed there alone' },
    ),
    shipped: Type.Boolean({ description: 'Whether a profile of that name was shipped' }),
    acme_directory: Type.Optional(Type.String()),
  },
  { $id: 'Profile' },
);

/** Members of a wrong kind reach the domain, which says what is allowed. */
const open = { additionalProperties: true } as const;

export const newProfileSchema = Type.Object(
  {
    name: Type.String({ description: '1 to 63 lower-case letters, digits and hyphens' }),
    based_on: Type.Optional(
      Type.String({ description: 'The shipped profile that members not given are taken from' }),
    ),
    ...optional,
  },
  { $id: 'NewProfile', ...open },
);

export const profileChangesSchema = Type.Object(
  Object.fromEntries(
    Object.entries({ based_on: Type.String(), ...members }).map(([name, schema]) => [
      name,
      Type.Optional(Type.Union([schema, Type.Null()])),
    ]),
  ),
  { $id: 'ProfileChanges', minProperties: 1, ...open },
);
