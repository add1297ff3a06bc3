import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Certificate, createCertificate, createKeySigner, type GeneralNameInput } from '@mortise/x509';

const day = 86_400_000;

/** A certificate with its key. */
export interface Keyed {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
  readonly keyPem: string;
}

export interface LeafFields {
  readonly subject?: string;
  readonly names?: readonly GeneralNameInput[];
  /** Default: clientAuth. */
  readonly purposes?: readonly string[];
  /** Epoch milliseconds; default: a day around `now`. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly privateKey?: KeyObject;
}

/** A partner's CA: a root, an intermediate, and leaves under that. */
export class PrivateAuthority {
  readonly root: Keyed;
  readonly intermediate: Keyed;
  readonly #now: number;

  private constructor(root: Keyed, intermediate: Keyed, now: number) {
    this.root = root;
    this.intermediate = intermediate;
    this.#now = now;
  }

  static async make(name: string, now: number): Promise<PrivateAuthority> {
    const root = await certify(`CN=${name} Root`, undefined, now, { ca: true });
    const intermediate = await certify(`CN=${name} Intermediate`, root, now, { ca: true });
    return new PrivateAuthority(root, intermediate, now);
  }

  /** Under the intermediate. */
  leaf(fields: LeafFields = {}): Promise<Keyed> {
    return certify(fields.subject ?? 'CN=partner', this.intermediate, this.#now, fields);
  }
}

/** Signed with its own key, for nobody to vouch for. */
export function selfSigned(now: number, fields: LeafFields = {}): Promise<Keyed> {
  return certify(fields.subject ?? 'CN=self', undefined, now, fields);
}

async function certify(
  subject: string,
  issuer: Keyed | undefined,
  now: number,
  fields: LeafFields & { readonly ca?: true },
): Promise<Keyed> {
  const privateKey = fields.privateKey ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const keyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  const certificate = await createCertificate(
    {
      subject,
      issuer: issuer?.certificate ?? subject,
      notBefore: fields.notBefore ?? now - day,
      notAfter: fields.notAfter ?? now + day,
      publicKey: createPublicKey(privateKey),
      ...(fields.ca === true
        ? { basicConstraints: { ca: true }, keyUsage: ['keyCertSign'] as const }
        : { extendedKeyUsage: fields.purposes ?? ['clientAuth'] }),
      ...(fields.names === undefined ? {} : { subjectAltName: [...fields.names] }),
    },
    createKeySigner(issuer?.privateKey ?? privateKey),
  );
  return { certificate, privateKey, keyPem };
}
