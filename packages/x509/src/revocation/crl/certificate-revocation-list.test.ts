import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OID } from '../../asn1/oids.ts';
import { TAG } from '../../asn1/tags.ts';
import { X509Error } from '../../errors.ts';
import { Name } from '../../names/name.ts';
import { NOW, TestAuthority } from '../../path/testing/test-authority.ts';
import { type RawCrlFields, rawCrl, rawEntry } from '../testing/raw-crl.ts';
import { CertificateRevocationList } from './certificate-revocation-list.ts';
import { type CrlFields, createCrl, extendCrl } from './create-crl.ts';
import type { CrlEntryFields } from './crl-fields.ts';

const ca = await TestAuthority.root('CN=CA');
const BASE = { issuer: ca.certificate, thisUpdate: NOW - 1000, nextUpdate: NOW + 1000, crlNumber: 7 };
const SERIALS = [
  Buffer.of(1),
  Buffer.of(0x80),
  Buffer.from('7fffffffffffffffffffffffffffffffffffffff', 'hex'),
  randomSerial(),
];

function randomSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial;
}

function* many(count: number): Generator<CrlEntryFields, void, void> {
  for (let i = 0; i < count; i++) {
    const serialNumber = Buffer.alloc(8);
    serialNumber.writeUInt32BE(i * 2654435761 > 0 ? (i * 2654435761) % 2 ** 32 : 1, 0);
    serialNumber.writeUInt32BE(i + 1, 4);
    yield i % 2 === 0
      ? { serialNumber, revokedAt: NOW - i * 1000 }
      : { serialNumber, revokedAt: NOW - i * 1000, reason: 'superseded' };
  }
}

async function create(fields: Partial<CrlFields>): Promise<CertificateRevocationList> {
  return await createCrl({ ...BASE, entries: [], ...fields }, ca.signer);
}

