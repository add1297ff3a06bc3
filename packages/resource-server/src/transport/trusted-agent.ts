import { Agent } from 'undici';

/** Certificates as PEM text or bytes (one or several in a row), or one as DER; a list may mix them. */
export type CertificateInput = string | Uint8Array | readonly (string | Uint8Array)[];

export interface TrustedAgentOptions {
  /** The only CA certificates that servers are validated against. Absent: those Node trusts (and `NODE_EXTRA_CA_CERTS`). */
  readonly anchors?: CertificateInput | undefined;
  /** PEM of the private key to present `certificate` with. */
  readonly key?: string | Buffer | undefined;
  /** PEM of the client certificate, the leaf first, then its intermediates. */
  readonly certificate?: string | Buffer | undefined;
}

/** Connections that trust these anchors alone. A whole request may take `connectTimeoutMs` to connect; bodies are bounded by their readers. */
export function createTrustedAgent(options: TrustedAgentOptions, connectTimeoutMs = 5_000): Agent {
  return new Agent({
    connect: {
      timeout: connectTimeoutMs,
      ...(options.anchors !== undefined && { ca: toPem(options.anchors) }),
      ...(options.key !== undefined && { key: options.key }),
      ...(options.certificate !== undefined && { cert: options.certificate }),
    },
  });
}

/** TLS options of Node take PEM only. */
function toPem(input: CertificateInput): string[] {
  const inputs = typeof input === 'string' || input instanceof Uint8Array ? [input] : input;
  return inputs.map((one) => {
    if (typeof one === 'string') return one;
    const bytes = Buffer.from(one.buffer, one.byteOffset, one.byteLength);
    if (bytes[0] !== 0x30) return bytes.toString('latin1');
    const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  });
}
