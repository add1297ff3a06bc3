import { hash } from 'node:crypto';
import { type Certificate, Name, type PathValidation, summarizeCertificate, X509Error } from '@mortise/x509';
import { acceptsMethod, type Client, credentialIsUsable, type TrustAnchor } from '../../clients/index.ts';
import type { CertificateUse } from '../certificate-trust/certificate-use.ts';
import { mismatch } from '../certificate-trust/mismatch.ts';
import { Refused } from '../refusal.ts';
import type { PresentedCertificate } from '../request.ts';
import { type Check, failed, notAsked, passed, timeText } from './check.ts';
import type { ExplainerPorts } from './ports.ts';

/** What the checks of a certificate rest on, found before. */
export interface CertificateFacts {
  readonly client: Client;
  readonly presented: PresentedCertificate;
  /** Those that count for this client. */
  readonly anchors: readonly TrustAnchor[];
  readonly path: PathValidation | X509Error;
  /** What was decided. */
  readonly found: CertificateUse | Refused;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Every check of the certificate, whichever of them decides. */
export async function explainCertificate(facts: CertificateFacts, ports: ExplainerPorts): Promise<Check[]> {
  const { client, presented, now } = facts;
  const roles = rolesOf(client, now);
  const pathCounts =
    roles.byPath || (!roles.byRegistration && client.anchors.length > 0 && !isRegistered(facts));
  return [
    methodCheck(client, roles, now),
    validityCheck(presented.certificate, now),
    ...(pathCounts ? pathChecks(facts) : [pathNotAsked(facts, roles)]),
    pathCounts
      ? await matcherCheck(facts, ports)
      : notAsked('matcher', 'The name of the certificate does not count.'),
    await registrationCheck(facts, pathCounts, ports),
    denylistCheck(facts, ports),
  ];
}

/** The registered ways in which a certificate can prove who the client is. */
interface Roles {
  /** `tls_client_auth`: by path and name. */
  readonly byPath: boolean;
  /** `self_signed_tls_client_auth`: by registration. */
  readonly byRegistration: boolean;
}

export function rolesOf(client: Client, now: number): Roles {
  return {
    byPath: acceptsMethod(client, 'tls_client_auth', now),
    byRegistration: acceptsMethod(client, 'self_signed_tls_client_auth', now),
  };
}

function isRegistered({ client, presented, now }: CertificateFacts): boolean {
  return client.credentials.some(
    (one) => one.kind === 'certificate' && one.x5t === presented.x5t && credentialIsUsable(one, now),
  );
}

function methodCheck(client: Client, { byPath, byRegistration }: Roles, now: number): Check {
  const previous = client.previousAuthMethod;
  const values = {
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    ...(previous === undefined || now >= previous.until
      ? {}
      : { former_method: `${previous.method}, until ${timeText(previous.until)}` }),
  };
  return byPath || byRegistration
    ? passed('method', 'The client authenticates by its certificate.', values)
    : notAsked('method', 'The client authenticates otherwise; a certificate only binds its tokens.', values);
}

function validityCheck(certificate: Certificate, now: number): Check {
  const { notBefore, notAfter } = certificate;
  const values = { not_before: timeText(notBefore), not_after: timeText(notAfter), now: timeText(now) };
  if (now < notBefore) return failed('validity', 'The certificate is not valid yet.', values);
  return now > notAfter
    ? failed('validity', 'The certificate has expired.', values)
    : passed('validity', 'The certificate is within its validity.', values);
}

const purposeCodes: readonly string[] = ['purpose_mismatch', 'key_usage_mismatch'];

/** The path, and apart from it the purpose, which is what certificates of servers fail by. */
function pathChecks(facts: CertificateFacts): Check[] {
  const { path, client, presented } = facts;
  const anchors = facts.anchors.map((anchor) => `${anchorName(anchor)} (key sha256 ${anchor.spkiSha256})`);
  const values = { anchors, anchors_of: client.anchors.length === 0 ? 'this server' : 'the client' };
  if (path instanceof X509Error) {
    return [failed('path', `The certificate cannot be read: ${path.message}.`, values)];
  }
  const purposes = summarizeCertificate(presented.certificate).purposes ?? ['any'];
  const wanted = { wanted: 'clientAuth', presented: purposes };
  if (path.valid) {
    const through = path.path.map((one) => summarizeCertificate(one).subject);
    return [
      passed('path', 'A path leads to an anchor of the client.', { ...values, path: through }),
      passed('purpose', 'The extended key usage allows TLS clients.', wanted),
    ];
  }
  const ofPurpose = path.failures.filter(({ code }) => purposeCodes.includes(code));
  const others = path.failures.filter(
    ({ code, depth }) =>
      !purposeCodes.includes(code) && !(depth === 0 && (code === 'expired' || code === 'not_yet_valid')),
  );
  const told = others.slice(0, 20).map(({ code, message, rule, certificate }) => {
    const whose = certificate === undefined ? '' : `${summarizeCertificate(certificate).subject}: `;
    return `${whose}${code}: ${message} (${rule})`;
  });
  return [
    others.length > 0
      ? failed('path', "No path leads to one of the client's anchors.", { ...values, failures: told })
      : passed('path', 'A path leads to an anchor of the client.', values),
    ofPurpose.length > 0
      ? failed('purpose', 'The certificate is not for TLS clients.', wanted)
      : passed('purpose', 'The extended key usage allows TLS clients.', wanted),
  ];
}

function pathNotAsked(facts: CertificateFacts, { byRegistration }: Roles): Check {
  if (byRegistration) {
    return notAsked(
      'path',
      'Who signed it does not count: the certificate itself is registered (RFC 8705 §2.2).',
    );
  }
  return isRegistered(facts)
    ? notAsked('path', 'The certificate is registered, which is enough to bind tokens to it.')
    : notAsked(
        'path',
        'The client has no anchors of its own, so a certificate that binds its tokens must be registered.',
      );
}

/** Names as they were compared, and whose they are if they are another client's. */
async function matcherCheck(
  { client, presented, anchors, path }: CertificateFacts,
  ports: ExplainerPorts,
): Promise<Check> {
  const found = mismatch(client, presented.certificate);
  const { tlsClientAuth } = client;
  const { names, subject } = summarizeCertificate(presented.certificate);
  const values = {
    ...(tlsClientAuth === undefined ? {} : { expected: `${tlsClientAuth.kind} ${tlsClientAuth.value}` }),
    presented: [`subject ${subject}`, ...names.slice(0, 20)],
  };
  if (found === undefined)
    return passed('matcher', 'The certificate is named as the client registered.', values);
  if (found.code === 'certificate_without_matcher') {
    return failed('matcher', 'The client has no name registered by which its certificate is known.', values);
  }
  const pins =
    path instanceof X509Error || !path.valid ? anchors.map(({ spkiSha256 }) => spkiSha256) : [pinOf(path)];
  const owner = await ownerByName(pins, presented.certificate, ports);
  return failed('matcher', 'The certificate is not named as the client registered.', {
    ...values,
    ...(owner === undefined || owner === client.clientId ? {} : { named_as_client: owner }),
  });
}

function pinOf({ anchor }: PathValidation & { readonly valid: true }): string {
  return hash('sha256', anchor.subjectPublicKeyInfo, 'hex');
}

async function ownerByName(
  pins: readonly string[],
  certificate: Certificate,
  { clients }: ExplainerPorts,
): Promise<string | undefined> {
  for (const pin of pins.slice(0, 10)) {
    const owner = await clients.byMatcher(pin, certificate);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

async function registrationCheck(
  { client, presented, now }: CertificateFacts,
  pathCounts: boolean,
  { clients }: ExplainerPorts,
): Promise<Check> {
  const owner = await clients.byCertificate(presented.x5t);
  if (owner === undefined) {
    const message = 'The certificate is not registered as a credential.';
    return pathCounts
      ? passed('registration', `${message} It need not be, because its path and its name tell.`)
      : failed('registration', message);
  }
  const { credential } = owner;
  const values = { credential_id: credential.id, client_id: owner.clientId };
  if (owner.clientId !== client.clientId) {
    return failed('registration', 'The certificate is registered as a credential of another client.', values);
  }
  if (credentialIsUsable(credential, now)) {
    return passed('registration', 'The certificate is a registered credential of the client.', values);
  }
  const { revokedAt, expiresAt } = credential;
  return failed('registration', 'The certificate is a credential of the client that has ended.', {
    ...values,
    ...(revokedAt === undefined ? {} : { revoked_at: timeText(revokedAt) }),
    ...(expiresAt === undefined ? {} : { expires_at: timeText(expiresAt) }),
  });
}

function denylistCheck(
  { client, presented, found }: CertificateFacts,
  { revocation }: ExplainerPorts,
): Check {
  const credential = client.credentials.find(
    (one) => one.kind === 'certificate' && one.x5t === presented.x5t,
  );
  const entry =
    found instanceof Refused && found.reason.code === 'denylisted'
      ? found.reason.entry
      : revocation.denylist.denies({
          clientId: client.clientId,
          certificates: [presented.x5t],
          credentialIds: credential === undefined ? undefined : [credential.id],
        });
  return entry === undefined
    ? passed('denylist', 'The denylist names neither the client nor the certificate nor who issued it.')
    : failed('denylist', `The denylist holds the ${entry.kind}.`, { kind: entry.kind, id: entry.id });
}

function anchorName({ subject }: TrustAnchor): string {
  try {
    return Name.fromDer(subject).toString();
  } catch (error) {
    if (error instanceof X509Error) return '(a name that cannot be read)';
    throw error;
  }
}
