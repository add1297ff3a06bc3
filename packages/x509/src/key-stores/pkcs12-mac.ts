import { createHmac, timingSafeEqual } from 'node:crypto';
import { DerReader } from '../asn1/der-reader.ts';
import { OID } from '../asn1/oids.ts';
import { X509Error } from '../errors.ts';
import { readAlgorithmIdentifier } from '../keys/algorithm-identifier.ts';
import type { HashName } from '../keys/signature-schemes.ts';
import { keyDerivation } from './password-based-encryption.ts';
import type { EncodedPassword } from './password-encodings.ts';
import { derivePkcs12, PURPOSE } from './pkcs12-key-derivation.ts';
import type { WorkBudget } from './work-budget.ts';

const PBMAC1 = '1.2.840.113549.1.5.14';

const HASHES: ReadonlyMap<string, { name: HashName; octets: number }> = new Map([
  [OID.sha1, { name: 'sha1', octets: 20 }],
  [OID.sha224, { name: 'sha224', octets: 28 }],
  [OID.sha256, { name: 'sha256', octets: 32 }],
  [OID.sha384, { name: 'sha384', octets: 48 }],
  [OID.sha512, { name: 'sha512', octets: 64 }],
]);

const HMACS: ReadonlyMap<string, HashName> = new Map([
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);

function unsupported(): X509Error {
  return new X509Error('key_store_unsupported', 'the MAC is not supported', 'keyStore.macData');
}

/**
 * Checks MacData (RFC 7292 §4, with PBMAC1 of RFC 9579) over the authSafe's content, and answers the encoding of the password under which it fits.
 * Throws `key_store_password` if none does.
 */
export function verifyMac(
  macData: DerReader,
  content: Buffer,
  passwords: readonly EncodedPassword[],
  budget: WorkBudget,
): EncodedPassword {
  const digestInfo = macData.sequence('mac');
  const algorithm = readAlgorithmIdentifier(digestInfo, 'digestAlgorithm');
  const expected = digestInfo.octetString('digest');
  digestInfo.end();
  const salt = macData.octetString('macSalt');
  const iterations = macData.done ? 1 : macData.smallInteger('iterations');
  macData.end();

  let compute: (password: EncodedPassword) => Buffer;
  if (algorithm.oid === PBMAC1) {
    compute = pbmac1(algorithm.parameters, content, budget);
  } else {
    const hash = HASHES.get(algorithm.oid);
    if (hash === undefined) throw unsupported();
    compute = ({ bmp }) => {
      budget.spend(iterations);
      const key = derivePkcs12(hash.name, bmp, salt, iterations, PURPOSE.mac, hash.octets);
      return createHmac(hash.name, key).update(content).digest();
    };
  }
  for (const password of passwords) {
    const mac = compute(password);
    if (mac.length === expected.length && timingSafeEqual(mac, expected)) return password;
  }
  throw new X509Error(
    'key_store_password',
    'the password is wrong, or the store was changed',
    'keyStore.macData',
  );
}

/** RFC 9579 §4. */
function pbmac1(
  parameters: Buffer | undefined,
  content: Buffer,
  budget: WorkBudget,
): (password: EncodedPassword) => Buffer {
  if (parameters === undefined) throw unsupported();
  const reader = new DerReader(parameters, 'keyStore.macData').sequence();
  const derivation = readAlgorithmIdentifier(reader, 'keyDerivationFunc');
  const hmac = HMACS.get(readAlgorithmIdentifier(reader, 'messageAuthScheme').oid);
  reader.end();
  if (hmac === undefined) throw unsupported();
  const keyOctets = { sha256: 32, sha384: 48, sha512: 64 }[hmac as 'sha256' | 'sha384' | 'sha512'];
  const derive = keyDerivation(derivation, keyOctets, budget);
  return ({ bytes }) => createHmac(hmac, derive(bytes)).update(content).digest();
}
