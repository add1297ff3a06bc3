import { Type } from 'typebox';
import { keyTypePattern, replacementStates } from '../authority/index.ts';

const count = (description: string) => Type.Integer({ description });
const epochSeconds = (description: string) => Type.Integer({ description: `${description}; epoch seconds` });

const filterMembers = {
  authority_id: Type.Optional(
    Type.String({ maxLength: 200, description: 'Issued by this authority or one under it' }),
  ),
  profile: Type.Optional(Type.String({ maxLength: 64, description: 'Of this profile' })),
  key_type: Type.Optional(
    Type.String({
      pattern: keyTypePattern,
      description: 'With such a key: rsa, ec or ed25519, or narrower: rsa-2048, ec-p256',
    }),
  ),
  issued_from: Type.Optional(epochSeconds('Issued then or later')),
  issued_until: Type.Optional(epochSeconds('Issued before that')),
};

const filterDescription = 'Which certificates; what is given all has to match, nothing given means all';

export const recallFilterSchema = Type.Object(filterMembers, {
  $id: 'RecallFilter',
  additionalProperties: false,
  description: filterDescription,
});

export const newRecallSchema = Type.Object(
  {
    filter: Type.Object(filterMembers, { additionalProperties: false, description: filterDescription }),
    explanation_url: Type.Optional(
      Type.String({
        maxLength: 1000,
        pattern: '^https?://[!-~]+$',
        description: 'A page that says why; ACME clients show it to people (RFC 9773 §4.2)',
      }),
    ),
  },
  { $id: 'NewRecall', additionalProperties: false },
);

const progressSchema = Type.Object(
  {
    certificates: count('How many were good when they were recalled'),
    replaced: count('Another one was issued since, for the same lineage or by an order that replaces it'),
    revoked: count('Revoked before anything replaced them'),
    expired: count('Over before anything replaced them'),
    outstanding: count('Still to be replaced'),
    replaced_percent: Type.Number({
      description: 'replaced of certificates, to a tenth; 100 where there are none',
    }),
  },
  { $id: 'RecallProgress' },
);

const recallSchema = Type.Object(
  {
    recall_id: Type.String(),
    filter: Type.Ref('RecallFilter'),
    explanation_url: Type.Optional(Type.String()),
    created_at: epochSeconds('What was issued until then is recalled'),
    created_by: Type.String({ description: 'Who did it, as in the audit log' }),
    ended_at: Type.Optional(epochSeconds('Renewal information is as ever since')),
    progress: Type.Optional(Type.Ref('RecallProgress')),
  },
  { $id: 'Recall' },
);

const recalledSchema = Type.Object(
  {
    fingerprint256: Type.String({ description: 'SHA-256 of the DER, lower-case hexadecimal' }),
    state: Type.Union(replacementStates.map((state) => Type.Literal(state))),
    profile: Type.String(),
    authority_id: Type.String(),
    client_id: Type.Optional(Type.String()),
    names: Type.Array(Type.String()),
    not_after: epochSeconds('End of the certificate'),
  },
  { $id: 'RecalledCertificate' },
);

export const recallSchemas = [
  recallFilterSchema,
  newRecallSchema,
  progressSchema,
  recallSchema,
  recalledSchema,
] as const;
