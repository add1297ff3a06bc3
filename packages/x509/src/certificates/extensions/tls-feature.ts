import type { DerReader } from '../../asn1/der-reader.ts';

/** RFC 7633: numbers of TLS extensions that the server must support; 5 is `status_request` ("must staple"). */
export function readTlsFeature(reader: DerReader): readonly number[] {
  const sequence = reader.sequence();
  const features: number[] = [];
  while (!sequence.done) features.push(sequence.smallInteger('feature', 65_535));
  return features;
}
