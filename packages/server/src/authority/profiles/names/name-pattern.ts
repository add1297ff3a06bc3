import { BlockList, isIP } from 'node:net';

const form = /^(dns|uri|email):([\x21-\x7e]{1,500})$/;
const network = /^ip:([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i;
/** What a `*` does not go past, by kind of name. */
const separators: Readonly<Record<string, string>> = { dns: '.', uri: '/', email: '@' };

/**
 * Whether a text is a pattern of names: `dns:`, `uri:` or `email:` and a text in which `*` stands for one label or segment and `**` for any
 * characters; or `ip:` and an address or network. A name `*.example.com` is matched by a `*`, too.
 */
export function isNamePattern(pattern: string): boolean {
  if (networkOf(pattern) !== undefined) return true;
  const [, , text = ''] = form.exec(pattern) ?? [];
  return (
    text !== '' &&
    (text.match(/\*+/g) ?? []).every((stars) => stars.length <= 2) &&
    text.split('*').length <= 12
  );
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

/** By a table over both texts, so that no pattern makes it slow. */
function globMatches(name: string, glob: string, separator: string): boolean {
  const parts = glob.match(/\*\*|\*|[^*]/g) ?? [];
  let reached = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const from of reached) {
      if (part === '*' || part === '**') {
        for (let at = from + 1; at <= name.length; at += 1) {
          if (part === '*' && name[at - 1] === separator) break;
          next.add(at);
        }
      } else if (name[from] === part) next.add(from + 1);
    }
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(name.length);
}
