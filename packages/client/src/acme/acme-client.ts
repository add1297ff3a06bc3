import type { Certificate } from '@mortise/x509';
import { ClientError } from '../errors.ts';
import { type Wait, waitByTimer } from '../time/wait.ts';
import { type Anchors, checkAnchors } from '../transport/anchors.ts';
import { Connections } from '../transport/connections.ts';
import type { AccountKey } from './account-key.ts';
import { httpsUrl } from './acme-answer.ts';
import { AcmeError } from './acme-error.ts';
import { AcmeSession } from './acme-session.ts';
import { certificateId } from './certificate-id.ts';
import type { ChallengeAnswers } from './challenge.ts';
import { type CertificateOrder, obtainByOrder } from './order.ts';
import { type RenewalInfo, readRenewalInfo } from './renewal-info.ts';
import { type ExternalAccount, externalAccountBinding } from './signed-request.ts';

export interface AcmeClientOptions {
  /** https. */
  readonly directoryUrl: string;
  readonly accountKey: AccountKey;
  /** Whom the server's certificate must come from. There is no default: without a first trust nothing is asked. */
  readonly anchors: Anchors;
  /** How challenges are answered, the preferred first. Default none: then authorizations have to be born valid. */
  readonly challenges?: readonly ChallengeAnswers[] | undefined;
  /** For one certificate, from the order to the download. Default 300. */
  readonly orderTimeoutSeconds?: number | undefined;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Default: timers. */
  readonly wait?: Wait | undefined;
}

/**
 * A client of one ACME server (RFC 8555) with one account: it makes or finds the account, orders certificates, and asks when to
 * renew (RFC 9773). Rejects with `AcmeError` where the server refuses, with `ClientError` where it cannot be asked.
 */
export class AcmeClient {
  readonly #options: AcmeClientOptions;
  readonly #clock: () => number;
  readonly #closing = new AbortController();
  readonly #connections: Connections;
  readonly #session: AcmeSession;
  #accountUrl: string | undefined;

  /** Connects to nothing yet. Throws `configuration_invalid`. */
  constructor(options: AcmeClientOptions) {
    const { directoryUrl, anchors, accountKey } = options;
    if (URL.parse(directoryUrl)?.protocol !== 'https:') {
      throw new ClientError('configuration_invalid', '"directoryUrl" must be an https URL');
    }
    if (anchors === undefined) {
      throw new ClientError(
        'configuration_invalid',
        '"anchors" is needed: CA certificates, or a fingerprint',
      );
    }
    checkAnchors(anchors);
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#connections = new Connections({
      certificate: undefined,
      anchors,
      origin: new URL(directoryUrl).origin,
    });
    this.#session = new AcmeSession({
      directoryUrl,
      connections: this.#connections,
      key: accountKey,
      clock: this.#clock,
      wait: options.wait ?? waitByTimer(this.#clock),
      signal: this.#closing.signal,
    });
  }

  /**
   * The account of the key, or a new one (RFC 8555 §7.3); `external` binds a new one, once. Answers its URL. Asking again after a
   * lost answer finds the account that was made.
   */
  async account(external?: ExternalAccount): Promise<string> {
    this.#accountUrl ??= await this.#findAccount(external);
    return this.#accountUrl;
  }

  /** Orders, proves where asked, and downloads: certificates as PEM, leaf first. There has to be an account. */
  async obtain(order: CertificateOrder): Promise<string> {
    const { newOrder } = await this.#session.directory();
    const { accountKey, challenges = [], orderTimeoutSeconds = 300 } = this.#options;
    return obtainByOrder(order, {
      session: this.#session,
      accountUrl: await this.account(),
      clock: this.#clock,
      until: this.#clock() + orderTimeoutSeconds * 1000,
      newOrder,
      thumbprint: accountKey.thumbprint,
      challenges,
    });
  }

  /** When to renew a certificate of this server; undefined where the server does not say (RFC 9773 §4). */
  async renewalInfo(certificate: Certificate): Promise<RenewalInfo | undefined> {
    const { renewalInfo } = await this.#session.directory();
    const id = certificateId(certificate);
    if (renewalInfo === undefined || id === undefined) return undefined;
    const url = `${renewalInfo.replace(/\/$/, '')}/${id}`;
    return readRenewalInfo(await this.#session.get(url), url, this.#clock());
  }

  /** Ends everything under way, which rejects with `closed`. */
  async close(): Promise<void> {
    this.#closing.abort(new ClientError('closed', 'the ACME client has been closed'));
    await this.#connections.destroy();
  }

  async #findAccount(external: ExternalAccount | undefined): Promise<string> {
    const { newAccount: url } = await this.#session.directory();
    const send = async (payload: object): Promise<string> => {
      const { headers } = await this.#session.post({ url, payload, accountUrl: undefined });
      return httpsUrl(headers['location'], 'Location', url);
    };
    try {
      return await send({ onlyReturnExisting: true });
    } catch (error) {
      if (!(error instanceof AcmeError) || error.code !== 'accountDoesNotExist') throw error;
    }
    const key = this.#options.accountKey;
    return send({
      termsOfServiceAgreed: true,
      ...(external !== undefined && { externalAccountBinding: externalAccountBinding(key, external, url) }),
    });
  }
}
