/**
 * The baseline: a bare `node:https` server that does only the unavoidable work of a token endpoint. One ES256 signature with a
 * bare KeyObject over as many bytes as Mortise signs, an answer of the same length; for `private_key_jwt` also one ES256
 * verification and the same grouped durable insert.
 */
import { createPrivateKey, createPublicKey, randomUUID, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';

interface BareOrder {
  key: string;
  certificate: string;
  requestCertificate: boolean;
  bodyLength: number;
  signedLength: number;
  /** Verifies this assertion with this key before it answers, and stores a row. */
  assertion?: { signingInput: string; signature: string; publicKey: string; databaseFile: string };
}

const order = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as BareOrder;
const signingKey = createPrivateKey(order.key);
const signingInput = Buffer.alloc(order.signedLength, 'a');
const body = Buffer.alloc(order.bodyLength, 'x');
const replay = order.assertion === undefined ? undefined : openReplayGuard(order.assertion);

const server = https.createServer(
  {
    key: order.key,
    cert: order.certificate,
    requestCert: order.requestCertificate,
    rejectUnauthorized: false,
  },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (replay === undefined) answer(response);
      else replay(() => answer(response));
    });
  },
);
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});

function answer(response: import('node:http').ServerResponse): void {
  sign('sha256', signingInput, signingKey);
  response.writeHead(200, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': body.length,
  });
  response.end(body);
}

/** Verifies, then inserts: what arrives while a batch waits shares its commit. */
function openReplayGuard(assertion: NonNullable<BareOrder['assertion']>): (done: () => void) => void {
  const publicKey = createPublicKey(assertion.publicKey);
  const input = Buffer.from(assertion.signingInput);
  const signature = Buffer.from(assertion.signature, 'base64');
  const database = new DatabaseSync(assertion.databaseFile, { timeout: 5000 });
  database.exec(
    'pragma journal_mode=wal; pragma synchronous=full; create table seen (id text primary key, until integer)',
  );
  const insert = database.prepare('insert into seen values (?, ?) on conflict do nothing');
  let waiting: (() => void)[] = [];
  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    database.exec('begin immediate');
    for (let index = 0; index < batch.length; index += 1) insert.run(randomUUID(), Date.now());
    database.exec('commit');
    for (const done of batch) done();
  };
  return (done) => {
    if (!verify('sha256', input, publicKey, signature))
      throw new Error('the baseline was given a bad assertion');
    if (waiting.push(done) === 1) setImmediate(flush);
  };
}
