import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DerWriter, encodeDer } from '../../asn1/der-writer.ts';
import { OID } from '../../asn1/oids.ts';
import { TAG } from '../../asn1/tags.ts';
import { NOW, TestAuthority } from '../../path/testing/test-authority.ts';
import { createCrl, extendCrl } from '../crl/create-crl.ts';
import { rawCrl, rawEntry } from '../testing/raw-crl.ts';
import { checkRevocation } from './check-revocation.ts';

const ca = await TestAuthority.root('CN=CA');
const leaf = await ca.leaf('CN=Leaf');
const times = { thisUpdate: NOW - 1000, nextUpdate: NOW + 1000 };
const reason = (code: number) => ({
  oid: OID.reasonCode,
  value: encodeDer((writer) => writer.integer(code, TAG.enumerated)),
});
const REMOVED = reason(8);
const COMPROMISED = reason(1);
const number = (oid: string, value: number, critical = false) => ({
  oid,
  critical,
  value: encodeDer((writer) => writer.integer(value)),
});

async function statusBy(...crls: readonly Buffer[]): Promise<string> {
  return (await checkRevocation({ certificate: leaf, issuer: ca.certificate, crls, at: NOW })).status;
}

function listing(entries: readonly ReturnType<typeof reason>[], delta: boolean): Buffer {
  const extensions = delta
    ? [number(OID.cRLNumber, 6), number(OID.deltaCRLIndicator, 5, true)]
    : [number(OID.cRLNumber, 5)];
  const write = (writer: DerWriter): void => {
    for (const entry of entries) rawEntry(writer, leaf.serialBytes, [entry]);
  };
  return rawCrl({ extensions, ...(entries.length === 0 ? {} : { entries: write }) }, ca.keys);
}

describe('removeFromCRL', () => {
  it('releases a certificate in a delta, and in a complete CRL nothing', async () => {
    const held = listing([reason(6)], false);
    assert.equal(await statusBy(held), 'revoked');
    assert.equal(await statusBy(held, listing([REMOVED], true)), 'good');
    assert.equal(await statusBy(listing([REMOVED], false)), 'revoked');
  });

  it('does not count beside an entry that revokes, in whatever order', async () => {
    const empty = listing([], false);
    for (const entries of [
      [REMOVED, COMPROMISED],
      [COMPROMISED, REMOVED],
    ]) {
      assert.equal(await statusBy(empty, listing(entries, true)), 'revoked');
    }
  });

  it('is not written into a complete CRL', async () => {
    const entries = [{ serialNumber: leaf.serialBytes, revokedAt: NOW, reason: 'removeFromCRL' }] as const;
    const fields = { issuer: ca.certificate, ...times, crlNumber: 1 };
    await assert.rejects(createCrl({ ...fields, entries }, ca.signer), { code: 'issue_invalid' });
    const complete = await createCrl({ ...fields, entries: [] }, ca.signer);
    await assert.rejects(extendCrl(complete, { ...times, crlNumber: 2, entries }, ca.signer), {
      code: 'issue_invalid',
    });
    assert.equal((await createCrl({ ...fields, entries, deltaBase: 0 }, ca.signer)).size, 1);
  });
});
