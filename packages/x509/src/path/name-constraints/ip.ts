/** Whether the constraint is an address and a mask of the same length, 4 or 16 octets each, with the ones of the mask first (RFC 4632). */
export function isIpConstraint(constraint: Buffer): boolean {
  if (constraint.length !== 8 && constraint.length !== 32) return false;
  let ended = false;
  for (let i = constraint.length / 2; i < constraint.length; i++) {
    const octet = constraint[i]!;
    if (ended && octet !== 0) return false;
    if (octet === 0xff) continue;
    // Ones, then zeros: adding the lowest one carries out of the octet.
    if (octet !== 0 && octet + (octet & -octet) !== 256) return false;
    ended = true;
  }
  return true;
}

/** Whether the address lies in the range. Addresses of the other family never do. */
export function ipIsWithin(address: Buffer, constraint: Buffer): boolean {
  const length = address.length;
  if (constraint.length !== length * 2) return false;
  for (let i = 0; i < length; i++) {
    const mask = constraint[length + i]!;
    if ((address[i]! & mask) !== (constraint[i]! & mask)) return false;
  }
  return true;
}
