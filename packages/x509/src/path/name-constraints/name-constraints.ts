import { OID } from '../../asn1/oids.ts';
import type { GeneralSubtree, NameConstraints } from '../../certificates/extensions/name-constraints.ts';
import type { GeneralName } from '../../names/general-name.ts';
import type { Name } from '../../names/name.ts';
import { COMPARISON_UNITS, type WorkBudget } from '../budget.ts';
import type { Report } from '../failure.ts';
import {
  type ConstrainedForm,
  describe,
  formOfBase,
  type PreparedConstraint,
  type PreparedName,
  prepareConstraint,
  prepareName,
} from './constraint-forms.ts';

const RULE_PERMITTED = 'RFC 5280 §6.1.3 (b)';
const RULE_EXCLUDED = 'RFC 5280 §6.1.3 (c)';

/** The names of a certificate, of one that is there or of one that shall be. */
export interface CertificateNames {
  readonly subject: Name;
  readonly subjectAltName: readonly GeneralName[] | undefined;
}

/** Subtrees of one form; of those that are malformed, and have been reported, only the base. */
interface Subtrees {
  readonly bases: GeneralName[];
  readonly prepared: PreparedConstraint[];
}

type ByForm = Map<ConstrainedForm, Subtrees>;

/**
 * The constraints gathered on the way down a path (RFC 5280 §6.1.1 (b), §6.1.4 (g)).
 *
 * The permitted subtrees of several certificates are intersected by asking of a name that it lies in one subtree of each; the excluded
 * ones are united. Every comparison is paid for from the budget, so that many names under many constraints cannot take long.
 */
export class ConstraintState {
  readonly #permitted: ByForm[] = [];
  readonly #excluded: ByForm = new Map();
  readonly #budget: WorkBudget;
  readonly #strict: boolean;

  /** `strict`: a dNSName constraint with a leading dot, which RFC 5280 does not know but many authorities write, is malformed. */
  constructor(budget: WorkBudget, strict: boolean) {
    this.#budget = budget;
    this.#strict = strict;
  }

  get empty(): boolean {
    return this.#permitted.length === 0 && this.#excluded.size === 0;
  }

  /** Adds the constraints of a certificate that issues the rest of the path. Reports those that are malformed. Throws BudgetExhausted. */
  add(constraints: NameConstraints, report: Report): void {
    const permitted: ByForm = new Map();
    this.#gather(constraints.permitted, permitted, report);
    if (permitted.size > 0) this.#permitted.push(permitted);
    this.#gather(constraints.excluded, this.#excluded, report);
  }

  #gather(subtrees: readonly GeneralSubtree[], into: ByForm, report: Report): void {
    this.#budget.spend(subtrees.length * COMPARISON_UNITS * 10);
    for (const { base, minimum, maximum } of subtrees) {
      const form = formOfBase(base);
      const prepared = prepareConstraint(base);
      const dotted = this.#strict && base.type === 'dns' && base.value.startsWith('.');
      const malformed = prepared === undefined && form !== 'unsupported';
      if (malformed || dotted || minimum !== 0 || maximum !== undefined) {
        report('name_constraint_unsupported', 'RFC 5280 §4.2.1.10', 'a name constraint is malformed', () => ({
          constraint: describe(base),
        }));
      }
      let known = into.get(form);
      if (known === undefined) {
        known = { bases: [], prepared: [] };
        into.set(form, known);
      }
      known.bases.push(base);
      if (prepared !== undefined) known.prepared.push(prepared);
    }
  }

  /** Checks the names of a certificate that is the last of the path or not self-issued. Throws BudgetExhausted. */
  check(certificate: CertificateNames, report: Report): void {
    if (this.empty) return;
    for (const name of constrainedNames(certificate)) {
      this.#budget.spend(COMPARISON_UNITS * 10);
      this.#checkName(name, prepareName(name), report);
    }
  }

  #checkName(name: GeneralName, prepared: PreparedName, report: Report): void {
    for (const byForm of this.#permitted) {
      const permitted = byForm.get(prepared.form);
      if (permitted === undefined) continue;
      if (prepared.form === 'unsupported') unsupported(name, report);
      else if (!this.#some(permitted, (constraint) => constraint.isWithin(prepared))) {
        report('name_constraint_violated', RULE_PERMITTED, 'a name lies in no permitted subtree', () => ({
          name: describe(name),
          permitted: shown(permitted.bases),
        }));
      }
    }
    const excluded = this.#excluded.get(prepared.form);
    if (excluded === undefined) return;
    if (prepared.form === 'unsupported') unsupported(name, report);
    else if (this.#some(excluded, (constraint) => constraint.touches(prepared))) {
      report('name_constraint_violated', RULE_EXCLUDED, 'a name lies in an excluded subtree', () => ({
        name: describe(name),
        excluded: shown(excluded.bases),
      }));
    }
  }

  #some({ prepared }: Subtrees, matches: (constraint: PreparedConstraint) => boolean): boolean {
    this.#budget.spend(prepared.length * COMPARISON_UNITS);
    return prepared.some(matches);
  }
}

/** Constraints on forms that are not processed refuse each certificate with a name of such a form (RFC 5280 §4.2.1.10). */
function unsupported(name: GeneralName, report: Report): void {
  report(
    'name_constraint_unsupported',
    'RFC 5280 §4.2.1.10',
    'a constraint on a form of names is not supported',
    () => ({ name: describe(name) }),
  );
}

/**
 * The names of a certificate that constraints apply to: a non-empty subject, the subjectAltName, and, without a subjectAltName, the
 * emailAddress attributes of the subject (RFC 5280 §4.2.1.10).
 */
function* constrainedNames(certificate: CertificateNames): Generator<GeneralName, void, void> {
  const { subject, subjectAltName } = certificate;
  if (!subject.empty) yield { type: 'directory', name: subject };
  if (subjectAltName !== undefined) {
    yield* subjectAltName;
    return;
  }
  for (const rdn of subject.rdns) {
    for (const attribute of rdn) {
      if (attribute.type === OID.emailAddress) yield { type: 'email', value: attribute.value };
    }
  }
}

const MAX_SHOWN = 8;

function shown(bases: readonly GeneralName[]): string {
  const names = bases.slice(0, MAX_SHOWN).map(describe);
  if (bases.length > MAX_SHOWN) names.push(`and ${bases.length - MAX_SHOWN} more`);
  return names.join(', ');
}
