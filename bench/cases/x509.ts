/** `@mortise/x509`, in this process: validation and issuing beside raw signatures, parsing, memory, and a CRL of a million entries. */
import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  Certificate,
  CertificateRevocationList,
  createCertificate,
  createCrl,
  createKeySigner,
  extendCrl,
  type Signer,
  validatePath,
} from '@mortise/x509';
import { type Figure, round } from '../table.ts';

const DAY = 86_400_000;
const now = Date.now();
const validity = { notBefore: now - DAY, notAfter: now + 30 * DAY };

interface Authority {
  readonly certificate: Certificate;
  readonly signer: Signer;
}

export async function x509(rounds: number): Promise<Figure[]> {
  const root = await authority('CN=Root');
  const intermediate = await authority('CN=Intermediate', root);
  const leaf = await certify(intermediate, createKeySigner(newKey()));
  return [
    await validation(leaf, intermediate, root, rounds),
    parsing(leaf.der, rounds),
    await issuing(rounds),
    memory(leaf),
    ...(await revocationList(root, rounds)),
  ];
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

async function authority(subject: string, by?: Authority, key = newKey()): Promise<Authority> {
  const signer = createKeySigner(key);
  const certificate = await createCertificate(
    {
      subject,
      issuer: by?.certificate ?? subject,
      ...validity,
      publicKey: signer.publicKey,
      basicConstraints: { ca: true },
      keyUsage: ['keyCertSign', 'cRLSign'],
    },
    by?.signer ?? signer,
  );
  return { certificate, signer };
}

async function certify(by: Authority, holder: Signer): Promise<Certificate> {
  return await createCertificate(
    {
      subject: 'CN=host.example.com',
      issuer: by.certificate,
      ...validity,
      publicKey: holder.publicKey,
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: ['serverAuth', 'clientAuth'],
      subjectAltName: [{ type: 'dns', value: 'host.example.com' }],
    },
    by.signer,
  );
}

/** A chain of three that is parsed, and whose keys are imported. */
async function validation(
  leaf: Certificate,
  intermediate: Authority,
  root: Authority,
  rounds: number,
): Promise<Figure> {
  const issuers = [intermediate.certificate, root.certificate];
  const chain = [leaf, intermediate.certificate];
  const whole = await leastMicroseconds(rounds * 40, 50, async () => {
    const result = await validatePath({
      leaf,
      certificates: [intermediate.certificate],
      anchors: [root.certificate],
      at: now,
      purpose: 'serverAuth',
      name: { type: 'dns', value: 'host.example.com' },
    });
    if (!result.valid) throw new Error(result.failures[0]?.message);
  });
  const signed = chain.map(({ tbsCertificate, signature }, i) => ({
    tbsCertificate,
    signature,
    key: issuers[i]!.publicKey,
  }));
  const raw = await leastMicroseconds(rounds * 40, 50, () => {
    for (const { tbsCertificate, signature, key } of signed) {
      if (!verify('sha256', tbsCertificate, key, signature)) throw new Error('a bad signature');
    }
  });
  return {
    name: 'validatePath of a chain of three, beside its two raw P-256 checks',
    value: whole / raw,
    unit: '×',
    target: { most: 1.3 },
    detail: `${round(whole)} µs, raw ${round(raw)} µs`,
  };
}

/** Parsing to what validation looks at, the key not imported. */
function parsing(der: Buffer, rounds: number): Figure {
  let bare = Number.POSITIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  for (let slice = 0; slice < rounds * 20; slice += 1) {
    bare = Math.min(
      bare,
      microsecondsEach(500, () => Certificate.parse(der)),
    );
    least = Math.min(
      least,
      microsecondsEach(500, () => look(Certificate.parse(der))),
    );
  }
  return {
    name: 'parsing a certificate to what validation needs',
    value: least,
    unit: 'µs',
    target: { most: 40 },
    detail: `its structure alone ${round(bare)} µs`,
  };
}

function look(certificate: Certificate): void {
  void certificate.subject.normalized;
  void certificate.issuer.normalized;
  void certificate.publicKeyInfo;
  void certificate.signatureAlgorithm;
  void certificate.signatureAlgorithmsMatch;
  void certificate.basicConstraints;
  void certificate.keyUsage;
  void certificate.extendedKeyUsage;
  void certificate.subjectAltName;
  void certificate.authorityKeyIdentifier;
  void certificate.subjectKeyIdentifier;
}

async function issuing(rounds: number): Promise<Figure> {
  const key = createPrivateKey(newKey().export({ type: 'pkcs8', format: 'pem' }));
  const issuer = await authority('CN=Issuer', undefined, key);
  const holder = createKeySigner(newKey());
  const { tbsCertificate } = await certify(issuer, holder);
  const whole = await leastMicroseconds(rounds * 40, 50, async () => {
    await certify(issuer, holder);
  });
  const raw = await leastMicroseconds(rounds * 40, 50, () => {
    sign('sha256', tbsCertificate, key);
  });
  return {
    name: 'certificates issued, beside raw P-256 signatures',
    value: raw / whole,
    unit: '×',
    target: { least: 0.6 },
    detail: `${round(1e6 / whole)} a second, raw ${round(1e6 / raw)}`,
  };
}

/** 100,000 different certificates, parsed and looked into. */
function memory(like: Certificate): Figure {
  const before = usedBytes();
  const der = Buffer.from(like.der);
  const serialAt = der.indexOf(like.serialBytes);
  const held: Certificate[] = [];
  for (let i = 0; i < 100_000; i += 1) {
    der.writeUInt32BE(i, serialAt + 4);
    held.push(Certificate.parse(der));
  }
  const parsed = usedBytes() - before;
  for (const certificate of held) look(certificate);
  const looked = usedBytes() - before;
  if (held.length !== 100_000) throw new Error('some were not kept');
  return {
    name: '100,000 certificates in memory, looked into',
    value: looked / 1e6,
    unit: 'MB',
    target: { most: 400 },
    detail: `parsed ${round(parsed / 1e6)} MB, of which ${round((like.der.length * 100_000) / 1e6)} MB are their DER`,
  };
}

function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function revocationList(issuer: Authority, rounds: number): Promise<Figure[]> {
  const times = { thisUpdate: now - DAY, nextUpdate: now + DAY };
  const size = 1_000_000;
  const serialNumbers = Array.from({ length: size }, () => Buffer.concat([Buffer.of(1), randomBytes(15)]));
  const entries = serialNumbers.map((serialNumber) => ({ serialNumber, revokedAt: now - DAY }));
  const made = await createCrl(
    { issuer: issuer.certificate, ...times, crlNumber: 1, entries },
    issuer.signer,
  );
  let loading = Number.POSITIVE_INFINITY;
  let blocking = Number.POSITIVE_INFINITY;
  let adding = Number.POSITIVE_INFINITY;
  let list = made;
  for (let turn = 0; turn < rounds; turn += 1) {
    const loaded = await watched(async () => {
      list = await CertificateRevocationList.load(made.der);
    });
    loading = Math.min(loading, loaded.seconds);
    blocking = Math.min(blocking, loaded.longestMs);
    const added = await watched(async () => {
      const one = [{ serialNumber: Buffer.of(1), revokedAt: now, reason: 'keyCompromise' as const }];
      const next = await extendCrl(list, { ...times, crlNumber: 2, entries: one }, issuer.signer);
      if (next.size !== size + 1) throw new Error('the entry was not added');
    });
    adding = Math.min(adding, added.seconds);
  }
  const lookUp = await leastMicroseconds(rounds * 10, 1000, (i) => {
    if (list.find(serialNumbers[(i * 7919) % size]!) === undefined) throw new Error('an entry is missing');
  });
  const name = 'a CRL of 1,000,000 entries';
  return [
    { name: `${name}: loading`, value: loading, unit: 's', target: { most: 3 }, detail: '' },
    { name: `${name}: longest pause`, value: blocking, unit: 'ms', target: { most: 50 }, detail: '' },
    { name: `${name}: look-up`, value: lookUp, unit: 'µs', target: { most: 10 }, detail: '' },
    { name: `${name}: one more, signed`, value: adding, unit: 's', target: { most: 1.5 }, detail: '' },
  ];
}

/**
 * How long the work took, and for how long others of this process could not run meanwhile, in CPU time of the thread: what else the machine does
 * is not the work's fault.
 */
async function watched(work: () => Promise<void>): Promise<{ seconds: number; longestMs: number }> {
  let watching = true;
  let last = threadMs();
  let longestMs = 0;
  const tick = (): void => {
    const time = threadMs();
    longestMs = Math.max(longestMs, time - last);
    last = time;
    if (watching) setImmediate(tick);
  };
  setImmediate(tick);
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  watching = false;
  tick();
  return { seconds, longestMs };
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The least time that the work took, of slices of so many times each: what else the machine does only adds. */
async function leastMicroseconds(
  slices: number,
  times: number,
  work: (index: number) => void | Promise<void>,
): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  let index = 0;
  for (let slice = 0; slice < slices; slice += 1) {
    const started = process.hrtime.bigint();
    for (let i = 0; i < times; i += 1) {
      const working = work(index++);
      if (working !== undefined) await working;
    }
    least = Math.min(least, Number(process.hrtime.bigint() - started) / 1000 / times);
  }
  return least;
}

function microsecondsEach(times: number, work: () => void): number {
  const started = process.hrtime.bigint();
  for (let i = 0; i < times; i += 1) work();
  return Number(process.hrtime.bigint() - started) / 1000 / times;
}
