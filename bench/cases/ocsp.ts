/** OCSP answers per CPU second over kept-alive connections, beside a bare `node:http` server that answers as many bytes. */
import { Certificate, createOcspRequest } from '@mortise/x509';
import { type Contestant, contest } from '../contest.ts';
import type { Fixture } from '../fixture.ts';
import { ServerProcess } from '../process.ts';
import { type Figure, round } from '../table.ts';

const turns = { warmUpMs: 3000, sliceMs: 300 };

export async function ocsp(fixture: Fixture, rounds: number): Promise<Figure[]> {
  const [certificate, issuer] = Certificate.parseAll(fixture.pem('server', 'cert.pem'));
  const question = createOcspRequest({ certificates: [certificate!], issuer: issuer! });
  const figures: Figure[] = [];
  for (const method of ['POST', 'GET'] as const) {
    const answered = await ask(fixture, question);
    const bare = await ServerProcess.start(['bench/servers/bare-http.ts', String(answered)]);
    const requestsFile = fixture.write(`ocsp-${method}.requests`, asked(method, question));
    const contestant = (name: string, server: ServerProcess, port: number): Contestant => ({
      name,
      server,
      target: { host: '127.0.0.1', port, connection: 'kept', connections: 16, requestsFile, once: false },
    });
    try {
      const standings = await contest(
        [
          contestant('mortise', fixture.server, fixture.endpoints.pkiPort),
          contestant('bare', bare, Number(bare.ready['port'])),
        ],
        { ...turns, rounds },
      );
      figures.push({
        name: `OCSP by ${method}, kept-alive, beside the bare server`,
        value: standings.ratio('mortise', 'bare'),
        unit: '×',
        target: { least: 0.85 },
        detail: `${round(standings.rateRatio('mortise', 'bare'))} × by rate; ${standings.describe()}`,
      });
    } finally {
      await bare.stop();
    }
  }
  return figures;
}

/** The length of the answer, which has to be one about a good certificate. */
async function ask({ endpoints }: Fixture, question: Buffer): Promise<number> {
  const url = `http://127.0.0.1:${endpoints.pkiPort}/ocsp`;
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(question) });
  const body = await answer.arrayBuffer();
  if (answer.status !== 200 || body.byteLength < 200) throw new Error(`OCSP answers ${answer.status}`);
  return body.byteLength;
}

/** One prepared request, base64. */
function asked(method: 'POST' | 'GET', question: Buffer): string {
  const path = method === 'POST' ? '/ocsp' : `/ocsp/${encodeURIComponent(question.toString('base64'))}`;
  const head = [`${method} ${path} HTTP/1.1`, 'host: localhost'];
  if (method === 'POST') {
    head.push('content-type: application/ocsp-request', `content-length: ${question.length}`);
  }
  const body = method === 'POST' ? question : Buffer.alloc(0);
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]).toString('base64');
}
