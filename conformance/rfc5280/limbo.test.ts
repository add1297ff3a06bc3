/** C2SP's x509-limbo of 2023-12-02: path validation cases, each with what a validator should say. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type PathValidation, type PeerName, type ValidationPolicy, validatePath } from '@mortise/x509';

const VECTORS = new URL('../../../shared/vectors/x509-limbo/limbo-2023-12-02.json', import.meta.url);
const missing = !existsSync(VECTORS);
const skip =
  missing && process.env['CI'] !== 'true' ? 'the x509-limbo vectors are not beside the project' : false;

interface LimboCase {
  readonly id: string;
  readonly peer_certificate: string;
  readonly untrusted_intermediates: readonly string[];
  readonly trusted_certs: readonly string[];
  readonly validation_time: string | null;
  readonly expected_peer_name: { readonly kind: 'DNS' | 'IP' | 'RFC822'; readonly value: string } | null;
  readonly max_chain_depth: number | null;
  readonly expected_result: 'SUCCESS' | 'FAILURE';
}

/** The case asks for a DNS name that its certificate, with a directory name alone, does not hold. */
const ASKS_FOR_A_NAME_THAT_IS_NOT_THERE = 'rfc5280::nc::permitted-dn-match';

/** Refused by the Baseline Requirements alone; RFC 5280 does not demand it. */
const WEB_PKI_ALONE: readonly string[] = [
  'webpki::aki::root-with-aki-missing-keyidentifier',
  'webpki::aki::root-with-aki-authoritycertissuer',
  'webpki::aki::root-with-aki-authoritycertserialnumber',
  'webpki::aki::root-with-aki-all-fields',
  'webpki::aki::root-with-aki-ski-mismatch',
  'webpki::eku::ee-anyeku',
  'webpki::eku::ee-critical-eku',
  'webpki::eku::ee-without-eku',
  'webpki::eku::root-has-eku',
  'webpki::san::san-critical-with-nonempty-subject',
  'webpki::forbidden-dsa-spki-leaf',
  'webpki::forbidden-signature-algorithm-in-root',
  'webpki::forbidden-signature-algorithm-in-leaf',
  'webpki::ee-basicconstraints-ca',
];

/** Refused by RFC 5280; the Baseline Requirements (§7.1.2.10.8) let name constraints be non-critical. */
const RFC_5280_ALONE: readonly string[] = ['rfc5280::nc::permitted-dns-match-noncritical'];

const NAME_TYPES = { DNS: 'dns', IP: 'ip', RFC822: 'email' } as const;

async function run(one: LimboCase, policy: ValidationPolicy): Promise<PathValidation> {
  const name: PeerName | undefined = one.expected_peer_name
    ? { type: NAME_TYPES[one.expected_peer_name.kind], value: one.expected_peer_name.value }
    : undefined;
  return await validatePath({
    leaf: one.peer_certificate,
    certificates: one.untrusted_intermediates,
    anchors: one.trusted_certs,
    at: new Date(one.validation_time ?? '2023-12-02T00:00:00Z'),
    purpose: 'serverAuth',
    name,
    policy,
    maxDepth: one.max_chain_depth ?? undefined,
  });
}

function fittingPolicy(id: string): ValidationPolicy {
  return id.startsWith('webpki::') ? 'webpki' : 'rfc5280';
}

describe('x509-limbo', { skip }, () => {
  if (missing) {
    it('has its vectors', () => assert.fail('../shared/vectors/x509-limbo is missing'));
    return;
  }
  const { testcases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { testcases: LimboCase[] };

  it('has all of its 135 cases', () => assert.equal(testcases.length, 135));

  for (const one of testcases) {
    it(`${one.id} is right under the policy that fits it`, async () => {
      const result = await run(one, fittingPolicy(one.id));
      const expected =
        one.id === ASKS_FOR_A_NAME_THAT_IS_NOT_THERE ? false : one.expected_result === 'SUCCESS';
      const why = result.valid
        ? 'it was accepted'
        : result.failures.map(({ code, message }) => `${code}: ${message}`).join('; ');
      assert.equal(result.valid, expected, why);
    });
  }

  for (const policy of ['rfc5280', 'webpki'] as const) {
    it(`accepts nothing under ${policy} that should fail, but for the stated cases`, async () => {
      const accepted: string[] = [];
      for (const one of testcases) {
        if (one.expected_result === 'FAILURE' && (await run(one, policy)).valid) accepted.push(one.id);
      }
      assert.deepEqual(accepted.sort(), [...(policy === 'webpki' ? RFC_5280_ALONE : WEB_PKI_ALONE)].sort());
    });
  }

  it('ends every case within its budget', async () => {
    for (const one of testcases) {
      const result = await run(one, fittingPolicy(one.id));
      assert.ok(result.workUnits <= 64);
      if (!result.valid)
        assert.ok(
          result.failures.every(({ code }) => code !== 'budget_exhausted'),
          one.id,
        );
    }
  });
});
