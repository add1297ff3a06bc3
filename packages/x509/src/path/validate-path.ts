import { Certificate } from '../certificates/certificate.ts';
import { X509Error } from '../errors.ts';
import { loadRevocationData } from '../revocation/check/load-inputs.ts';
import { BudgetExhausted, DEFAULT_WORK_UNITS, WorkBudget } from './budget.ts';
import { CertificateChecks, reporter, reportingMalformed } from './certificate-checks.ts';
import type { PathFailure } from './failure.ts';
import { parseAnchors, parseCertificates, purposeOid, secondOf } from './inputs.ts';
import { checkAmount, checkList, checkPeerNameOption } from './option-checks.ts';
import type { CandidatePath, PathValidation, ValidatePathOptions } from './options.ts';
import { type BuiltPath, PathBuilder } from './path-builder.ts';
import {
  type CertificateRevocation,
  checkPathRevocation,
  type PathRevocation,
  type PathRevocationInputs,
} from './path-revocation.ts';
import { checkPeerName } from './peer-name.ts';
import { SignatureCache } from './signature-cache.ts';

const DEFAULT_MAX_DEPTH = 32;

/**
 * Builds and validates a certification path from `leaf` to one of `anchors` (RFC 5280 §6, RFC 4158).
 *
 * Answers the best path that holds, or every reason why each candidate does not. Malformed certificates, missing issuers and exhausted budgets are
 * answers, too; it throws TypeError or X509Error only for options that make no sense (no time, an unknown purpose, a list that is none, a limit that is no number, an anchor's key that is none).
 */
export async function validatePath(options: ValidatePathOptions): Promise<PathValidation> {
  const at = secondOf(options.at);
  const purpose = purposeOid(options.purpose);
  const { policy, maxDepth = DEFAULT_MAX_DEPTH, maxWorkUnits = DEFAULT_WORK_UNITS } = options;
  if (policy !== undefined && policy !== 'rfc5280' && policy !== 'webpki')
    throw new TypeError(`not a policy: ${policy}`);
  checkOptions(options);
  const { anchors, errors: anchorErrors } = parseAnchors(options.anchors);
  const leaf = parseLeaf(options.leaf);
  if (leaf instanceof X509Error) return refused([malformed(leaf)], [], 0);
  const pool = parseCertificates(options.certificates ?? []);

  const budget = new WorkBudget(maxWorkUnits);
  const checks = new CertificateChecks({ at, purpose, policy });
  const leafFailures: PathFailure[] = [...checks.failures(leaf, 'leaf', 0)];
  const { name } = options;
  if (name !== undefined) {
    const report = reporter(leaf, 0, leafFailures);
    reportingMalformed(report, () => checkPeerName(leaf, name, report));
  }
  const signatures = new SignatureCache(budget);
  const revocation = await revocationCheck(options, {
    at,
    policy,
    certificates: pool.certificates,
    signatures,
    budget,
  });
  const builder = new PathBuilder({
    leaf,
    certificates: pool.certificates,
    anchors,
    checks,
    signatures,
    budget,
    maxDepth,
    policies: {
      initialPolicySet: options.initialPolicySet,
      requireExplicitPolicy: options.requireExplicitPolicy ?? false,
      inhibitPolicyMapping: options.inhibitPolicyMapping ?? false,
      inhibitAnyPolicy: options.inhibitAnyPolicy ?? false,
    },
  });
  const failures = [...leafFailures];
  try {
    for (const built of builder.paths()) {
      if (leafFailures.length > 0) {
        return refused(leafFailures, [{ path: wholePath(built), failures: leafFailures }], budget.spent);
      }
      const found = await revocation(built);
      if (found.failures.length === 0) return accepted(built, found.statuses, budget.spent);
      builder.candidates.push({ path: wholePath(built), failures: found.failures });
    }
  } catch (cause) {
    if (!(cause instanceof BudgetExhausted)) throw cause;
    failures.push(budgetFailure(budget));
  }
  for (const candidate of builder.candidates) failures.push(...candidate.failures);
  failures.push(...[...anchorErrors, ...pool.errors].map(malformed));
  return refused(failures, builder.candidates, budget.spent);
}

