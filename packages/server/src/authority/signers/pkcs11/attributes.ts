import { CKA } from './cryptoki-values.ts';
import type { ForeignFunctions } from './foreign-functions.ts';

/** An attribute of an object (CK_ATTRIBUTE): a number becomes a CK_ULONG, a boolean a CK_BBOOL, a string UTF-8. */
export type Attribute = readonly [type: keyof typeof CKA, value: number | boolean | string | Uint8Array];

/** type, pValue, ulValueLen: three words. */
const attributeSize = 24;

export function ulong(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

/** Calls with a template (CK_ATTRIBUTE_PTR) whose values do not move while C reads them. */
export function withTemplate<T>(
  foreign: ForeignFunctions,
  attributes: readonly Attribute[],
  use: (template: Buffer, count: number) => T,
): T {
  return withMemory(
    foreign,
    attributes.map(([, value]) => octets(value)),
    (addresses, values) => {
      const template = Buffer.alloc(attributes.length * attributeSize);
      attributes.forEach(([type], index) => {
        writeAttribute(template, index, CKA[type], addresses[index]!, values[index]!.length);
      });
      return use(template, attributes.length);
    },
  );
}

/**
 * Reads one attribute: `call` is C_GetAttributeValue with a template of one. Values over `limit` octets are not read.
 */
export function readAttribute(
  foreign: ForeignFunctions,
  type: keyof typeof CKA,
  call: (template: Buffer) => void,
  limit = 4096,
): Buffer {
  const template = Buffer.alloc(attributeSize);
  writeAttribute(template, 0, CKA[type], 0n, 0);
  call(template);
  const length = template.readBigUInt64LE(16);
  if (length > BigInt(limit)) throw new RangeError(`${type} has ${length} octets`);
  return withMemory(foreign, [Buffer.alloc(Number(length))], ([address], [value]) => {
    writeAttribute(template, 0, CKA[type], address!, value!.length);
    call(template);
    return Buffer.from(value!.subarray(0, Number(template.readBigUInt64LE(16))));
  });
}

/** A CK_MECHANISM without parameters, or with those that are given by address. */
export function mechanism(type: number): Buffer {
  const buffer = Buffer.alloc(attributeSize);
  buffer.writeBigUInt64LE(BigInt(type));
  return buffer;
}

/** Copies of these buffers in memory that does not move, at least one octet each; given back afterwards. */
function withMemory<T>(
  foreign: ForeignFunctions,
  contents: readonly Uint8Array[],
  use: (addresses: readonly bigint[], views: readonly Buffer[]) => T,
): T {
  const pointers = contents.map((content) => foreign.alloc('uint8_t', Math.max(content.length, 1)));
  try {
    const views = pointers.map((pointer, index) => {
      const view = Buffer.from(foreign.view(pointer, Math.max(contents[index]!.length, 1)));
      view.set(contents[index]!);
      return view.subarray(0, contents[index]!.length);
    });
    return use(
      pointers.map((pointer) => foreign.address(pointer)),
      views,
    );
  } finally {
    for (const pointer of pointers) foreign.free(pointer);
  }
}

function writeAttribute(
  template: Buffer,
  index: number,
  type: number,
  address: bigint,
  length: number,
): void {
  const at = index * attributeSize;
  template.writeBigUInt64LE(BigInt(type), at);
  template.writeBigUInt64LE(address, at + 8);
  template.writeBigUInt64LE(BigInt(length), at + 16);
}

function octets(value: Attribute[1]): Buffer {
  switch (typeof value) {
    case 'number':
      return ulong(value);
    case 'boolean':
      return Buffer.from([value ? 1 : 0]);
    case 'string':
      return Buffer.from(value);
    default:
      return Buffer.from(value);
  }
}
