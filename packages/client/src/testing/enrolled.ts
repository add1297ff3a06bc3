import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Enrolment } from '../renewal/enrolment.ts';
import { type ManageCertificateOptions, ManagedCertificate } from '../renewal/managed-certificate.ts';
import type { RenewalEvent } from '../renewal/renewal-event.ts';
import { startTestAcmeServer, type TestAcmeServer } from './acme-server.ts';
import { createTestAuthority, type TestAuthority } from './certificates.ts';
import { ManualTime } from './manual-time.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** An ACME server whose certificates live a day by a clock that the test turns, and folders that are removed in the end. */
export class Enrolled {
  readonly authority: TestAuthority;
  readonly acme: TestAcmeServer;
  readonly time = new ManualTime(Math.floor(Date.now() / 1000) * 1000);
  readonly events: RenewalEvent[] = [];
  readonly place = mkdtempSync(join(tmpdir(), 'mortise-managed-'));
  readonly #managed: ManagedCertificate[] = [];
  #folders = 0;

  constructor(authority: TestAuthority, acme: TestAcmeServer) {
    this.authority = authority;
    this.acme = acme;
    acme.validity = () => ({ notBefore: this.time.now, notAfter: this.time.now + dayMs });
  }

  static async start(authority?: TestAuthority): Promise<Enrolled> {
    const trusted = authority ?? (await createTestAuthority());
    return new Enrolled(trusted, await startTestAcmeServer(trusted));
  }

  /** What `client create --enrol` would answer. */
  enrolment(): Enrolment {
    const kid = `kid-${this.acme.externalKeys.size}-${this.acme.issued.length}`;
    const hmacKey = Buffer.alloc(32, kid).toString('base64url');
    this.acme.externalKeys.set(kid, hmacKey);
    return {
      directory: this.acme.directoryUrl,
      identifier: 'billing.clients.localhost',
      externalAccount: { kid, hmacKey },
      ca: this.authority.ca,
    };
  }

  folder(): string {
    this.#folders += 1;
    return join(this.place, String(this.#folders));
  }

  options(options: Partial<ManageCertificateOptions> = {}): ManageCertificateOptions {
    const { clock, wait } = this.time;
    return {
      folder: this.folder(),
      enrolment: this.enrolment(),
      random: () => 0.5,
      onEvent: (event) => this.events.push(event),
      clock,
      wait,
      ...options,
    };
  }

  async open(options: Partial<ManageCertificateOptions> = {}): Promise<ManagedCertificate> {
    const managed = await ManagedCertificate.open(this.options(options));
    this.#managed.push(managed);
    return managed;
  }

  told<Type extends RenewalEvent['type']>(type: Type): Extract<RenewalEvent, { type: Type }>[] {
    return this.events.filter((event) => event.type === type) as Extract<RenewalEvent, { type: Type }>[];
  }

  async close(): Promise<void> {
    for (const managed of this.#managed) await managed.close();
    await this.acme.stop();
    rmSync(this.place, { recursive: true, force: true });
  }
}
