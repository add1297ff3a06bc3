import type { Random } from './random.ts';

/** Changes octets without knowing what they mean: flips, overwrites, cuts, repeats, inserts. */
export function mutateBytes(input: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(input);
  const at = random.below(bytes.length);
  switch (random.below(7)) {
    case 0:
      if (bytes.length > 0) bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 1:
      if (bytes.length > 0) bytes[at] = random.pick([0, 0x7f, 0x80, 0xff, 0x30, random.below(256)]);
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))]);
    case 4:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.alloc(random.pick([1, 4, 64]), random.below(256)),
        bytes.subarray(at),
      ]);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(bytes.length))]);
    default:
      if (bytes.length >= at + 4) bytes.writeUInt32BE(random.pick([0, 1, 0x7fffffff, 0xffffffff]), at);
      return bytes;
  }
}

/** Changes text: cuts and repeats pieces, and puts `tokens` in. */
export function mutateText(input: Buffer, tokens: readonly string[], random: Random): Buffer {
  let text = input.toString('latin1');
  const rounds = 1 + random.below(4);
  for (let round = 0; round < rounds; round++) {
    const at = random.below(text.length + 1);
    const end = Math.min(text.length, at + random.below(40));
    switch (random.below(4)) {
      case 0:
        text = text.slice(0, at) + random.pick(tokens) + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + text.slice(end);
        break;
      case 2:
        text = text.slice(0, end) + text.slice(at).slice(0, 4096);
        break;
      default:
        text = text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    }
  }
  return Buffer.from(text, 'latin1');
}
