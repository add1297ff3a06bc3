import { ClientError } from '../errors.ts';
import { AcmeDocument, httpsUrl } from './acme-answer.ts';
import { AcmeError, problemOf } from './acme-error.ts';
import { authorize } from './authorization.ts';
import type { ChallengeAnswers } from './challenge.ts';
import { type Place, poll } from './poll.ts';

export interface AcmeIdentifier {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

export interface CertificateOrder {
  readonly identifiers: readonly AcmeIdentifier[];
  /** PKCS #10, DER, for exactly these identifiers. */
  readonly csr: Buffer;
  /** RFC 9773 §5: name of the certificate that this one replaces. */
  readonly replaces?: string | undefined;
  /** draft-ietf-acme-profiles. Default: the server's. */
  readonly profile?: string | undefined;
}

export interface OrderPlace extends Place {
  readonly newOrder: string;
  readonly thumbprint: string;
  readonly challenges: readonly ChallengeAnswers[];
}

/** From a new order to its certificates, PEM, leaf first (RFC 8555 §7.4). Throws `AcmeError` and `ClientError`. */
export async function obtainByOrder(order: CertificateOrder, place: OrderPlace): Promise<string> {
  const { session, accountUrl } = place;
  const { url, document } = await newOrder(order, place);
  let current = document;
  if (current.get('status') === 'pending') {
    for (const authorization of current.urls('authorizations')) await authorize(authorization, place);
    current = await poll(url, place, (one) => one.get('status') !== 'pending');
  }
  if (current.get('status') === 'ready') current = await finalize(url, current, order, place);
  if (current.get('status') === 'processing') {
    current = await poll(url, place, (one) => one.get('status') !== 'processing');
  }
  if (current.get('status') !== 'valid') throw failureOf(current);
  const accept = 'application/pem-certificate-chain';
  return (await session.post({ url: current.url('certificate'), accountUrl, accept })).text;
}

/**
 * An order may be refused for the certificate that it replaces: another order, whose answer was lost, replaces it already, or the
 * server knows it no longer. The certificate matters more than the link (RFC 9773 §5).
 */
async function newOrder(
  { identifiers, replaces, profile }: CertificateOrder,
  { session, accountUrl, newOrder: url }: OrderPlace,
): Promise<{ readonly url: string; readonly document: AcmeDocument }> {
  const order = { identifiers, ...(profile !== undefined && { profile }) };
  const send = (payload: object) => session.post({ url, payload, accountUrl });
  const answer = await send({ ...order, ...(replaces !== undefined && { replaces }) }).catch(
    (error: unknown) => {
      const ofOrder =
        error instanceof AcmeError && ['alreadyReplaced', 'malformed', 'unauthorized'].includes(error.code);
      if (replaces === undefined || !ofOrder) throw error;
      return send(order);
    },
  );
  return {
    url: httpsUrl(answer.headers['location'], 'Location', url),
    document: new AcmeDocument(answer.text, url),
  };
}

/** Where the answer was lost, asking again finds the order past `ready`; the order then tells what became of it. */
async function finalize(
  url: string,
  order: AcmeDocument,
  { csr }: CertificateOrder,
  place: OrderPlace,
): Promise<AcmeDocument> {
  const { session, accountUrl } = place;
  const finalizeUrl = order.url('finalize');
  try {
    const payload = { csr: csr.toString('base64url') };
    return new AcmeDocument(
      (await session.post({ url: finalizeUrl, payload, accountUrl })).text,
      finalizeUrl,
    );
  } catch (error) {
    const maybeDone =
      error instanceof AcmeError
        ? error.code === 'orderNotReady'
        : error instanceof ClientError && error.code === 'server_unreachable';
    if (!maybeDone) throw error;
    const now = new AcmeDocument((await session.post({ url, accountUrl })).text, url);
    if (now.get('status') === 'ready' || now.get('status') === 'pending') throw error;
    return now;
  }
}

function failureOf(order: AcmeDocument): AcmeError {
  const detail = `the order is ${String(order.get('status')).slice(0, 20)}`;
  return problemOf(order.get('error') ?? { type: 'urn:ietf:params:acme:error:orderNotReady', detail }, 403);
}
