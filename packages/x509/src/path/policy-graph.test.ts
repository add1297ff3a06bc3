import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BudgetExhausted, WorkBudget } from './budget.ts';
import {
  type InitialPolicies,
  type PolicyInputs,
  type PolicyOutcome,
  processPolicies,
} from './policy-graph.ts';

const ANY = '2.5.29.32.0';
const INITIAL: InitialPolicies = {
  initialPolicySet: undefined,
  requireExplicitPolicy: true,
  inhibitPolicyMapping: false,
  inhibitAnyPolicy: false,
};

function certificate(
  policies: readonly string[] | undefined,
  rest: Partial<PolicyInputs> = {},
): PolicyInputs {
  return {
    policies,
    mappings: [],
    requireExplicitPolicy: undefined,
    inhibitPolicyMapping: undefined,
    inhibitAnyPolicy: undefined,
    selfIssued: false,
    ...rest,
  };
}

function run(path: readonly PolicyInputs[], initial: Partial<InitialPolicies> = {}): PolicyOutcome {
  return processPolicies(path, { ...INITIAL, ...initial }, new WorkBudget(64));
}

describe('processPolicies', () => {
  it('keeps the policies that every certificate has', () => {
    const outcome = run([certificate(['1.1', '1.2']), certificate(['1.2', '1.3'])]);
    assert.deepEqual(outcome, { valid: true, policies: ['1.2'], any: false });
  });

  it('lets anyPolicy stand for every policy, unless it is inhibited', () => {
    const path = [certificate([ANY]), certificate(['1.1'])];
    assert.deepEqual(run(path), { valid: true, policies: ['1.1'], any: false });
    assert.equal(run(path, { inhibitAnyPolicy: true }).valid, false);
    assert.equal(run([certificate([ANY], { inhibitAnyPolicy: 0 }), certificate([ANY])]).valid, false);
    assert.equal(run([certificate([ANY], { inhibitAnyPolicy: 1 }), certificate([ANY])]).valid, true);
  });

  it('follows mappings to the domain of the subject, and answers in that of the issuer', () => {
    const mappings = [{ issuerDomainPolicy: '1.1', subjectDomainPolicy: '2.2' }];
    const path = [certificate(['1.1'], { mappings }), certificate(['2.2'])];
    assert.deepEqual(run(path), { valid: true, policies: ['1.1'], any: false });
    assert.equal(run(path, { initialPolicySet: ['1.1'] }).valid, true);
    assert.equal(run(path, { initialPolicySet: ['2.2'] }).valid, false);
    assert.equal(run(path, { inhibitPolicyMapping: true }).valid, false);
    assert.equal(run([certificate(['1.1'], { mappings }), certificate(['1.1'])]).valid, false);
  });

  it('refuses mappings of anyPolicy, and says in which certificate', () => {
    const mappings = [{ issuerDomainPolicy: '1.1', subjectDomainPolicy: ANY }];
    const outcome = run([certificate(['1.1']), certificate(['1.1'], { mappings }), certificate(['1.1'])]);
    assert.deepEqual(outcome, { valid: false, reason: 'mapping_invalid', index: 1 });
  });

  it('demands a policy only where somebody does', () => {
    const path = [certificate(undefined), certificate(['1.1'])];
    assert.equal(run(path, { requireExplicitPolicy: false }).valid, true);
    assert.equal(run(path).valid, false);
    const demanded = [
      certificate(['1.1'], { requireExplicitPolicy: 1 }),
      certificate(['1.1']),
      certificate(undefined),
    ];
    assert.equal(run(demanded, { requireExplicitPolicy: false }).valid, false);
    const late = [
      certificate(['1.1'], { requireExplicitPolicy: 3 }),
      certificate(['1.1']),
      certificate(undefined),
    ];
    assert.equal(run(late, { requireExplicitPolicy: false }).valid, true);
  });

  it('does not count self-issued certificates towards inhibitions', () => {
    const path = [
      certificate([ANY], { inhibitAnyPolicy: 1 }),
      certificate([ANY], { selfIssued: true }),
      certificate([ANY]),
    ];
    assert.equal(run(path).valid, true);
    assert.equal(run([path[0]!, certificate([ANY]), certificate([ANY])]).valid, false);
  });

  it('stays linear where the tree of RFC 5280 doubles at every level (CVE-2023-0464)', () => {
    const two = ['1.1', '1.2'];
    const mappings = two.flatMap((from) =>
      two.map((to) => ({ issuerDomainPolicy: from, subjectDomainPolicy: to })),
    );
    const path = Array.from({ length: 60 }, (_, i) => certificate(two, i === 59 ? {} : { mappings }));
    const budget = new WorkBudget(64);
    const outcome = processPolicies(path, INITIAL, budget);
    assert.deepEqual(outcome, { valid: true, policies: two, any: false });
    assert.ok(budget.spent < 16);
  });

  it('pays for its work', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `1.2.${i}`);
    const path = Array.from({ length: 40 }, () => certificate(many));
    assert.throws(() => processPolicies(path, INITIAL, new WorkBudget(64)), BudgetExhausted);
  });
});
