import { BlockList } from 'node:net';
import { OID } from '../asn1/oids.ts';
import { formatIp } from '../names/ip-address.ts';
import type { Lint } from './lint.ts';

/** Address blocks of the IANA special-purpose registries that are not globally reachable. */
const RESERVED = new BlockList();
for (const [address, bits] of [
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
] as const) {
  RESERVED.addSubnet(address, bits, 'ipv4');
}
for (const [address, bits] of [
  ['::', 127],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  RESERVED.addSubnet(address, bits, 'ipv6');
}

/** An IPv4 address in IPv6 is as global as itself, but no address to name a server by. */
function isReserved(bytes: Buffer): boolean {
  if (bytes.length === 4) return RESERVED.check(formatIp(bytes), 'ipv4');
  return formatIp(bytes).startsWith('::ffff:') || RESERVED.check(formatIp(bytes), 'ipv6');
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
