import type { DerReader } from '../asn1/der-reader.ts';
import type { DerWriter } from '../asn1/der-writer.ts';

/** An AlgorithmIdentifier (RFC 5280 §4.1.1.2); `parameters` is the DER of the parameters, undefined if absent. */
export interface AlgorithmIdentifier {
  readonly oid: string;
  readonly parameters: Buffer | undefined;
}

/** Reads the next element as an AlgorithmIdentifier. */
export function readAlgorithmIdentifier(reader: DerReader, name: string): AlgorithmIdentifier {
  const sequence = reader.sequence(name);
  const oid = sequence.oid('algorithm');
  const parameters = sequence.done ? undefined : sequence.element('parameters');
  sequence.end();
  return { oid, parameters };
}

export function writeAlgorithmIdentifier(writer: DerWriter, algorithm: AlgorithmIdentifier): void {
  writer.sequence(() => {
    writer.oid(algorithm.oid);
    if (algorithm.parameters !== undefined) writer.raw(algorithm.parameters);
  });
}

/** Whether the parameters are an ASN.1 NULL. */
export function isNullParameters(parameters: Buffer | undefined): boolean {
  return parameters !== undefined && parameters.length === 2 && parameters[0] === 0x05 && parameters[1] === 0;
}
