import { OID } from '../../asn1/oids.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import type { GeneralSubtree, NameConstraints } from '../../certificates/extensions/name-constraints.ts';
import type { GeneralName } from '../../names/general-name.ts';
import { COMPARISON_UNITS, type WorkBudget } from '../budget.ts';
import type { Report } from '../failure.ts';
import {
  type ConstrainedForm,
  describe,
  formOf,
  isWellFormed,
  isWithin,
  touches,
} from './constraint-types.ts';

const RULE_PERMITTED = 'RFC 5280 §6.1.3 (b)';
const RULE_EXCLUDED = 'RFC 5280 §6.1.3 (c)';

type ByForm = Map<ConstrainedForm, GeneralSubtree[]>;

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

  constructor(budget: WorkBudget) {
    this.#budget = budget;
  }

  get empty(): boolean {
    return this.#permitted.length === 0 && this.#excluded.size === 0;
  }

  /** Adds the constraints of a certificate that issues the rest of the path. Reports those that are malformed. */
  add(constraints: NameConstraints, report: Report): void {
    const permitted: ByForm = new Map();
    this.#gather(constraints.permitted, permitted, report);
    if (permitted.size > 0) this.#permitted.push(permitted);
    this.#gather(constraints.excluded, this.#excluded, report);
  }

  #gather(subtrees: readonly GeneralSubtree[], into: ByForm, report: Report): void {
    for (const subtree of subtrees) {
      const form = formOf(subtree.base);
      const wellFormed = form === 'unsupported' || isWellFormed(subtree.base);
      if (!wellFormed || subtree.minimum !== 0 || subtree.maximum !== undefined) {
        report('name_constraint_unsupported', 'RFC 5280 §4.2.1.10', 'a name constraint is malformed', {
          constraint: describe(subtree.base),
        });
      }
      const known = into.get(form);
      if (known === undefined) into.set(form, [subtree]);
      else known.push(subtree);
    }
  }

  /** Checks the subject and the subjectAltName of a certificate that is the last of the path or not self-issued. */
  check(certificate: Certificate, report: Report): void {
    if (this.empty) return;
    for (const name of constrainedNames(certificate)) this.#checkName(name, report);
  }

  #checkName(name: GeneralName, report: Report): void {
    const form = formOf(name);
    for (const permitted of this.#permitted) {
      const subtrees = permitted.get(form);
      if (subtrees === undefined) continue;
      if (form === 'unsupported') {
        unsupported(name, report);
      } else if (!this.#some(subtrees, (base) => isWithin(name, base))) {
        report('name_constraint_violated', RULE_PERMITTED, 'a name lies in no permitted subtree', {
          name: describe(name),
          permitted: shown(subtrees),
        });
      }
    }
    const excluded = this.#excluded.get(form);
    if (excluded === undefined) return;
    if (form === 'unsupported') {
      unsupported(name, report);
    } else if (this.#some(excluded, (base) => touches(name, base))) {
      report('name_constraint_violated', RULE_EXCLUDED, 'a name lies in an excluded subtree', {
        name: describe(name),
        excluded: shown(excluded),
      });
    }
  }

  #some(subtrees: readonly GeneralSubtree[], matches: (base: GeneralName) => boolean): boolean {
    this.#budget.spend(subtrees.length * COMPARISON_UNITS);
    return subtrees.some(({ base }) => matches(base));
  }
}

/** Constraints on forms that are not processed refuse each certificate with a name of such a form (RFC 5280 §4.2.1.10). */
function unsupported(name: GeneralName, report: Report): void {
  report(
    'name_constraint_unsupported',
    'RFC 5280 §4.2.1.10',
    'a constraint on a form of names is not supported',
    {
      name: describe(name),
    },
  );
}

/**
 * The names of a certificate that constraints apply to: a non-empty subject, the subjectAltName, and, without a subjectAltName, the
 * emailAddress attributes of the subject (RFC 5280 §4.2.1.10).
 */
function* constrainedNames(certificate: Certificate): Iterable<GeneralName> {
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

function shown(subtrees: readonly GeneralSubtree[]): string {
  const names = subtrees.slice(0, MAX_SHOWN).map(({ base }) => describe(base));
  if (subtrees.length > MAX_SHOWN) names.push(`and ${subtrees.length - MAX_SHOWN} more`);
  return names.join(', ');
}
