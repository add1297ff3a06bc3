/**
 * What a node posts to /nodes/v1/reports. `position`: up to where it enforces. `enforced`: when it began to enforce
 * single changes, by its own clock. `certificates`: those met since its last report. Members not named here are ignored.
 */
export interface ReportBody {
  readonly position: number;
  readonly enforced?: readonly { readonly position: number; readonly at: number }[];
  readonly certificates?: readonly {
    readonly 'x5t#S256': string;
    readonly client_id?: string;
    readonly lastSeenAt: number;
    readonly count: number;
  }[];
}

const mostElements = 1000;
const mostUses = 1_000_000_000;
/** The largest time that a Date holds. */
const lastTime = 8_640_000_000_000_000;

type Check = (value: unknown) => boolean;
/** JSON pointer of the first wrong member below the value; undefined where all is right. */
type Search = (value: unknown) => string | undefined;

const integer =
  (least: number, most: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
const text =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const leaf =
  (check: Check): Search =>
  (value) =>
    check(value) ? undefined : '';

const object =
  (members: Readonly<Record<string, Search>>): Search =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return '';
    for (const [name, search] of Object.entries(members)) {
      const wrong = search(Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined);
      if (wrong !== undefined) return `/${name}${wrong}`;
    }
    return undefined;
  };

const optionalList =
  (search: Search): Search =>
  (value) => {
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.length > mostElements) return '';
    for (const [index, element] of value.entries()) {
      const wrong = search(element);
      if (wrong !== undefined) return `/${index}${wrong}`;
    }
    return undefined;
  };

const position = leaf(integer(0, Number.MAX_SAFE_INTEGER));
const time = leaf(integer(0, lastTime));

// By hand: a schema compiler would cost every server 20 MB and a tenth of a second at its start.
const report = object({
  position,
  enforced: optionalList(object({ position, at: time })),
  certificates: optionalList(
    object({
      'x5t#S256': leaf(text(/^[A-Za-z0-9_-]{43}$/)),
      // As `isClientId` has it. What a database cannot store would hold up the reports of every node.
      client_id: leaf(optional(text(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/))),
      lastSeenAt: time,
      count: leaf(integer(1, mostUses)),
    }),
  ),
});

/** The body, or the JSON pointer of the first member that is wrong. */
export function readReportBody(
  body: unknown,
): { readonly body: ReportBody } | { readonly wrongMember: string } {
  const wrong = report(body);
  return wrong === undefined ? { body: body as ReportBody } : { wrongMember: wrong || '/' };
}