describe('a CRL', () => {
  it('is read as it was made', async () => {
    const entries: CrlEntryFields[] = [
      { serialNumber: SERIALS[0]!, revokedAt: NOW - 5000 },
      {
        serialNumber: SERIALS[1]!,
        revokedAt: NOW - 6000,
        reason: 'keyCompromise',
        invalidityDate: NOW - 9000,
      },
      { serialNumber: SERIALS[2]!, revokedAt: NOW - 7000, reason: 'unspecified' },
      { serialNumber: SERIALS[3]!, revokedAt: NOW - 8000, reason: 'aACompromise' },
    ];
    const crl = await create({ entries, freshestCrl: ['http://crl.example.com/delta'] });
    assert.equal(crl.version, 2);
    assert.ok(crl.issuer.equals(ca.certificate.subject));
    assert.equal(crl.thisUpdate, BASE.thisUpdate);
    assert.equal(crl.nextUpdate, BASE.nextUpdate);
    assert.equal(crl.crlNumber, 7n);
    assert.equal(crl.deltaBase, undefined);
    assert.equal(crl.size, 4);
    assert.ok(crl.authorityKeyIdentifier?.keyIdentifier?.equals(ca.certificate.subjectKeyIdentifier!));
    assert.deepEqual(crl.freshestCrl?.[0]?.name?.fullName, [
      { type: 'uri', value: 'http://crl.example.com/delta' },
    ]);
    assert.deepEqual(
      [...crl.entries()].map(({ reason }) => reason),
      [undefined, 'keyCompromise', undefined, 'aACompromise'],
    );
    assert.equal(crl.issuerAltName, undefined);
    const second = crl.find(Buffer.of(0, 0x80));
    assert.equal(second?.revokedAt, NOW - 6000);
    assert.equal(second?.invalidityDate, NOW - 9000);
    assert.equal(crl.find(Buffer.of(0x80)), undefined);
    assert.equal(crl.find(Buffer.of(2)), undefined);
    assert.equal(CertificateRevocationList.parse(crl.toPem()).size, 4);
  });

  it('decodes the other names of its issuer and where its certificates are, or throws for them alone', async () => {
    const uri = Buffer.from('8608687474703a2f2f61', 'hex');
    const access = Buffer.concat([Buffer.from('3016301406082b06010505073002', 'hex'), uri]);
    const crl = await create({
      extensions: [
        { oid: OID.issuerAltName, value: Buffer.concat([Buffer.of(0x30, uri.length), uri]) },
        { oid: OID.authorityInfoAccess, value: access },
      ],
    });
    assert.deepEqual(crl.issuerAltName, [{ type: 'uri', value: 'http://a' }]);
    assert.equal(crl.authorityInformationAccess?.[0]?.method, OID.caIssuers);
    const odd = await create({ extensions: [{ oid: OID.issuerAltName, value: Buffer.of(5, 0) }] });
    assert.throws(() => odd.issuerAltName, { name: 'X509Error' });
  });

  it('verifies with OpenSSL', async () => {
    const crl = await create({
      entries: [{ serialNumber: SERIALS[0]!, revokedAt: NOW, reason: 'cACompromise' }],
    });
    const folder = mkdtempSync(join(tmpdir(), 'crl-'));
    try {
      writeFileSync(join(folder, 'ca.pem'), ca.certificate.toPem());
      writeFileSync(join(folder, 'crl.pem'), crl.toPem());
      const options = [
        'crl',
        '-in',
        join(folder, 'crl.pem'),
        '-CAfile',
        join(folder, 'ca.pem'),
        '-noout',
        '-text',
      ];
      const text = execFileSync('openssl', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      assert.match(text, /CA Compromise/);
      assert.match(text, /CRL Number:\s+7/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('finds each of many entries, and none that is not there', async () => {
    const crl = await create({ entries: many(20_000) });
    const loaded = await CertificateRevocationList.load(crl.der);
    assert.equal(loaded.size, 20_000);
    assert.equal(loaded.revoked.duplicates, false);
    let position = 0;
    for (const entry of loaded.entries()) {
      const found = loaded.find(entry.serialBytes);
      assert.equal(found?.revokedAt, NOW - position * 1000);
      position++;
    }
    for (let i = 0; i < 1000; i++) assert.equal(loaded.find(randomSerial()), undefined);
  });

  it('lets others run while a large one is loaded', async () => {
    const crl = await create({ entries: many(30_000) });
    let turns = 0;
    let loading = true;
    const count = (): void => {
      turns++;
      if (loading) setImmediate(count);
    };
    setImmediate(count);
    await CertificateRevocationList.load(crl.der);
    loading = false;
    assert.ok(turns >= 10, `others had ${turns} turns`);
  });

  it('is extended without reading its old entries again', async () => {
    const first = await create({
      entries: many(5000),
      extensions: [{ oid: '1.2.3.4', value: Buffer.of(5, 0) }],
    });
    const added: CrlEntryFields[] = [
      { serialNumber: SERIALS[3]!, revokedAt: NOW, reason: 'keyCompromise' },
      { serialNumber: SERIALS[1]!, revokedAt: NOW },
    ];
    const times = { thisUpdate: NOW, nextUpdate: NOW + 5000, crlNumber: 8n };
    const second = await extendCrl(first, { ...times, entries: added }, ca.signer);
    assert.equal(second.size, 5002);
    assert.equal(second.crlNumber, 8n);
    assert.equal(second.find(SERIALS[3]!)?.reason, 'keyCompromise');
    for (const { serialBytes, revokedAt } of first.entries())
      assert.equal(second.find(serialBytes)?.revokedAt, revokedAt);
    const again = CertificateRevocationList.parse(second.der);
    assert.deepEqual([...again.entries()], [...second.entries()]);
    assert.notEqual(again.extension('1.2.3.4'), undefined);
    const third = await extendCrl(second, { ...times, crlNumber: 9, entries: many(9000) }, ca.signer);
    assert.equal(third.size, 14_002);
    assert.equal(third.revoked.duplicates, true);
    assert.equal(third.find(SERIALS[3]!)?.reason, 'keyCompromise');
  });

  it('grows from nothing', async () => {
    const empty = await create({});
    assert.equal(empty.size, 0);
    const entries = [{ serialNumber: SERIALS[0]!, revokedAt: NOW }];
    const one = await extendCrl(empty, { ...BASE, crlNumber: 8, entries }, ca.signer);
    assert.equal(one.size, 1);
    assert.notEqual(one.find(SERIALS[0]!), undefined);
  });

  it('is not extended under a lower number, nor if it is a delta or indirect', async () => {
    const refused = (crl: CertificateRevocationList, crlNumber: number): Promise<void> =>
      assert.rejects(extendCrl(crl, { ...BASE, crlNumber, entries: [] }, ca.signer), {
        code: 'issue_invalid',
      });
    await refused(await create({}), 7);
    await refused(await create({ deltaBase: 3 }), 8);
    const certificateIssuer = Name.parse('CN=Other');
    await refused(
      await create({ entries: [{ serialNumber: SERIALS[0]!, revokedAt: NOW, certificateIssuer }] }),
      8,
    );
  });

  it('knows the issuers of an indirect one, whose serial numbers may meet', async () => {
    const [a, b] = [Name.parse('CN=A'), Name.parse('CN=B')];
    const entries = [
      { serialNumber: Buffer.of(1), revokedAt: NOW - 1000, certificateIssuer: a },
      { serialNumber: Buffer.of(2), revokedAt: NOW - 2000, certificateIssuer: a },
      { serialNumber: Buffer.of(1), revokedAt: NOW - 3000, certificateIssuer: b },
    ];
    const crl = await create({ entries, issuingDistributionPoint: { indirectCRL: true } });
    assert.equal(crl.issuingDistributionPoint?.indirectCRL, true);
    assert.equal(crl.find(Buffer.of(1), a)?.revokedAt, NOW - 1000);
    assert.equal(crl.find(Buffer.of(2), Name.parse('CN=a'))?.revokedAt, NOW - 2000);
    assert.equal(crl.find(Buffer.of(1), b)?.revokedAt, NOW - 3000);
    assert.equal(crl.find(Buffer.of(2), b), undefined);
    assert.equal(crl.find(Buffer.of(1)), undefined);
    assert.equal(crl.revoked.duplicates, false);
  });

  it('tells of duplicates and of critical extensions that are not known', () => {
    const critical = { oid: '1.2.3', critical: true, value: Buffer.of(5, 0) };
    const der = rawCrl(
      {
        entries: (writer) => {
          rawEntry(writer, Buffer.of(9));
          rawEntry(writer, Buffer.of(9), [critical]);
        },
      },
      ca.keys,
    );
    const crl = CertificateRevocationList.parse(der);
    assert.equal(crl.revoked.duplicates, true);
    assert.equal(crl.revoked.table.unknownCritical, true);
  });

  const reason = { oid: OID.reasonCode, value: Buffer.of(0x0a, 1, 1) };
  const BAD: Readonly<Record<string, RawCrlFields>> = {
    'an empty list of entries': { entries: () => {} },
    'version 1 with extensions': {
      version: 'absent',
      extensions: [{ oid: '1.2.3', value: Buffer.of(5, 0) }],
    },
    'version 1 with extensions of an entry': {
      version: 'absent',
      entries: (writer) => rawEntry(writer, Buffer.of(1), [reason]),
    },
    'an explicit version 1': { version: 0 },
    'version 3': { version: 2 },
    'data after the last element': { trailer: (writer) => writer.integer(1) },
    'a reason that does not exist': {
      entries: (writer) =>
        rawEntry(writer, Buffer.of(1), [{ oid: OID.reasonCode, value: Buffer.of(0x0a, 1, 7) }]),
    },
    'a revocation date of another type': {
      entries: (writer) => rawEntry(writer, Buffer.of(1), [], () => writer.integer(1)),
    },
    'a revocation date with letters': {
      entries: (writer) =>
        rawEntry(writer, Buffer.of(1), [], () => writer.string(TAG.utcTime, '26010100000aZ')),
    },
    'an entry that is no SEQUENCE': { entries: (writer) => writer.integer(1) },
    'an empty serial number': {
      entries: (writer) => writer.sequence(() => writer.primitive(TAG.integer, Buffer.alloc(0))),
    },
    'an empty issuing distribution point': {
      extensions: [{ oid: OID.issuingDistributionPoint, critical: true, value: Buffer.of(0x30, 0) }],
    },
    'a distribution point for users and for CAs alone': {
      extensions: [
        { oid: OID.issuingDistributionPoint, critical: true, value: Buffer.from('30068101ff8201ff', 'hex') },
      ],
    },
    'an extension that comes twice': { extensions: [reason, reason] },
    'a negative number': { extensions: [{ oid: OID.cRLNumber, value: Buffer.of(2, 1, 0x80) }] },
  };
  for (const [what, fields] of Object.entries(BAD)) {
    it(`with ${what} is refused by a typed error`, () => {
      assert.throws(() => CertificateRevocationList.parse(rawCrl(fields, ca.keys)), X509Error);
    });
  }

  it('that is cut off or changed anywhere is read or refused by a typed error', async () => {
    const entries = [
      { serialNumber: SERIALS[0]!, revokedAt: NOW, reason: 'keyCompromise' as const },
      { serialNumber: SERIALS[3]!, revokedAt: NOW, invalidityDate: NOW },
    ];
    const { der } = await create({ entries, issuingDistributionPoint: { onlyContainsUserCerts: true } });
    for (let i = 0; i < der.length; i++) {
      assert.throws(() => CertificateRevocationList.parse(der.subarray(0, i)), X509Error);
      for (const octet of [0, 0x30, 0x7f, 0x80, 0x84, 0xff, der[i]! ^ 1]) {
        const changed = Buffer.from(der);
        changed[i] = octet;
        try {
          for (const entry of CertificateRevocationList.parse(changed).entries())
            assert.ok(entry.serialBytes.length > 0);
        } catch (cause) {
          assert.ok(cause instanceof X509Error, `octet ${i}: ${String(cause)}`);
        }
      }
    }
  });
});
