import { Certificate, X509Error } from '@mortise/x509';
import type { IssuedCertificate, RevocationReason } from '../../authority/index.ts';
import { AcmeError, malformed, notFound } from '../acme-error.ts';
import { readCertificateId } from '../certificate-id.ts';
import { dateTime } from '../documents.ts';
import type { AccountCall, Endpoint, KeyCall } from '../endpoint.ts';
import { authorizedIdentifier, sameIdentifier } from '../identifiers.ts';
import { findNamed } from '../issued-here.ts';
import { decode } from '../jws.ts';
import type { Identifier } from '../records.ts';
import { renewalWindow } from '../renewal-window.ts';

const chainType = 'application/pem-certificate-chain';
const recheckSeconds = 21_600;
/** RFC 5280 §5.3.1, those that a subscriber can give. */
const reasons: Readonly<Record<number, RevocationReason>> = {
  0: 'unspecified',
  1: 'key_compromise',
  3: 'affiliation_changed',
  4: 'superseded',
  5: 'cessation_of_operation',
  9: 'privilege_withdrawn',
};

/** RFC 8555 §7.4.2: the chain without the root; as alternates, with it, or to another root. */
export const downloadCertificate: Endpoint = {
  path: 'certificate/{order}',
  signedBy: 'account',
  handle: (call) => download(call, 0),
};

export const downloadAlternate: Endpoint = {
  path: 'certificate/{order}/{chain}',
  signedBy: 'account',
  handle: (call) => download(call, /^[1-9]$/.test(call.params[1]!) ? Number(call.params[1]) : -1),
};

/** RFC 8555 §7.6. */
export const revokeCertificate: Endpoint = {
  path: 'revoke-certificate',
  signedBy: 'either',
  async handle(call) {
    const { payload, context } = call;
    if (payload === undefined) throw malformed('The payload is empty.');
    const certificate = readCertificate(payload['certificate']);
    const code = payload['reason'] ?? 0;
    const reason = typeof code === 'number' ? reasons[code] : undefined;
    if (reason === undefined) {
      throw new AcmeError('badRevocationReason', `reason is one of ${Object.keys(reasons).join(', ')}.`);
    }
    const issued = await context.authority.findCertificate(certificate.fingerprint256);
    if (issued === undefined)
      throw new AcmeError('malformed', 'The certificate is not of this server.', { status: 404 });
    if (!(await mayRevoke(call, issued))) {
      throw new AcmeError('unauthorized', 'The key that signed the request may not revoke this certificate.');
    }
    const alreadyRevoked = new AcmeError('alreadyRevoked', 'The certificate is revoked already.');
    // A hold ends with its release; whoever knows more of the key may say so before.
    if (issued.revokedAt !== undefined && issued.revocationReason !== 'certificate_hold')
      throw alreadyRevoked;
    const { fingerprint256 } = issued;
    const actor = 'account' in call ? `account:${call.account.id}` : `certificate:${fingerprint256}`;
    const outcome = await context.revocation.revokeCertificate({ fingerprint256, reason }, { actor });
    if (!outcome.changed) throw alreadyRevoked;
    return { status: 200 };
  },
};

/** RFC 9773 §4. */
export const renewalInfo: Endpoint = {
  path: 'renewal-info/{certificate}',
  signedBy: 'nobody',
  async handle({ context, params, now }) {
    const found = await findNamed(context, readCertificateId(params[0]!));
    if (found === undefined) throw notFound();
    const recall = found.revokedAt === undefined ? await context.recalls.of(found) : undefined;
    const { start, end } = renewalWindow(found, recall, now);
    const recheck = Math.max(60, Math.min(recheckSeconds, Math.floor((end - start) / 1000)));
    return {
      status: 200,
      document: {
        suggestedWindow: { start: dateTime(start), end: dateTime(end) },
        ...(recall?.explanationUrl === undefined ? {} : { explanationURL: recall.explanationUrl }),
      },
      headers: { 'Retry-After': String(recheck) },
    };
  },
};

async function download(call: AccountCall, wanted: number) {
  const { context, account, urls, request, params } = call;
  const order = await context.store.findOrder(params[0]!);
  if (order?.certificate === undefined || order.accountId !== account.id) throw notFound();
  if (request.accept !== undefined && !/pem-certificate-chain|\*\/\*|application\/\*/.test(request.accept)) {
    throw new AcmeError('malformed', `A certificate is sent as ${chainType}.`, { status: 406 });
  }
  const issued = await context.authority.findCertificate(order.certificate);
  if (issued === undefined) throw notFound();
  const chains = chainsOf(call, Certificate.parse(issued.certificate));
  const chain = chains[wanted];
  if (chain === undefined) throw notFound();
  return {
    status: 200,
    text: chain.map((certificate) => certificate.toPem()).join(''),
    headers: { 'Content-Type': chainType },
    links: chains.flatMap((_, index) =>
      index === wanted ? [] : [['alternate', urls.certificate(order.id, index)] as const],
    ),
  };
}

/**
 * The first ends below the root, the second with it, for clients that want to hand their root on; while a root is being replaced, a third
 * leads to the other root by a cross-certificate.
 */
function chainsOf({ context }: AccountCall, leaf: Certificate): Certificate[][] {
  const chain = [leaf, ...context.authority.chainFor(leaf)];
  const last = chain.at(-1)!;
  const root = context.authority
    .roots()
    .find(
      ({ subject, subjectKeyIdentifier }) =>
        subject.equals(last.issuer) &&
        subjectKeyIdentifier !== undefined &&
        last.authorityKeyIdentifier?.keyIdentifier?.equals(subjectKeyIdentifier) === true,
    );
  const cross = context.crossCertificate?.(last);
  return [chain, ...[root, cross].flatMap((end) => (end === undefined ? [] : [[...chain, end]]))];
}

function readCertificate(value: unknown): Certificate {
  if (typeof value !== 'string') throw malformed('certificate is DER in base64url.');
  try {
    return Certificate.parse(decode(value, 'certificate'));
  } catch (error) {
    if (error instanceof X509Error) throw malformed('The certificate cannot be read.');
    throw error;
  }
}

/** The key of the certificate, the account that ordered it, or one that is authorized for all of its names. */
async function mayRevoke(call: AccountCall | KeyCall, issued: IssuedCertificate): Promise<boolean> {
  if (!('account' in call)) {
    const spki = call.key.publicKey.export({ format: 'der', type: 'spki' });
    return Certificate.parse(issued.certificate).subjectPublicKeyInfo.equals(spki);
  }
  const { account, context, now } = call;
  const order = await context.store.findOrderOfCertificate(issued.fingerprint256);
  if (order?.accountId === account.id) return true;
  if (issued.clientId !== account.clientId) return false;
  const identifiers = issued.names.flatMap(identifierOf);
  if (identifiers.length === 0) return false;
  const wanted = identifiers.map(authorizedIdentifier);
  const valid = await context.store.validAuthorizations({
    accountId: account.id,
    identifiers: wanted.map(({ identifier }) => identifier),
    at: now,
  });
  return wanted.every(({ identifier, wildcard }) =>
    valid.some((one) => one.wildcard === wildcard && sameIdentifier(one.identifier, identifier)),
  );
}

function identifierOf(name: string): Identifier[] {
  const [, type, value] = /^(dns|ip):(.*)$/s.exec(name) ?? [];
  return type === undefined ? [] : [{ type: type as Identifier['type'], value: value! }];
}
