import { Type } from 'typebox';
import { lineageStages } from '../authority/index.ts';

const time = (description: string) =>
  Type.Optional(Type.Integer({ description: `${description}; epoch seconds` }));
const fingerprint = (description: string) => Type.Optional(Type.String({ description }));

/** Successive certificates of one client. */
export const lineageSchema = Type.Object(
  {
    client_id: Type.String(),
    profile: Type.String(),
    names: Type.Array(Type.String(), {
      description: 'Names of the newest, each dns:…, ip:…, uri:… or email:…',
    }),
    stage: Type.Union(
      lineageStages.map((stage) => Type.Literal(stage)),
      {
        description:
          'unused: nothing of it was used; waiting: it has a new certificate and still uses the old; moving: it uses the new one, and the old one still, or tokens bound to that live; settled: it uses the new one alone',
      },
    ),
    certificates: Type.Array(
      Type.Object({
        fingerprint256: Type.String(),
        serial_number: Type.String(),
        not_before: Type.Integer(),
        not_after: Type.Integer(),
        revoked_at: time('When it was revoked'),
        replaces: fingerprint('The certificate that its ACME order replaced (RFC 9773 §5)'),
        replaced_by: fingerprint('The next in the lineage'),
        last_used_at: time('When a token was last asked for over it'),
        last_seen_at: time('When an API that reports was last called over it'),
        live_tokens: Type.Integer({
          description:
            'Tokens bound to it that have not ended; at most this many, as ends are counted by the minute',
        }),
      }),
      { description: 'The newest first' },
    ),
  },
  { $id: 'Lineage' },
);
