import { Type } from 'typebox';

const seconds = (description: string) => Type.Integer({ description: `${description}; epoch seconds` });

export const crlRequestSchema = Type.Object(
  {
    authority_id: Type.String({ description: 'The root that has to sign it' }),
    name: Type.String({ description: 'Of its authority' }),
    root: Type.String({ description: 'Certificate of the root, PEM' }),
    crl_number: Type.Integer({ description: 'The number that the CRL will have (RFC 5280 §5.2.3)' }),
    revoked: Type.Array(
      Type.Object({
        serial_number: Type.String({ description: 'Lower-case hexadecimal' }),
        revoked_at: seconds('Revoked'),
        reason: Type.String({ description: 'RFC 5280 §5.3.1' }),
        subject: Type.Optional(Type.String({ description: 'RFC 4514' })),
      }),
      { description: 'What the CRL has to list' },
    ),
    made_at: seconds('Made'),
  },
  { $id: 'CrlRequest', description: 'What "mortise authority sign-crl" takes' },
);

export const importedCrlSchema = Type.Object(
  { crl: Type.String({ description: 'PEM; the root that signed it is found by its name and key' }) },
  { $id: 'ImportedCrl', additionalProperties: false },
);

export const rootCrlSchema = Type.Object(
  {
    authority_id: Type.String({ description: 'The root' }),
    name: Type.String({ description: 'Of its authority' }),
    subject: Type.String({ description: 'RFC 4514' }),
    state: Type.Union(
      (['none', 'expired', 'incomplete', 'current'] as const).map((one) => Type.Literal(one)),
      { description: 'incomplete: it lacks what is revoked here' },
    ),
    lacking: Type.Integer({ description: 'How many revoked certificates it lacks' }),
    due: Type.Boolean({ description: 'Whether another one has to be signed now' }),
    crl_number: Type.Optional(Type.Integer()),
    this_update: Type.Optional(seconds('Signed')),
    next_update: Type.Optional(seconds('To be used until')),
  },
  { $id: 'RootCrl', description: 'What is published for a root whose key is kept offline' },
);

export const rootCrlSchemas = [crlRequestSchema, importedCrlSchema, rootCrlSchema] as const;
