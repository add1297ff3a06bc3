/**
 * The bench: `npm run bench [-- --json] [--long] [case …]`. Ratios in one run, on the compiled dist/; what each figure means stands
 * in README.md. It ends with status 1 if a figure misses its target.
 */
import { acmeOrders } from './cases/acme-orders.ts';
import { growth } from './cases/growth.ts';
import { handshakes } from './cases/handshakes.ts';
import { issuing } from './cases/issuing.ts';
import { largeAuthority } from './cases/large-authority.ts';
import { manyClients } from './cases/many-clients.ts';
import { ocsp } from './cases/ocsp.ts';
import { startUp } from './cases/start-up.ts';
import { tokenRates } from './cases/token-rates.ts';
import { verification } from './cases/verification.ts';
import { x509 } from './cases/x509.ts';
import { Fixture } from './fixture.ts';
import { type Figure, held, printTable, round } from './table.ts';

const long = process.argv.includes('--long');
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const rounds = long ? 7 : 3;
/** Of the contests, in which servers take turns. */
const turns = long ? 40 : 12;

/** Started when a case first asks for it. */
let opening: Promise<Fixture> | undefined;
const fixture = (): Promise<Fixture> => (opening ??= Fixture.open());

const cases: Record<string, () => Promise<Figure[]>> = {
  verification: () => verification(rounds),
  x509: () => x509(rounds),
  issuing: () => issuing(rounds),
  'large-authority': () => (long ? largeAuthority(10_000, 1_000_000, 9) : largeAuthority(2_000, 20_000, 5)),
  ocsp: async () => ocsp(await fixture(), turns),
  'acme-orders': async () => acmeOrders(await fixture(), rounds),
  'start-up': () => startUp(rounds),
  'token-rates': () => tokenRates(turns),
  handshakes: async () => handshakes(await fixture(), turns),
  growth: async () => growth(await fixture(), long ? 1_000_000 : 200_000),
  'many-clients': async () => manyClients(await fixture(), long ? 100_000 : 20_000),
};
/** lego waits for seconds in each order. */
const onlyLong: ReadonlySet<string> = new Set(['acme-orders']);
const unknown = wanted.filter((name) => !(name in cases));
if (unknown.length > 0) {
  process.stderr.write(`no such case: ${unknown.join(', ')}; there are ${Object.keys(cases).join(', ')}\n`);
  process.exit(2);
}

const figures: Figure[] = [];
try {
  for (const [name, run] of Object.entries(cases)) {
    if (wanted.length > 0 ? !wanted.includes(name) : onlyLong.has(name) && !long) continue;
    process.stderr.write(`measuring ${name} …\n`);
    const measured = await run();
    for (const figure of measured)
      process.stderr.write(`  ${figure.name}: ${round(figure.value)} ${figure.unit}\n`);
    figures.push(...measured);
  }
} finally {
  await (await opening)?.close();
}
const output = process.argv.includes('--json')
  ? JSON.stringify({
      node: process.version,
      figures: figures.map((figure) => ({ ...figure, held: held(figure) })),
    })
  : printTable(figures);
process.stdout.write(`${output}\n`);
process.exitCode = figures.every(held) ? 0 : 1;
