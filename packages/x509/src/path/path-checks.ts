import { OID } from '../asn1/oids.ts';
import type { Certificate } from '../certificates/certificate.ts';
import type { WorkBudget } from './budget.ts';
import { reporter, reportingMalformed } from './certificate-checks.ts';
import type { ValidationPolicy } from './checks/check.ts';
import type { PathFailure } from './failure.ts';
import { ConstraintState } from './name-constraints/name-constraints.ts';
import { type InitialPolicies, type PolicyInputs, processPolicies } from './policy-graph.ts';
import type { TrustAnchor } from './trust-anchor.ts';

/** What the checks of a whole path found. */
export interface PathChecks {
  readonly failures: readonly PathFailure[];
  readonly policies: readonly string[];
}

/**
 * The checks of RFC 5280 §6.1 that need a path from its anchor down: name constraints and policies.
 * `path` goes from the leaf up to the certificate that the anchor issued.
 */
export function checkWholePath(
  path: readonly Certificate[],
  anchor: TrustAnchor,
  initial: InitialPolicies,
  policy: ValidationPolicy | undefined,
  budget: WorkBudget,
): PathChecks {
  const failures: PathFailure[] = [];
  checkNameConstraints(path, anchor, new ConstraintState(budget, policy !== undefined), failures);
  const found = checkPolicies(path, initial, budget);
  return { failures: [...failures, ...found.failures], policies: found.policies };
}

function checkNameConstraints(
  path: readonly Certificate[],
  anchor: TrustAnchor,
  state: ConstraintState,
  failures: PathFailure[],
): void {
  const topReport = reporter(anchor.certificate ?? path[path.length - 1]!, path.length, failures);
  reportingMalformed(topReport, () => {
    if (anchor.nameConstraints !== undefined) state.add(anchor.nameConstraints, topReport);
  });
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const certificate = path[depth]!;
    const report = reporter(certificate, depth, failures);
    reportingMalformed(report, () => {
      if (!state.empty && (depth === 0 || !certificate.selfIssued)) state.check(certificate, report);
      const constraints = depth === 0 ? undefined : certificate.nameConstraints;
      if (constraints !== undefined) state.add(constraints, report);
    });
  }
}

const POLICY_EXTENSIONS: readonly string[] = [
  OID.certificatePolicies,
  OID.policyMappings,
  OID.policyConstraints,
  OID.inhibitAnyPolicy,
];

/** Processes the policies of a path that goes from the leaf up (RFC 5280 §6.1.3 (d) to §6.1.5 (g), RFC 9618). */
export function checkPolicies(
  path: readonly Certificate[],
  initial: InitialPolicies,
  budget: WorkBudget,
): PathChecks {
  const failures: PathFailure[] = [];
  return { failures, policies: acceptablePolicies(path, initial, budget, failures) };
}

function acceptablePolicies(
  path: readonly Certificate[],
  initial: InitialPolicies,
  budget: WorkBudget,
  failures: PathFailure[],
): readonly string[] {
  const concerned = path.some(({ extensions }) =>
    extensions.some(({ oid }) => POLICY_EXTENSIONS.includes(oid)),
  );
  if (!concerned && !initial.requireExplicitPolicy) return [];
  const inputs: PolicyInputs[] = [];
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const certificate = path[depth]!;
    reportingMalformed(reporter(certificate, depth, failures), () => {
      inputs.push(policyInputs(certificate));
    });
  }
  if (inputs.length < path.length) return [];
  const outcome = processPolicies(inputs, initial, budget);
  if (outcome.valid) return outcome.any ? [...outcome.policies, OID.anyPolicy] : outcome.policies;
  const depth = path.length - 1 - outcome.index;
  const certificate = path[depth]!;
  const report = reporter(certificate, depth, failures);
  if (outcome.reason === 'mapping_invalid') {
    report('policy_mapping_invalid', 'RFC 5280 §6.1.4 (a)', 'a policy is mapped to or from anyPolicy');
  } else {
    const wanted = initial.initialPolicySet?.join(', ') ?? 'any';
    report(
      'policy_not_acceptable',
      'RFC 5280 §6.1.3 (f), §6.1.5 (g)',
      'no acceptable policy holds for the path',
      { wanted },
    );
  }
  return [];
}

function policyInputs(certificate: Certificate): PolicyInputs {
  const constraints = certificate.policyConstraints;
  return {
    policies: certificate.certificatePolicies?.map(({ oid }) => oid),
    mappings: certificate.policyMappings ?? [],
    requireExplicitPolicy: constraints?.requireExplicitPolicy,
    inhibitPolicyMapping: constraints?.inhibitPolicyMapping,
    inhibitAnyPolicy: certificate.inhibitAnyPolicy,
    selfIssued: certificate.selfIssued,
  };
}
