import {
  Certificate,
  type KeyStoreContents,
  parsePem,
  readKeyStore,
  readPkcs7,
  X509Error,
} from '@mortise/x509';
import { CommandFailure } from '../failure.ts';

/** One thing of a file to be verified: a certificate, with the name under which a key store has it. */
export interface NamedLeaf {
  readonly alias: string | undefined;
  readonly leaf: Certificate;
}

/** What a file of any kind holds. */
export interface CertificateFile {
  /** For a person, such as `PEM` or `PKCS #12`. */
  readonly format: string;
  /** In the order of the file, each once. Never empty. */
  readonly certificates: readonly Certificate[];
  /** The certificates of private keys, where the file is a key store that has any. */
  readonly keyed: readonly NamedLeaf[];
  /** DER of the CRLs that came with them. */
  readonly crls: readonly Buffer[];
}

const certificateLabels = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];
const bundleLabels = ['PKCS7', 'CMS', 'PKCS #7 SIGNED DATA'];
const crlLabel = 'X509 CRL';

/**
 * Reads PEM (with anything in between), DER, PKCS #7, PKCS #12, JKS or JCEKS, told apart by their octets. `path` is for messages alone. Throws
 * CommandFailure with status 2.
 */
export function readCertificateFile(
  path: string,
  bytes: Buffer,
  passphrase: string | undefined,
): CertificateFile {
  try {
    const file = read(bytes, passphrase);
    if (file.certificates.length > 0) return file;
    throw new CommandFailure(2, 'no_certificate', `${path} holds no certificate${whatElse(bytes)}`);
  } catch (error) {
    if (error instanceof X509Error) throw unreadable(path, error, passphrase !== undefined);
    throw error;
  }
}

function read(bytes: Buffer, passphrase: string | undefined): CertificateFile {
  if (isJavaKeyStore(bytes)) return fromStore(readKeyStore(bytes, passphrase));
  const first = firstElement(bytes);
  // TBSCertificate is a SEQUENCE; PKCS #12 begins with a version, PKCS #7 with the type of its content.
  if (first === 0x02 || first === 0x06) return fromStore(readKeyStore(bytes, passphrase));
  if (first === 0x30 && !bytes.includes('-----BEGIN ')) {
    return { format: 'DER', certificates: [Certificate.parse(bytes)], keyed: [], crls: [] };
  }
  return fromPem(bytes);
}

function fromPem(bytes: Buffer): CertificateFile {
  const certificates: Certificate[] = [];
  const crls: Buffer[] = [];
  for (const { label, der } of parsePem(bytes, [...certificateLabels, ...bundleLabels, crlLabel])) {
    if (label === crlLabel) crls.push(der);
    else if (certificateLabels.includes(label)) certificates.push(Certificate.parse(trimmed(label, der)));
    else {
      const bundle = fromStore(readPkcs7(der));
      certificates.push(...bundle.certificates);
      crls.push(...bundle.crls);
    }
  }
  return { format: 'PEM', certificates: once(certificates), keyed: [], crls };
}

/** OpenSSL's TRUSTED CERTIFICATE has its own settings behind the certificate. */
function trimmed(label: string, der: Buffer): Buffer {
  if (label !== 'TRUSTED CERTIFICATE' || der[1] !== 0x82) return der;
  return der.subarray(0, 4 + der.readUInt16BE(2));
}

const storeNames = { pkcs7: 'PKCS #7', pkcs12: 'PKCS #12', jks: 'JKS', jceks: 'JCEKS' } as const;

function fromStore(store: KeyStoreContents): CertificateFile {
  const keyed = store.privateKeys.flatMap(({ alias, chain }) =>
    chain[0] === undefined ? [] : [{ alias, leaf: chain[0] }],
  );
  const chains = store.privateKeys.flatMap(({ chain }) => chain);
  return {
    format: storeNames[store.format],
    certificates: once([...chains, ...store.certificates.map(({ certificate }) => certificate)]),
    keyed,
    crls: store.crls,
  };
}

function once(certificates: readonly Certificate[]): Certificate[] {
  return [...new Map(certificates.map((one) => [one.fingerprint256, one])).values()];
}

function isJavaKeyStore(bytes: Buffer): boolean {
  const magic = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  return magic === 0xfeedfeed || magic === 0xcececece;
}

/** The tag of the first element in an outer SEQUENCE; undefined for what is none. */
function firstElement(bytes: Buffer): number | undefined {
  if (bytes[0] !== 0x30) return undefined;
  const length = bytes[1] ?? 0;
  return bytes[length > 0x80 ? 2 + (length & 0x7f) : 2];
}

function whatElse(bytes: Buffer): string {
  const labels = [...bytes.toString('latin1').matchAll(/-----BEGIN ([A-Z0-9 #]{1,40})-----/g)];
  const kinds = [...new Set(labels.map(([, label]) => label))].slice(0, 4);
  return kinds.length === 0 ? '' : ` (there is: ${kinds.join(', ')})`;
}

function unreadable(path: string, error: X509Error, hasPassphrase: boolean): CommandFailure {
  if (error.code === 'key_store_password') {
    return new CommandFailure(
      2,
      error.code,
      hasPassphrase
        ? `${path} does not open with this passphrase`
        : `${path} is protected by a passphrase; give it with --passphrase-file FILE`,
    );
  }
  return new CommandFailure(
    2,
    error.code,
    `${path} cannot be read as certificates: ${error.message} (${error.code})`,
  );
}
