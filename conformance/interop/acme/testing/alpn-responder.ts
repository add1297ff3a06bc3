import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { createSecureContext, createServer } from 'node:tls';

const protocol = 'acme-tls/1';

/**
 * A TLS server that shows, for the protocol of tls-alpn-01, the certificate NAME.crt.pem with the key NAME.key.pem of a
 * folder: what a client leaves there that cannot listen itself.
 */
export async function serveAlpnCertificates(folder: string, port: number): Promise<void> {
  const server = createServer({
    ALPNCallback: ({ protocols }) => (protocols.includes(protocol) ? protocol : undefined),
    SNICallback: (name, done) => {
      try {
        const cert = readFileSync(join(folder, `${name}.crt.pem`));
        done(null, createSecureContext({ cert, key: readFileSync(join(folder, `${name}.key.pem`)) }));
      } catch (error) {
        done(error as Error);
      }
    },
  });
  server.on('tlsClientError', () => undefined);
  server.on('secureConnection', (socket) => socket.on('error', () => undefined).end());
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  after(() => void server.close());
}