function checkOptions(options: ValidatePathOptions): void {
  if (!Array.isArray(options.anchors)) throw new TypeError('anchors is not an array');
  checkList(options.certificates, 'certificates');
  checkList(options.crls, 'crls');
  checkList(options.ocspResponses, 'ocspResponses');
  checkList(options.initialPolicySet, 'initialPolicySet');
  checkAmount(options.maxDepth, 'maxDepth');
  checkAmount(options.maxWorkUnits, 'maxWorkUnits');
  checkPeerNameOption(options.name);
}

const NOTHING_ASKED: PathRevocation = { failures: [], statuses: [] };

/** What asks for the status of the certificates of a path; without anything at hand, nothing is asked unless that is required. */
async function revocationCheck(
  { crls = [], ocspResponses = [], revocation: mode = 'available' }: ValidatePathOptions,
  inputs: Omit<PathRevocationInputs, 'data' | 'mode'>,
): Promise<(built: BuiltPath) => Promise<PathRevocation>> {
  if (mode !== 'available' && mode !== 'require')
    throw new TypeError(`not a way to treat revocation: ${mode}`);
  if (mode === 'available' && crls.length + ocspResponses.length === 0) return async () => NOTHING_ASKED;
  const data = await loadRevocationData(crls, ocspResponses);
  return async (built) => await checkPathRevocation(built, { ...inputs, data, mode });
}

function parseLeaf(input: ValidatePathOptions['leaf']): Certificate | X509Error {
  if (input instanceof Certificate) return input;
  try {
    return Certificate.parse(input);
  } catch (cause) {
    if (cause instanceof X509Error) return cause;
    throw cause;
  }
}

function wholePath({ path, anchor }: BuiltPath): readonly Certificate[] {
  const { certificate } = anchor;
  return certificate === undefined || certificate.equals(path[path.length - 1]!)
    ? path
    : [...path, certificate];
}

function accepted(
  { path: below, anchor, policies }: BuiltPath,
  revocation: readonly CertificateRevocation[],
  workUnits: number,
): PathValidation {
  const path = wholePath({ path: below, anchor, policies });
  let validUntil = Number.POSITIVE_INFINITY;
  for (const { notAfter } of path) validUntil = Math.min(validUntil, notAfter);
  for (const { status } of revocation) {
    if (status.status === 'good') validUntil = Math.min(validUntil, status.validUntil);
  }
  return { valid: true, path, anchor, validUntil, policies, revocation, workUnits };
}

function refused(
  failures: readonly PathFailure[],
  candidates: readonly CandidatePath[],
  workUnits: number,
): PathValidation {
  const once = new Map<string, PathFailure>();
  for (const failure of failures) {
    const { code, certificate, message, values } = failure;
    const key = `${code} ${certificate?.fingerprint256} ${message} ${JSON.stringify(values)}`;
    if (!once.has(key)) once.set(key, failure);
  }
  if (once.size === 0) once.set('', noPath());
  return { valid: false, failures: [...once.values()], candidates, workUnits };
}

/** Where every certificate with the issuer's name is already part of the path. */
function noPath(): PathFailure {
  return {
    code: 'no_path',
    rule: 'RFC 5280 §6.1',
    message: 'no path leads from the certificate to an anchor',
  };
}

function malformed(error: X509Error): PathFailure {
  const values = { where: error.where, reason: error.code };
  return { code: 'certificate_malformed', rule: 'RFC 5280 §4.1', message: error.message, values };
}

function budgetFailure(budget: WorkBudget): PathFailure {
  return {
    code: 'budget_exhausted',
    rule: 'maxWorkUnits',
    message: 'there was more to check than the work budget allows',
    values: { maxWorkUnits: budget.limit },
  };
}
