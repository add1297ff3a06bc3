import { type TSchema, Type } from 'typebox';
import { authorityKeyTypes } from '../authority/index.ts';

const epochSeconds = (description: string) => Type.Integer({ description: `${description}; epoch seconds` });
const name = Type.String({ maxLength: 128 });
const phases = ['published', 'switched', 'retired', 'cancelled'] as const;
const kinds = ['node', 'client', 'agent'] as const;
const states = ['ready', 'lacking', 'silent', 'unobservable'] as const;
const oneOf = (values: readonly string[], description?: string) =>
  Type.Union(
    values.map((value) => Type.Literal(value)),
    description === undefined ? {} : { description },
  );

/** Where a key is made; null: sealed in the database. */
const tokenMember = (description: string) =>
  Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 32 }), Type.Null()], { description }));

const rootPlaceMembers = {
  pkcs11_token: tokenMember(
    'Label of the PKCS #11 token on which its key is made; null: in the database. Default: where the key of the old root is. With successor: the same of the intermediate under it, by the one that that follows',
  ),
  pkcs11_key: Type.Optional(
    Type.String({
      maxLength: 1024,
      description: 'PKCS #11 URI (RFC 7512) of a key that is on a token already, instead',
    }),
  ),
};

/** What `mortise authority sign-rollover` made. */
const successorSchema = Type.Object(
  {
    authority_id: Type.String({ maxLength: 64, description: 'The id of the new root, from the request' }),
    root: Type.String({ description: 'The new root, PEM' }),
    new_by_old: Type.Optional(
      Type.String({ description: "PEM: the new root's key, certified by the old root" }),
    ),
    old_by_new: Type.String({ description: "PEM: the old root's key, certified by the new root" }),
  },
  { additionalProperties: false, description: 'Of a root that is kept offline: its successor, made there' },
);

const placeSchema = Type.Object({
  authority_id: Type.String(),
  certificate_url: Type.String({ description: 'Where its certificate is served' }),
  crl_url: Type.String({ description: 'Where its CRL is served' }),
});

export const newRolloverSchema = Type.Object(
  {
    authority: Type.Optional(
      Type.String({ maxLength: 63, description: 'Name of the authority; default main' }),
    ),
    key_type: Type.Optional(
      oneOf(authorityKeyTypes, 'Kind of key of the new root; default that of the old one'),
    ),
    ...rootPlaceMembers,
    successor: Type.Optional(successorSchema),
  },
  { $id: 'NewRollover', additionalProperties: false },
);

const stepMembers = {
  waive: Type.Optional(
    Type.Array(name, { maxItems: 10_000, description: 'Names in the way that are left behind on purpose' }),
  ),
  force: Type.Optional(
    Type.Boolean({ description: 'Go on whoever is in the way; the answer names them in broken' }),
  ),
};

export const rolloverStepSchema = Type.Object(stepMembers, {
  $id: 'RolloverStep',
  additionalProperties: false,
});

export const rolloverSwitchSchema = Type.Object(
  {
    ...stepMembers,
    pkcs11_token: tokenMember(
      'Label of the PKCS #11 token on which the key of the new intermediate is made; null: in the database. Default: where that of the one is that it follows. Not of a root that is kept offline',
    ),
  },
  { $id: 'RolloverSwitch', additionalProperties: false },
);

const root = Type.Object({
  authority_id: Type.String(),
  subject: Type.String(),
  fingerprint256: Type.String(),
  not_after: epochSeconds('When it ends'),
});

export const rolloverSchemas: readonly TSchema[] = [
  newRolloverSchema,
  rolloverStepSchema,
  rolloverSwitchSchema,
  Type.Object(
    {
      authority: Type.String({ description: 'Name of the authority' }),
      old_root: Type.String({ description: 'PEM' }),
      old: placeSchema,
      successor: placeSchema,
      made_at: epochSeconds('Made'),
    },
    { $id: 'RolloverRequest', description: 'What "mortise authority sign-rollover" takes' },
  ),
  Type.Object(
    {
      rollover_id: Type.String(),
      authority: Type.String(),
      phase: oneOf(phases),
      next: Type.Optional(oneOf(['switch', 'retire'], 'The step that comes next')),
      old_root: root,
      new_root: root,
      cross_certificates: Type.Object(
        {
          new_by_old: Type.Optional(
            Type.String({ description: "PEM: the new root's key, certified by the old root" }),
          ),
          old_by_new: Type.String({ description: "PEM: the old root's key, certified by the new root" }),
        },
        { additionalProperties: false },
      ),
      published_at: epochSeconds('When the new root was given out'),
      switched_at: Type.Optional(epochSeconds('When the new root began to sign')),
      participants: Type.Array(
        Type.Object({
          name: Type.String({ description: 'Client id' }),
          kind: oneOf(kinds),
          state: oneOf(states),
          processes: Type.Integer({ description: 'How many processes the state was read from' }),
          last_report_at: Type.Optional(epochSeconds('Of the latest report')),
        }),
        { description: 'Everybody who has to trust the new root' },
      ),
      certificates: Type.Array(
        Type.Object({
          fingerprint256: Type.String(),
          holder: Type.String({ description: 'What it is waived by: the client, else its first name' }),
          profile: Type.String(),
          names: Type.Array(Type.String()),
          not_after: epochSeconds('When it ends'),
        }),
        { description: 'Good certificates under the old root that were not replaced; the first 1000' },
      ),
      blocking: Type.Array(Type.String(), { description: 'Names in the way of the next step' }),
      waived: Type.Array(Type.String(), { description: 'Names that were left behind at this step' }),
      broken: Type.Optional(
        Type.Array(Type.String(), { description: 'Of a step that was taken: the names it left behind' }),
      ),
    },
    { $id: 'Rollover' },
  ),
];
