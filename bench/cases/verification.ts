/** `@mortise/resource-server`, in this process: a warm and a cold verification, beside the raw signature check. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign, verify } from 'node:crypto';
import { createResourceServer, type ResourceServer } from '@mortise/resource-server';
import { type Figure, median, round } from '../table.ts';

const issuer = 'https://localhost';
const resource = 'https://payments.example';
const certificate = Buffer.from('stands for the DER of a certificate');
const thumbprint = createHash('sha256').update(certificate).digest('base64url');

export async function verification(rounds: number): Promise<Figure[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' };
  const open = (maxEntries: number): ResourceServer =>
    createResourceServer({
      issuer,
      resource,
      revocation: 'none',
      jwks: () => ({ keys: [jwk] }),
      cache: { maxEntries },
    });
  const warmServer = open(10_000);
  const coldServer = open(0);
  const tokens = Array.from({ length: 2000 }, () => boundToken(privateKey));
  const signatures = tokens.map((token) => signatureOf(token));
  const facts = {
    method: 'POST',
    url: '/payments',
    certificate: { thumbprint, notBefore: 0, notAfter: Date.now() + 86_400_000 },
  };
  const checkWith =
    (server: ResourceServer) =>
    async (index: number): Promise<void> => {
      const request = { ...facts, authorization: [`Bearer ${tokens[index % tokens.length]}`] };
      const decision = await server.verify(request, { scope: 'payments:write' });
      if (!decision.allowed) throw new Error(`refused: ${decision.body}`);
    };
  const checkSignature = (index: number): void => {
    const { input, signature } = signatures[index % signatures.length]!;
    if (!verify('sha256', input, publicKey, signature)) throw new Error('a bad signature');
  };
  const warm: number[] = [];
  const cold: number[] = [];
  const raw: number[] = [];
  // In short turns, each compared with its neighbour: what else the machine does then concerns both.
  for (let turn = 0; turn <= 3 * rounds; turn += 1) {
    warm.push(await microsecondsEach(40_000, checkWith(warmServer)));
    cold.push(await microsecondsEach(4000, checkWith(coldServer)));
    raw.push(await microsecondsEach(4000, checkSignature));
  }
  await Promise.all([warmServer.close(), coldServer.close()]);
  // The first turn is before the compilers of V8 are done.
  const ratios = cold.map((time, turn) => time / raw[turn]!).slice(1);
  const [warmTime, coldTime, rawTime] = [warm, cold, raw].map((times) => median(times.slice(1))) as [
    number,
    number,
    number,
  ];
  return [
    {
      name: 'verification of a remembered token',
      value: warmTime,
      unit: 'µs',
      target: { most: 5 },
      detail: '',
    },
    {
      name: 'verification of a new token, beside the raw ES256 check',
      value: median(ratios),
      unit: '×',
      target: { most: 1.15 },
      detail: `${round(coldTime)} µs, raw ${round(rawTime)} µs`,
    },
  ];
}

async function microsecondsEach(
  times: number,
  work: (index: number) => void | Promise<void>,
): Promise<number> {
  const started = process.hrtime.bigint();
  for (let index = 0; index < times; index += 1) await work(index);
  return Number(process.hrtime.bigint() - started) / 1000 / times;
}

function boundToken(key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ alg: 'ES256', kid: 'bench', typ: 'at+jwt' })}.${encode({
    iss: issuer,
    sub: 'billing',
    client_id: 'billing',
    aud: resource,
    iat: now,
    exp: now + 3600,
    jti: randomUUID(),
    scope: 'payments:read payments:write',
    cnf: { 'x5t#S256': thumbprint },
    mortise: { epoch: 0, credentials: [randomUUID()], authorities: [randomUUID()] },
  })}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function signatureOf(token: string): { input: Buffer; signature: Buffer } {
  const end = token.lastIndexOf('.');
  const p1363 = Buffer.from(token.slice(end + 1), 'base64url');
  return { input: Buffer.from(token.slice(0, end)), signature: toDer(p1363) };
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) of r‖s. */
function toDer(p1363: Buffer): Buffer {
  const integer = (bytes: Buffer): Buffer => {
    let start = 0;
    while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
    const value = bytes.subarray(start);
    const padded = value[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), value]) : value;
    return Buffer.concat([Buffer.of(2, padded.length), padded]);
  };
  const body = Buffer.concat([integer(p1363.subarray(0, 32)), integer(p1363.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}
