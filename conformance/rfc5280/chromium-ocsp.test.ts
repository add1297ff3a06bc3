/** The situations of Chromium's OCSP tests, by its names. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { checkRevocation } from '@mortise/x509';
import { type Fields, type Holder, makeIntermediate, makeLeaf, makeRoot } from './making/authorities.ts';
import { extension, octets } from './making/raw-crl.ts';
import {
  good,
  type RawResponse,
  type RawSingleResponse,
  rawOcspResponse,
  revoked,
  unknown,
} from './making/raw-ocsp.ts';

const DAY = 86_400_000;
const AT = Date.UTC(2017, 2, 5);
const VALIDITY = { notBefore: Date.UTC(2017, 0, 1), notAfter: Date.UTC(2018, 0, 1) };
const THIS_UPDATE = Date.UTC(2017, 2, 1);
const REVOKED_AT = Date.UTC(2017, 1, 1);
const NO_TLS: Fields = { ...VALIDITY, extendedKeyUsage: undefined, subjectAltName: undefined };

const value = Buffer.from('DEADBEEF');
const plain = extension('1.2.3.4', false, value);
const critical = extension('1.2.3.4', true, value);
const transparency = extension('1.3.6.1.4.1.11129.2.4.5', true, value);

interface Situation {
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly response: Partial<RawResponse>;
}

describe('an OCSP response in the situations of Chromium', () => {
  let ca: Holder;
  let leaf: Holder;
  let junk: Holder;
  let signer: Holder;
  let withoutPurpose: Holder;
  let withCritical: Holder;
  let ofAnother: Holder;
  let expired: Holder;

  before(async () => {
    const root = await makeRoot({ ...VALIDITY, subject: 'CN=Test CA' });
    const purpose: Fields = { ...NO_TLS, extendedKeyUsage: ['ocspSigning'] };
    ca = await makeIntermediate(root, { ...VALIDITY, subject: 'CN=Test Intermediate CA' });
    leaf = await makeLeaf(ca, { ...NO_TLS, subject: 'CN=Test Cert' });
    junk = await makeRoot({ ...VALIDITY, subject: 'CN=Random Cert' });
    signer = await makeLeaf(ca, { ...purpose, subject: 'CN=Test OCSP Signer' });
    withoutPurpose = await makeLeaf(ca, { ...NO_TLS, subject: 'CN=Test False OCSP Signer' });
    withCritical = await makeLeaf(ca, {
      ...purpose,
      subject: 'CN=Test OCSP Signer with an extension',
      extensions: [{ oid: '1.2.3.4', critical: true, value }],
    });
    ofAnother = await makeLeaf(root, { ...purpose, subject: 'CN=Test OCSP Signer of another' });
    expired = await makeLeaf(ca, {
      ...purpose,
      subject: 'CN=Test OCSP Signer of yesterday',
      notAfter: AT - DAY,
    });
  });

  function about(single: Partial<RawSingleResponse> = {}): RawSingleResponse {
    return { about: leaf.certificate, by: ca.certificate, thisUpdate: THIS_UPDATE, ...single };
  }

  async function statusOf(der: Uint8Array): Promise<string> {
    const { status } = await checkRevocation({
      certificate: leaf.certificate,
      issuer: ca.certificate,
      ocspResponses: [der],
      at: AT,
    });
    return status;
  }

  function situations(): Readonly<Record<string, Situation>> {
    const by = (holder: Holder, sent = true): Partial<RawResponse> => ({
      signer: holder,
      certificates: sent ? [holder.certificate] : [],
    });
    const telling = (...singles: readonly Partial<RawSingleResponse>[]): Partial<RawResponse> => ({
      responses: singles.map(about),
    });
    const other = { about: junk.certificate, by: junk.certificate };
    return {
      good_response: { status: 'good', response: telling({ status: good }) },
      good_response_next_update: { status: 'good', response: telling({ nextUpdate: Date.UTC(2017, 5, 1) }) },
      no_response: { status: 'unknown', response: { responses: [] } },
      malformed_request: { status: 'unknown', response: { responseStatus: 1 } },
      bad_status: { status: 'unknown', response: { responseStatus: 17 } },
      bad_ocsp_type: { status: 'unknown', response: { responseType: '1.3.6.1.5.5.7.48.1.2' } },
      bad_signature: { status: 'unknown', response: { signature: Buffer.from('deadbeef', 'hex') } },
      ocsp_sign_direct: { status: 'good', response: { signer: ca } },
      ocsp_sign_indirect: { status: 'good', response: by(signer) },
      ocsp_sign_indirect_missing: { status: 'unknown', response: by(signer, false) },
      ocsp_sign_bad_indirect: { status: 'unknown', response: by(withoutPurpose) },
      ocsp_sign_bad_indirect_critical_extension: { status: 'unknown', response: by(withCritical) },
      ocsp_sign_bad_indirect_wrong_issuer: { status: 'unknown', response: by(ofAnother) },
      ocsp_sign_bad_indirect_expired: { status: 'unknown', response: by(expired) },
      ocsp_extra_certs: {
        status: 'good',
        response: { certificates: [ca.certificate, signer.certificate] },
      },
      has_version: { status: 'good', response: { writesVersion: true } },
      responder_id: { status: 'good', response: { byKey: true } },
      has_extension: { status: 'good', response: { extensions: [plain] } },
      revoke_response: { status: 'revoked', response: telling({ status: revoked(REVOKED_AT) }) },
      revoke_response_reason: { status: 'revoked', response: telling({ status: revoked(REVOKED_AT, 1) }) },
      unknown_response: { status: 'unknown', response: telling({ status: unknown }) },
      multiple_response: { status: 'unknown', response: telling({ status: good }, { status: unknown }) },
      multiple_response_good_revoked: {
        status: 'revoked',
        response: telling({ status: good }, { status: revoked(REVOKED_AT) }),
      },
      other_response: {
        status: 'unknown',
        response: telling(other, { ...other, status: revoked(REVOKED_AT) }),
      },
      has_single_extension: { status: 'good', response: telling({ extensions: [plain] }) },
      has_critical_single_extension: { status: 'unknown', response: telling({ extensions: [critical] }) },
      has_critical_response_extension: { status: 'unknown', response: { extensions: [critical] } },
      has_critical_ct_extension: { status: 'good', response: telling({ extensions: [transparency] }) },
      stale_response: {
        status: 'unknown',
        response: telling({ thisUpdate: AT - 2 * DAY, nextUpdate: AT - DAY }),
      },
      future_response: { status: 'unknown', response: telling({ thisUpdate: AT + DAY }) },
      old_response: { status: 'unknown', response: telling({ thisUpdate: AT - 8 * DAY }) },
      produced_early_response: { status: 'unknown', response: { producedAt: VALIDITY.notBefore - DAY } },
      produced_late_response: { status: 'unknown', response: { producedAt: VALIDITY.notAfter + DAY } },
      invalid_response_data: { status: 'unknown', response: { responseData: octets('696e76616c6964') } },
      good_response_invalid_status: {
        status: 'unknown',
        response: telling({ status: (writer) => writer.primitive(0x80, Buffer.of(5)) }),
      },
      revoke_response_invalid_status: {
        status: 'unknown',
        response: telling({ status: (writer) => writer.primitive(0x81, Buffer.of(5)) }),
      },
      unknown_response_invalid_status: {
        status: 'unknown',
        response: telling({ status: (writer) => writer.primitive(0x82, Buffer.of(5)) }),
      },
    };
  }

  it('answers what each says, or nothing', async () => {
    const differing: string[] = [];
    for (const [name, { status, response }] of Object.entries(situations())) {
      const der = rawOcspResponse({
        signer: ca,
        producedAt: Date.UTC(2017, 2, 2),
        responses: [about()],
        ...response,
      });
      const found = await statusOf(der);
      if (found !== status) differing.push(`${name}: ${found}`);
    }
    assert.deepEqual(differing, []);
  });

  it('answers nothing where it is no response', async () => {
    assert.equal(await statusOf(Buffer.from('invalid')), 'unknown');
  });
});
