import { BlockList, isIP, isIPv6 } from 'node:net';

/** IPv4 that is not the public Internet: the IANA special-purpose registry (RFC 6890), multicast and the reserved rest. */
const specialIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/**
 * Where clouds serve credentials to their machines. Never admitted, not even by configuration: a network that is wide
 * enough to hold them was not meant to.
 */
const metadataAddresses = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '169.254.0.23',
  '169.254.42.42',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fd00:c1::a9fe:a9fe',
  'fd00:a9fe:a9fe::1',
  'fd00:42::42',
  'fd00:100::100:200',
];

/** The one block of IPv6 that is global unicast (RFC 4291), and what in it leads elsewhere. */
const globalIpv6 = '2000::/3';
const specialIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

/** Which addresses may be connected to: public ones, and those of the networks that were configured; never metadata. */
export class AdmittedNetworks {
  readonly #configured: BlockList;
  readonly #metadata = networks([...metadataAddresses, ...metadataAddresses.flatMap(translated)]);
  readonly #special = networks([...specialIpv4, ...specialIpv6]);
  readonly #global = networks([globalIpv6]);

  /** `configured` in CIDR notation, e.g. `127.0.0.0/8`; a bare address is a network of one. Throws TypeError for anything else. */
  constructor(configured: readonly string[] = []) {
    this.#configured = networks(configured);
  }

  /** Whether a textual address (without zone) is admitted; an IPv4-mapped one counts as the IPv4 that it is. */
  admits(address: string): boolean {
    const mapped = mappedIpv4(address);
    if (mapped !== undefined) return this.admits(mapped);
    switch (isIP(address)) {
      case 4:
        if (this.#metadata.check(address, 'ipv4')) return false;
        return this.#configured.check(address, 'ipv4') || !this.#special.check(address, 'ipv4');
      case 6:
        if (this.#metadata.check(address, 'ipv6')) return false;
        return (
          this.#configured.check(address, 'ipv6') ||
          (this.#global.check(address, 'ipv6') && !this.#special.check(address, 'ipv6'))
        );
      default:
        return false;
    }
  }
}

function networks(list: readonly string[]): BlockList {
  const blocks = new BlockList();
  for (const network of list) {
    const [address = '', prefix, ...rest] = network.split('/');
    const version = isIP(address);
    const longest = version === 4 ? 32 : 128;
    const length = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
    if (version === 0 || rest.length > 0 || length < 0 || length > longest) {
      throw new TypeError(`not a network: ${network}`);
    }
    blocks.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  }
  return blocks;
}

/** The IPv6 by which translators reach an IPv4: NAT64 (RFC 6052, RFC 8215), SIIT, 6to4 (RFC 3056), and the compatible form of old. */
function translated(address: string): string[] {
  if (isIP(address) !== 4) return [];
  const octets = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  const [high, low] = [octets.slice(0, 2).join(''), octets.slice(2).join('')];
  return [
    ...['64:ff9b::', '64:ff9b:1::', '::ffff:0:', '::'].map((prefix) => `${prefix}${high}:${low}`),
    `2002:${high}:${low}::/48`,
  ];
}

const mappedForm = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/;

function mappedIpv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  // URL writes the last 32 bits in hexadecimal, sockets in decimal: both become the socket's form here.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const hexadecimal = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (hexadecimal === null) return mappedForm.exec(address.toLowerCase())?.[1];
  const [high, low] = [Number.parseInt(hexadecimal[1]!, 16), Number.parseInt(hexadecimal[2]!, 16)];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}
