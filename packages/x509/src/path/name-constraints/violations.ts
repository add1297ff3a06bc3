import { DerReader } from '../../asn1/der-reader.ts';
import { readExtensions } from '../../certificates/extension.ts';
import { type NameConstraints, readNameConstraints } from '../../certificates/extensions/name-constraints.ts';
import { X509Error } from '../../errors.ts';
import { type ExtensionFields, encodeExtensions } from '../../issuing/extension-fields.ts';
import { type GeneralName, type GeneralNameInput, readGeneralNames } from '../../names/general-name.ts';
import { Name } from '../../names/name.ts';
import { BudgetExhausted, WorkBudget } from '../budget.ts';
import type { Report } from '../failure.ts';
import { type CertificateNames, ConstraintState } from './name-constraints.ts';

const WORK_UNITS = 64;

/** Most violations that are told. */
const MAX_VIOLATIONS = 32;

/**
 * Which names of a certificate break the constraints of those above it (RFC 5280 §4.2.1.10), one text for each; empty if none does. For an
 * issuer, who has to know before it signs; {@link validatePath} tells relying parties. The certificate's signature plays no part: see
 * {@link certificateNames} for one that is not there yet.
 */
export function nameConstraintViolations(
  certificate: CertificateNames,
  constraints: readonly NameConstraints[],
): string[] {
  const violations: string[] = [];
  const report: Report = (_code, _rule, message, values) => {
    if (violations.length >= MAX_VIOLATIONS) return;
    const { name, constraint } = (typeof values === 'function' ? values() : values) ?? {};
    violations.push(`${name ?? constraint ?? ''}: ${message}`);
  };
  const state = new ConstraintState(new WorkBudget(WORK_UNITS), false);
  try {
    for (const each of constraints) state.add(each, report);
    state.check(certificate, report);
  } catch (error) {
    if (!(error instanceof BudgetExhausted)) throw error;
    violations.push('too many names under too many constraints');
  }
  return violations;
}

/** The names of a certificate that would be made from these fields. Throws `issue_invalid`, `name_invalid`. */
export function certificateNames(fields: {
  /** RFC 4514. */
  readonly subject: string;
  readonly subjectAltName: readonly GeneralNameInput[];
}): CertificateNames {
  const { subjectAltName } = fields;
  const subject = Name.parse(fields.subject);
  if (subjectAltName.length === 0) return { subject, subjectAltName: undefined };
  const der = encodeExtensions({ subjectAltName }, subject.empty)!;
  const [extension] = readExtensions(new DerReader(der, 'subjectAltName').sequence());
  const read = (reader: DerReader): readonly GeneralName[] => readGeneralNames(reader.sequence());
  return { subject, subjectAltName: extension!.decode(read, 'subjectAltName') };
}

/** The constraints that these fields of a new certificate stand for. Throws `issue_invalid`. */
export function nameConstraintsOf(fields: NonNullable<ExtensionFields['nameConstraints']>): NameConstraints {
  const der = encodeExtensions({ nameConstraints: fields }, false)!;
  const [extension] = readExtensions(new DerReader(der, 'nameConstraints').sequence());
  try {
    return extension!.decode(readNameConstraints, 'nameConstraints');
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    throw new X509Error('issue_invalid', error.message, 'nameConstraints');
  }
}
