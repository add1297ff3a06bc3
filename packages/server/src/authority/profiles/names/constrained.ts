import { certificateNames, type NameConstraints, nameConstraintViolations, X509Error } from '@mortise/x509';
import { AuthorityError } from '../../authority-error.ts';
import { nameText } from '../../certificate-names.ts';
import type { GrantedNames } from './granted-names.ts';

/**
 * Refuses names that a certificate under these constraints could not hold, before there is one. Throws AuthorityError `name_not_allowed`;
 * `values` are the alternative names that break a constraint, none where the subject does.
 */
export function refuseConstrained(granted: GrantedNames, constraints: readonly NameConstraints[]): void {
  if (constraints.length === 0) return;
  const violations = violationsOf(granted, constraints);
  if (violations.length === 0) return;
  const refused = granted.subjectAltName.filter(
    (name) => violationsOf({ subject: '', subjectAltName: [name] }, constraints).length > 0,
  );
  throw new AuthorityError(
    'name_not_allowed',
    `name constraints do not allow it: ${violations.slice(0, 10).join('; ')}`,
    refused.map(nameText),
  );
}

function violationsOf(
  names: Pick<GrantedNames, 'subject' | 'subjectAltName'>,
  constraints: readonly NameConstraints[],
): string[] {
  try {
    return nameConstraintViolations(certificateNames(names), constraints);
  } catch (error) {
    // What the record of a client may hold and no certificate can.
    if (error instanceof X509Error) throw new AuthorityError('lint_failed', error.message, [error.code]);
    throw error;
  }
}
