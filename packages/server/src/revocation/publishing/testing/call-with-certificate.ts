import { request } from 'node:https';
import type { Issued } from './open-publishing.ts';

/** The status of a request with this client certificate; `refused` if the connection did not last that long. */
export function callWithCertificate(
  port: number,
  ca: string,
  { certificate, chain, keyPem }: Issued,
): Promise<number | 'refused'> {
  const cert = [certificate, ...chain].map((each) => each.toPem()).join('');
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port,
      ca,
      cert,
      key: keyPem!,
      servername: 'a.example',
      agent: false,
    };
    const sent = request(options, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    sent.on('error', () => resolve('refused'));
    sent.end();
  });
}
