import { BlockList, isIP } from 'node:net';

const form = /^(dns|uri|email):([\x21-\x7e]{1,500})$/;
const network = /^ip:([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i;
const maximumStars = 11;
/** What a `*` does not go past, by kind of name. */
const separators: Readonly<Record<string, string>> = { dns: '.', uri: '/', email: '@' };

/**
 * Whether a text is a pattern of names: `dns:`, `uri:` or `email:` and a text in which `*` stands for one label or segment and `**` for any
 * characters; or `ip:` and an address or network. A name `*.example.com` is matched by a `*`, too.
 */
export function isNamePattern(pattern: string): boolean {
  if (networkOf(pattern) !== undefined) return true;
  const [, , text = ''] = form.exec(pattern) ?? [];
  const stars = text.match(/\*+/g) ?? [];
  return text !== '' && stars.length <= maximumStars && stars.every(({ length }) => length <= 2);
}

/** Whether a name (`dns:…`, `ip:…`, `uri:…`, `email:…`, canonical) matches a pattern. */
export function matchesPattern(name: string, pattern: string): boolean {
  const range = networkOf(pattern);
  if (range !== undefined) {
    const address = name.startsWith('ip:') ? name.slice(3) : '';
    return isIP(address) !== 0 && range.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  const [, kind = '', text = ''] = form.exec(pattern) ?? [];
  if (kind === '' || !name.startsWith(`${kind}:`)) return false;
  const wanted = kind === 'uri' ? text : text.toLowerCase();
  return globMatches(name.slice(kind.length + 1), wanted, separators[kind]!);
}

function networkOf(pattern: string): BlockList | undefined {
  const [, address = '', bits] = network.exec(pattern) ?? [];
  const family = isIP(address);
  const widest = family === 6 ? 128 : 32;
  const prefix = bits === undefined ? widest : Number(bits);
  if (family === 0 || prefix > widest) return undefined;
  const list = new BlockList();
  list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  return list;
}

/** In time linear in either text: which places of the name the parts of the pattern reach, part by part. */
function globMatches(name: string, glob: string, separator: string): boolean {
  let reached = new Set([0]);
  for (const part of glob.match(/\*\*|\*|[^*]/g) ?? []) {
    const next = new Set<number>();
    let open = false;
    for (let at = 0; at <= name.length; at += 1) {
      const before = name[at - 1];
      if (part === '*' && before === separator) open = false;
      if (part === '*' || part === '**' ? open : before === part && reached.has(at - 1)) next.add(at);
      if (reached.has(at)) open = true;
    }
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(name.length);
}
