import { encodeDer } from '../../asn1/der-writer.ts';
import { OID } from '../../asn1/oids.ts';
import type { Signer } from '../../keys/signer.ts';
import { OcspResponse } from '../ocsp/ocsp-response.ts';

/** A response about one certificate with a nextUpdate, with an extension added to its answer, signed anew with ECDSA and SHA-256. */
export async function withExtension(
  response: Buffer,
  oid: string,
  critical: boolean,
  signer: Signer,
): Promise<Buffer> {
  const read = OcspResponse.parse(response).basic!;
  const answer = read.tbsResponseData.subarray(
    read.tbsResponseData.indexOf(Buffer.from('a011180f', 'hex')) + 0,
  );
  const extension = encodeDer((writer) => {
    writer.constructed(0xa1, () => {
      writer.sequence(() => {
        writer.sequence(() => {
          writer.oid(oid);
          if (critical) writer.boolean(true);
          writer.octetString(Buffer.of(5, 0));
        });
      });
    });
  });
  const tbs = encodeDer((writer) => {
    writer.sequence(() => {
      const responder = Buffer.from(read.tbsResponseData.subarray(headerLength(read.tbsResponseData)));
      const producedAt = responder.indexOf(Buffer.from('180f', 'hex'));
      writer.raw(responder.subarray(0, producedAt + 17));
      writer.sequence(() => {
        writer.sequence(() => {
          const list = responder.subarray(producedAt + 17);
          const one = list.subarray(headerLength(list));
          writer.raw(one.subarray(headerLength(one), one.length - answer.length));
          writer.raw(answer);
          writer.raw(extension);
        });
      });
    });
  });
  const signature = await signer.sign(tbs);
  const basic = encodeDer((writer) => {
    writer.sequence(() => {
      writer.raw(tbs);
      writer.sequence(() => writer.oid(OID.ecdsaWithSha256));
      writer.bitString(signature);
    });
  });
  return encodeDer((writer) => {
    writer.sequence(() => {
      writer.integer(0, 0x0a);
      writer.constructed(0xa0, () => {
        writer.sequence(() => {
          writer.oid('1.3.6.1.5.5.7.48.1.1');
          writer.octetString(basic);
        });
      });
    });
  });
}

function headerLength(der: Buffer): number {
  return der[1]! < 0x80 ? 2 : 2 + (der[1]! & 0x7f);
}
