import { Type } from 'typebox';

export const refusalSchema = Type.Object(
  {
    at: Type.Number({ description: 'Epoch seconds, with milliseconds as fraction' }),
    endpoint: Type.String({ description: '`token`, `introspection` or `revocation`' }),
    listener: Type.String({ description: '`public` or `mtls`' }),
    remote_address: Type.String(),
    'x5t#S256': Type.Optional(Type.String({ description: "Of the connection's certificate" })),
    status: Type.Integer({ description: 'HTTP status of the answer' }),
    reason: Type.Object(
      { code: Type.String() },
      { additionalProperties: true, description: 'The exact reason, with the values that were compared' },
    ),
    summary: Type.String({ description: 'The reason in words' }),
    advice: Type.Optional(Type.String({ description: 'What to do about it' })),
  },
  { $id: 'Refusal' },
);

export const checkSchema = Type.Object(
  {
    name: Type.String({ description: 'Stable' }),
    outcome: Type.Union([Type.Literal('passed'), Type.Literal('failed'), Type.Literal('not_asked')]),
    message: Type.String(),
    values: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]))),
  },
  { $id: 'Check' },
);

export const explainRequestSchema = Type.Object(
  {
    certificate: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200_000,
        description: 'PEM: the certificate of the connection, then those sent behind it',
      }),
    ),
    token: Type.Optional(
      Type.String({ maxLength: 16_384, description: 'An access token that would come with it' }),
    ),
    resource: Type.Optional(
      Type.String({ maxLength: 2048, description: 'The resource that the token would be used at' }),
    ),
  },
  { $id: 'ExplainRequest', additionalProperties: false, minProperties: 1 },
);

export const explanationSchema = Type.Object(
  {
    client_id: Type.String(),
    at: Type.Number({ description: 'Epoch seconds, with milliseconds as fraction' }),
    client: Type.Ref('Check'),
    certificate: Type.Optional(
      Type.Object({
        subject: Type.String({ description: 'RFC 4514' }),
        fingerprint256: Type.String(),
        role: Type.String({
          description:
            '`authentication`: it would prove who the client is; `binding`: it would bind its tokens alone',
        }),
        accepted: Type.Boolean(),
        refusal: Type.Optional(
          Type.Object({
            reason: Type.Object({ code: Type.String() }, { additionalProperties: true }),
            summary: Type.String(),
            advice: Type.Optional(Type.String()),
          }),
        ),
        checks: Type.Array(Type.Ref('Check')),
        cnf: Type.Object(
          { 'x5t#S256': Type.String() },
          { description: 'What tokens obtained with it would be bound to (RFC 8705 §3.1)' },
        ),
      }),
    ),
    token: Type.Optional(
      Type.Object({
        accepted: Type.Boolean({
          description:
            'Whether a resource server that follows this server would accept it, its scopes left aside',
        }),
        checks: Type.Array(Type.Ref('Check')),
      }),
    ),
  },
  { $id: 'Explanation' },
);

/** Named in the document's components. */
export const explainSchemas = [refusalSchema, checkSchema, explainRequestSchema, explanationSchema] as const;
