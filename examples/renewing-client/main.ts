/**
 * A service that calls an API all the time, while its certificate renews itself.
 *
 * Run: node main.ts configuration.json. It enrols, calls the API, renews three times in between (which it would otherwise do when the
 * server says so, weeks later), and prints one JSON line: how many calls there were, by status, and over how many certificates.
 */
import { readFileSync } from 'node:fs';
import { createClient, manageCertificate, readEnrolment } from '@mortise/client';

interface Configuration {
  issuer: string;
  clientId: string;
  /** File that `mortise client create … --enrol --json` printed; read once, later starts do without. */
  enrolment: string;
  /** Where key and certificate are kept. */
  folder: string;
  resource: string;
  scope: string;
  /** URL to call. */
  api: string;
}

const renewals = 3;
const callsBetween = 50;

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const configuration = read(process.argv[2] as string) as Configuration;

const certificate = await manageCertificate({
  folder: configuration.folder,
  enrolment: readEnrolment(read(configuration.enrolment)),
  onEvent: ({ type }) => process.stderr.write(`${type}\n`),
});
const client = createClient({
  issuer: configuration.issuer,
  clientId: configuration.clientId,
  authentication: { method: 'tls_client_auth' },
  certificate,
  resource: configuration.resource,
  scope: configuration.scope,
});

const statuses: Record<number, number> = {};
const certificates = new Set<string | undefined>();
let calling = true;

async function callAllTheTime(): Promise<void> {
  while (calling) {
    const response = await client.fetch(configuration.api, { method: 'POST' });
    await response.text();
    statuses[response.status] = (statuses[response.status] ?? 0) + 1;
    certificates.add(certificate.credential?.certificate.fingerprint256);
  }
}

async function calls(more: number): Promise<void> {
  const made = (): number => Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const until = made() + more;
  while (made() < until) await new Promise((resolve) => setImmediate(resolve));
}

const callers = [callAllTheTime(), callAllTheTime(), callAllTheTime(), callAllTheTime()];
for (let renewal = 0; renewal < renewals; renewal += 1) {
  await calls(callsBetween);
  await certificate.renew();
}
await calls(callsBetween);
calling = false;
await Promise.all(callers);
await client.close();
await certificate.close();
process.stdout.write(`${JSON.stringify({ statuses, certificates: certificates.size })}\n`);
