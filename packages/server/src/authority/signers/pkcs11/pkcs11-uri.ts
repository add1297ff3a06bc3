import { Pkcs11Error } from './pkcs11-error.ts';

/** Which private key of which token: a PKCS #11 URI (RFC 7512) with `token` and `object`, `id` or both. */
export interface KeyLocation {
  /** CKA_LABEL of the token. */
  readonly token: string;
  /** CKA_LABEL of the key. */
  readonly object?: string;
  /** CKA_ID of the key, lower-case hexadecimal. */
  readonly id?: string;
}

const longestText = 1024;

/**
 * Reads `pkcs11:token=…;object=…;id=%…`; `type=private` may stand in it. Everything else is refused: a PIN has no
 * place in what is stored and shown, and which module is loaded is the server's configuration to say.
 * Throws Pkcs11Error `uri_invalid`.
 */
export function readKeyLocation(text: string): KeyLocation {
  const { path } = /^pkcs11:(?<path>[^?#]*)$/i.exec(text.slice(0, longestText + 1))?.groups ?? {};
  if (path === undefined || text.length > longestText) {
    throw invalid('it has the form pkcs11:token=LABEL;object=LABEL, without a query');
  }
  const found = new Map<string, Buffer>();
  for (const attribute of path.split(';').filter((part) => part !== '')) {
    const [name, value, ...rest] = attribute.split('=');
    if (name === undefined || value === undefined || rest.length > 0)
      throw invalid('an attribute has no value');
    if (!['token', 'object', 'id', 'type'].includes(name)) throw invalid(`it may not have ${name}`);
    if (found.has(name)) throw invalid(`it has ${name} twice`);
    found.set(name, percentDecode(value));
  }
  if (found.has('type') && found.get('type')?.toString() !== 'private')
    throw invalid('its type is not private');
  const token = found.get('token')?.toString() ?? '';
  const object = found.get('object')?.toString();
  const id = found.get('id')?.toString('hex');
  if (token === '' || Buffer.byteLength(token) > 32)
    throw invalid('it names a token by a label of 1 to 32 octets');
  if ((object ?? '') === '' && (id ?? '') === '') throw invalid('it names the key by object or id');
  return { token, ...(object ? { object } : {}), ...(id ? { id } : {}) };
}

/** The same as text, always written alike. Throws Pkcs11Error `uri_invalid` for labels that have no UTF-8. */
export function formatKeyLocation({ token, object, id }: KeyLocation): string {
  if (!token.isWellFormed() || object?.isWellFormed() === false) throw invalid('a label is no text');
  const octets = id === undefined ? '' : id.replace(/../g, (pair) => `%${pair.toUpperCase()}`);
  return [
    `pkcs11:token=${encodeURIComponent(token)}`,
    ...(object === undefined ? [] : [`object=${encodeURIComponent(object)}`]),
    ...(id === undefined ? [] : [`id=${octets}`]),
    'type=private',
  ].join(';');
}

function percentDecode(text: string): Buffer {
  if (/%(?![0-9a-f]{2})/i.test(text)) throw invalid('it is percent-encoded wrongly');
  const parts = text.split(/(%[0-9a-f]{2})/i);
  return Buffer.concat(
    parts.map((part, index) => (index % 2 === 1 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part))),
  );
}

function invalid(why: string): Pkcs11Error {
  return new Pkcs11Error('uri_invalid', `not the PKCS #11 URI of a key: ${why}`);
}
