import { OID } from '../asn1/oids.ts';
import { POLICY_UNITS, type WorkBudget } from './budget.ts';

/** What of one certificate the processing of policies looks at. */
export interface PolicyInputs {
  /** Object identifiers of the certificatePolicies; undefined without the extension. */
  readonly policies: readonly string[] | undefined;
  readonly mappings: readonly { readonly issuerDomainPolicy: string; readonly subjectDomainPolicy: string }[];
  readonly requireExplicitPolicy: number | undefined;
  readonly inhibitPolicyMapping: number | undefined;
  readonly inhibitAnyPolicy: number | undefined;
  readonly selfIssued: boolean;
}

/** The initial values of RFC 5280 §6.1.1 (c), (e), (f), (g). */
export interface InitialPolicies {
  /** Undefined stands for any-policy. */
  readonly initialPolicySet: readonly string[] | undefined;
  readonly requireExplicitPolicy: boolean;
  readonly inhibitPolicyMapping: boolean;
  readonly inhibitAnyPolicy: boolean;
}

export type PolicyOutcome =
  /** Policies that hold for the path within the initial set; `any` if anyPolicy held all the way down. */
  | { readonly valid: true; readonly policies: readonly string[]; readonly any: boolean }
  /** `index` is that of the certificate, counted from the anchor's side, 0 first. */
  | { readonly valid: false; readonly reason: 'not_acceptable' | 'mapping_invalid'; readonly index: number };

interface Node {
  readonly policy: string;
  readonly parents: readonly Node[];
  /** Undefined: the policy itself. */
  expected: readonly string[] | undefined;
}

type Level = Map<string, Node>;

/**
 * Processes the policies of a path whose certificates are given from the anchor's side down to the leaf.
 *
 * This is RFC 5280 §6.1 as amended by RFC 9618, with a graph that has one node for each policy at each depth where the older text grows a tree: its
 * size is linear in that of the certificates, where the tree's was exponential.
 */
export function processPolicies(
  path: readonly PolicyInputs[],
  initial: InitialPolicies,
  budget: WorkBudget,
): PolicyOutcome {
  const n = path.length;
  let explicitPolicy = initial.requireExplicitPolicy ? 0 : n + 1;
  let inhibitAny = initial.inhibitAnyPolicy ? 0 : n + 1;
  let policyMapping = initial.inhibitPolicyMapping ? 0 : n + 1;
  let levels: Level[] | undefined = [
    new Map([[OID.anyPolicy, { policy: OID.anyPolicy, parents: [], expected: undefined }]]),
  ];
  for (let i = 0; i < n; i++) {
    const certificate = path[i]!;
    const last = i === n - 1;
    if (certificate.policies === undefined) levels = undefined;
    if (levels !== undefined && certificate.policies !== undefined) {
      budget.spend((certificate.policies.length + certificate.mappings.length) * POLICY_UNITS);
      const anyAllowed = inhibitAny > 0 || (!last && certificate.selfIssued);
      const level = nextLevel(levels[levels.length - 1]!, certificate.policies, anyAllowed);
      levels.push(level);
      if (level.size === 0) levels = undefined;
    }
    if (explicitPolicy === 0 && levels === undefined)
      return { valid: false, reason: 'not_acceptable', index: i };
    if (last) {
      if (certificate.requireExplicitPolicy === 0) explicitPolicy = 0;
      else if (explicitPolicy > 0) explicitPolicy--;
      break;
    }
    if (
      certificate.mappings.some(
        (m) => m.issuerDomainPolicy === OID.anyPolicy || m.subjectDomainPolicy === OID.anyPolicy,
      )
    ) {
      return { valid: false, reason: 'mapping_invalid', index: i };
    }
    if (levels !== undefined && !applyMappings(levels, certificate, policyMapping > 0)) levels = undefined;
    if (!certificate.selfIssued) {
      if (explicitPolicy > 0) explicitPolicy--;
      if (policyMapping > 0) policyMapping--;
      if (inhibitAny > 0) inhibitAny--;
    }
    explicitPolicy = Math.min(explicitPolicy, certificate.requireExplicitPolicy ?? explicitPolicy);
    policyMapping = Math.min(policyMapping, certificate.inhibitPolicyMapping ?? policyMapping);
    inhibitAny = Math.min(inhibitAny, certificate.inhibitAnyPolicy ?? inhibitAny);
  }
  const { policies, any } =
    levels === undefined ? { policies: [], any: false } : wrapUp(levels, initial.initialPolicySet);
  if (explicitPolicy === 0 && policies.length === 0 && !any)
    return { valid: false, reason: 'not_acceptable', index: n - 1 };
  return { valid: true, policies, any };
}

/** §6.1.3 (d): the nodes that a certificate's policies make below those of its issuer. */
function nextLevel(above: Level, policies: readonly string[], anyAllowed: boolean): Level {
  const expecting = new Map<string, Node[]>();
  for (const node of above.values()) {
    for (const policy of node.expected ?? [node.policy]) {
      const nodes = expecting.get(policy);
      if (nodes === undefined) expecting.set(policy, [node]);
      else nodes.push(node);
    }
  }
  const level: Level = new Map();
  const anyAbove = above.get(OID.anyPolicy);
  for (const policy of policies) {
    if (policy === OID.anyPolicy) continue;
    const parents = expecting.get(policy) ?? (anyAbove === undefined ? undefined : [anyAbove]);
    if (parents !== undefined) level.set(policy, { policy, parents, expected: undefined });
  }
  if (anyAllowed && policies.includes(OID.anyPolicy)) {
    for (const [policy, parents] of expecting) {
      if (!level.has(policy)) level.set(policy, { policy, parents, expected: undefined });
    }
  }
  return level;
}

/** §6.1.4 (b): true unless no node is left. */
function applyMappings(levels: Level[], certificate: PolicyInputs, allowed: boolean): boolean {
  const level = levels[levels.length - 1]!;
  const mapped = new Map<string, string[]>();
  for (const { issuerDomainPolicy, subjectDomainPolicy } of certificate.mappings) {
    const subjects = mapped.get(issuerDomainPolicy);
    if (subjects === undefined) mapped.set(issuerDomainPolicy, [subjectDomainPolicy]);
    else subjects.push(subjectDomainPolicy);
  }
  const any = level.get(OID.anyPolicy);
  for (const [policy, subjects] of mapped) {
    if (!allowed) {
      level.delete(policy);
      continue;
    }
    const node = level.get(policy);
    if (node !== undefined) node.expected = subjects;
    else if (any !== undefined) level.set(policy, { policy, parents: any.parents, expected: subjects });
  }
  return level.size > 0;
}

/** §6.1.5 (g): the policies of the authorities that reach the leaf, within those that the user asks for. */
function wrapUp(
  levels: readonly Level[],
  initialPolicySet: readonly string[] | undefined,
): { policies: string[]; any: boolean } {
  const last = levels[levels.length - 1]!;
  const reached = new Set<Node>(last.values());
  const domain = new Set<string>();
  for (const node of reached) {
    for (const parent of node.parents) {
      if (parent.policy !== OID.anyPolicy) reached.add(parent);
      else if (node.policy !== OID.anyPolicy) domain.add(node.policy);
    }
  }
  const any = last.has(OID.anyPolicy);
  if (initialPolicySet === undefined || initialPolicySet.includes(OID.anyPolicy))
    return { policies: [...domain], any };
  return {
    policies: any ? [...initialPolicySet] : initialPolicySet.filter((policy) => domain.has(policy)),
    any: false,
  };
}
