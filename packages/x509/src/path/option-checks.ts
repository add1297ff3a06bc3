/** Throws TypeError unless the option is a list or absent. A string or octets are no list: they would be taken apart. */
export function checkList(value: unknown, option: string): void {
  if (value !== undefined && !Array.isArray(value)) throw new TypeError(`${option} is not an array`);
}

/** Throws TypeError unless the option is a number from 0, or absent. Infinity is one, NaN is not. */
export function checkAmount(value: unknown, option: string): void {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return;
  throw new TypeError(`${option} is not a number from 0`);
}

const NAME_TYPES: readonly unknown[] = ['dns', 'ip', 'uri', 'email'];

/** Throws TypeError unless the option is the name of a peer, or absent. Whether the value is a name of its type is not looked at. */
export function checkPeerNameOption(name: unknown): void {
  if (name === undefined) return;
  const { type, value } = (typeof name === 'object' && name !== null ? name : {}) as Record<string, unknown>;
  if (!NAME_TYPES.includes(type)) throw new TypeError("name has no type: 'dns', 'ip', 'uri' or 'email'");
  if (typeof value !== 'string') throw new TypeError('the value of name is not a string');
}
