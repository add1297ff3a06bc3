import Type from 'typebox';
import { Compile } from 'typebox/compile';

const position = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const time = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });

/** As `isClientId` has it. What a database cannot store would hold up the reports of every node. */
const clientIdPattern = '^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$';

const schema = Type.Object({
  position,
  enforced: Type.Optional(Type.Array(Type.Object({ position, at: time }), { maxItems: 1000 })),
  certificates: Type.Optional(
    Type.Array(
      Type.Object({
        'x5t#S256': Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
        client_id: Type.Optional(Type.String({ pattern: clientIdPattern })),
        lastSeenAt: time,
        count: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
      }),
      { maxItems: 1000 },
    ),
  ),
});

/**
 * What a node posts to /nodes/v1/reports. `position`: up to where it enforces. `enforced`: when it began to enforce
 * single changes, by its own clock. `certificates`: those met since its last report. Members not named here are ignored.
 */
export type ReportBody = Type.Static<typeof schema>;

const validator = Compile(schema);

/** The body, or the JSON pointer of the first member that is wrong. */
export function readReportBody(
  body: unknown,
): { readonly body: ReportBody } | { readonly wrongMember: string } {
  if (validator.Check(body)) return { body };
  const [first] = validator.Errors(body);
  return { wrongMember: first?.instancePath || '/' };
}
