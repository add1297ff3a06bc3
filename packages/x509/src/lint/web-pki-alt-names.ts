import { OID } from '../asn1/oids.ts';
import { formatIp, parseIp } from '../names/ip-address.ts';
import type { Lint } from './lint.ts';

/** Address blocks of the IANA special-purpose registries that are not globally reachable, as first address and prefix length. */
const RESERVED = (
  [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
    ['::', 127],
    ['64:ff9b:1::', 48],
    ['100::', 64],
    ['2001:db8::', 32],
    ['fc00::', 7],
    ['fe80::', 10],
    ['ff00::', 8],
  ] as const
).map(([address, bits]) => ({ prefix: parseIp(address)!, bits }));

function inBlock(bytes: Buffer, { prefix, bits }: { prefix: Buffer; bits: number }): boolean {
  if (bytes.length !== prefix.length) return false;
  const whole = bits >> 3;
  if (bytes.compare(prefix, 0, whole, 0, whole) !== 0) return false;
  const mask = 0xff & (0xff00 >> (bits & 7));
  return whole === bytes.length || ((bytes[whole]! ^ prefix[whole]!) & mask) === 0;
}

/** An IPv4 address in IPv6 is as global as itself, but no address to name a server by. */
function isReserved(bytes: Buffer): boolean {
  return formatIp(bytes).startsWith('::ffff:') || RESERVED.some((block) => inBlock(bytes, block));
}

/** subjectAltName of server certificates, by CABF BR 7.1.2.7.12. */
export const WEB_PKI_ALT_NAME_LINTS: readonly Lint[] = [
  {
    code: 'subject_alt_name_missing',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.12',
    check: (context) =>
      context.server && !context.delegatedOcspResponder && !context.has(OID.subjectAltName)
        ? 'there is no subjectAltName'
        : undefined,
  },
  {
    code: 'subject_alt_name_type_not_allowed',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.12',
    check: (context) => {
      const types = (context.subjectAltName ?? [])
        .map(({ type }) => type)
        .filter((type) => type !== 'dns' && type !== 'ip');
      return [...new Set(types)].map((type) => `subjectAltName holds a name of type ${type}`);
    },
  },
  {
    code: 'ip_address_reserved',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 4.2.2',
    check: ({ subjectAltName }) =>
      (subjectAltName ?? []).flatMap((name) =>
        name.type === 'ip' && isReserved(name.bytes) ? [`the address ${name.value} is not global`] : [],
      ),
  },
];
