import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { type Certificate, type CertificateFields, createCertificate, createKeySigner } from '@mortise/x509';

const day = 86_400_000;
/** One moment for all, so that none ends a second before another. */
const madeAt = Date.now();

export interface Keyed {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

/** A root and an intermediate, and certificates of servers under it, valid now. */
export class ServedAuthority {
  readonly root: Keyed;
  readonly intermediate: Keyed;

  private constructor(root: Keyed, intermediate: Keyed) {
    this.root = root;
    this.intermediate = intermediate;
  }

  static async make(name: string): Promise<ServedAuthority> {
    const ca = { basicConstraints: { ca: true }, keyUsage: ['keyCertSign', 'cRLSign'] } as const;
    const root = await certify(undefined, { subject: `CN=${name} Root`, ...ca });
    return new ServedAuthority(root, await certify(root, { subject: `CN=${name} Issuing`, ...ca }));
  }

  /** For localhost and 127.0.0.1 and TLS servers, unless the fields say otherwise. */
  leaf(fields: Partial<CertificateFields> = {}): Promise<Keyed> {
    return certify(this.intermediate, {
      subject: 'CN=localhost',
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: ['serverAuth'],
      subjectAltName: [
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ],
      ...fields,
    });
  }
}

async function certify(issuer: Keyed | undefined, fields: Partial<CertificateFields>): Promise<Keyed> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = await createCertificate(
    {
      subject: 'CN=nobody',
      issuer: issuer?.certificate ?? fields.subject ?? 'CN=nobody',
      notBefore: madeAt - day,
      notAfter: madeAt + 30 * day,
      publicKey,
      ...fields,
    },
    createKeySigner(issuer?.privateKey ?? privateKey),
  );
  return { certificate, privateKey };
}

export interface TestTlsServer {
  readonly port: number;
  /** The names that clients asked for, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** A TLS server that shows these certificates and does nothing else. */
export async function serveTls(
  leaf: Keyed,
  chain: readonly Certificate[],
  options: TlsOptions & { readonly host?: string; readonly ocspResponse?: Buffer } = {},
): Promise<TestTlsServer> {
  const { host = '127.0.0.1', ocspResponse, ...rest } = options;
  const asked: string[] = [];
  const server = createServer({
    cert: [leaf.certificate, ...chain].map((one) => one.toPem()).join(''),
    key: leaf.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    SNICallback: (name, done) => {
      asked.push(name);
      done(null);
    },
    ...rest,
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  if (ocspResponse !== undefined) {
    server.on('OCSPRequest', (_certificate: Buffer, _issuer: Buffer, answer: (e: null, r: Buffer) => void) =>
      answer(null, ocspResponse),
    );
  }
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
