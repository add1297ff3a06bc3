import type { Certificate } from '@mortise/x509';
import { AcmeClient } from '../acme/acme-client.ts';
import type { ChallengeAnswers } from '../acme/challenge.ts';
import type { RenewalInfo } from '../acme/renewal-info.ts';
import { ClientError } from '../errors.ts';
import type { Credential } from '../files/credential.ts';
import type { CredentialFolder } from '../files/credential-folder.ts';
import type { Wait } from '../time/wait.ts';
import type { Anchors } from '../transport/anchors.ts';
import { type Enrolment, readEnrolment } from './enrolment.ts';
import { type FirstTrust, firstTrust } from './first-trust.ts';
import { obtainCredential } from './obtain-credential.ts';

export interface RenewerOptions {
  readonly folder: CredentialFolder;
  /** Default: what the folder remembers. */
  readonly enrolment: Enrolment | undefined;
  readonly anchors: Anchors | undefined;
  readonly profile: string | undefined;
  readonly challenges: readonly ChallengeAnswers[] | undefined;
  readonly clock: () => number;
  readonly wait: Wait;
}

interface Session {
  readonly acme: AcmeClient;
  readonly enrolment: Enrolment;
  readonly trust: FirstTrust;
}

/** Gets certificates for one folder from where it enrolled. The account is made, or found, before the first order. */
export class Renewer {
  readonly #options: RenewerOptions;
  #session: Promise<Session> | undefined;
  #hasAccount = false;
  #closed = false;

  constructor(options: RenewerOptions) {
    this.#options = options;
  }

  /** A new certificate with a new key; nothing is written but the account's key and where it enrolled. */
  async obtain(former: Credential | undefined): Promise<Credential> {
    const { clock, profile } = this.#options;
    const { acme, enrolment, trust } = await this.#open();
    await this.#register(acme, enrolment, trust);
    return obtainCredential(acme, {
      identifier: enrolment.identifier,
      profile,
      former,
      ca: trust.ca,
      now: clock,
    });
  }

  async renewalInfo(certificate: Certificate): Promise<RenewalInfo | undefined> {
    return (await this.#open()).acme.renewalInfo(certificate);
  }

  /** Connects anew: the folder trusts others now. */
  async reconnect(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await (await session?.catch(() => undefined))?.acme.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.reconnect();
  }

  #open(): Promise<Session> {
    const opening = this.#session ?? this.#create();
    this.#session = opening;
    opening.catch(() => {
      if (this.#session === opening) this.#session = undefined;
    });
    return opening;
  }

  async #create(): Promise<Session> {
    const { folder, anchors, challenges, clock, wait } = this.#options;
    const enrolment = this.#options.enrolment ?? (await remembered(folder));
    const { directory, ca: enrolled } = enrolment;
    const trust = await firstTrust({ anchors, enrolled, folder, directory });
    const accountKey = await folder.accountKey();
    if (this.#closed) throw new ClientError('closed', 'the certificate is managed no longer');
    const acme = new AcmeClient({
      directoryUrl: directory,
      accountKey,
      anchors: trust.ca,
      challenges,
      clock,
      wait,
    });
    // While its key is good: that waits a day, and a certificate that is there may live for months.
    if (enrolment.externalAccount !== undefined) await this.#register(acme, enrolment, trust);
    return { acme, enrolment, trust };
  }

  /** Makes or finds the account, and remembers where. */
  async #register(acme: AcmeClient, enrolment: Enrolment, trust: FirstTrust): Promise<void> {
    if (this.#hasAccount) return;
    await acme.account(enrolment.externalAccount);
    this.#hasAccount = true;
    const { directory, identifier } = enrolment;
    await this.#options.folder.remember({ directory, identifier, first_trust: trust.toldBy });
  }
}

async function remembered(folder: CredentialFolder): Promise<Enrolment> {
  const document = await folder.recall();
  if (document !== undefined) return readEnrolment(document);
  throw new ClientError(
    'configuration_invalid',
    `nothing has enrolled in ${folder.path} yet: give the directory, the DNS name and the key of an enrolment`,
  );
}
