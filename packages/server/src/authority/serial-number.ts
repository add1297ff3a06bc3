import { randomSerialNumber } from '@mortise/x509';

/**
 * 16 octets of a positive number: the time of issuance in milliseconds, then 80 bits of chance (RFC 5280 §4.1.2.2 asks for unique ones, the
 * Baseline Requirements §7.1 for 64 bits of chance). Numbers that rise with the time lie side by side in the database's index.
 */
export function orderedSerialNumber(now: number): Buffer {
  const serial = randomSerialNumber();
  serial.writeUIntBE(Math.floor(now), 0, 6);
  // The length stays the same while the time fits the six octets.
  serial[0]! |= 0x40;
  return serial;
}
