import { X509Error } from '@mortise/x509';
import { AuthorityError } from '../authority-error.ts';
import { nameConstraintFields } from '../profiles/names/name-constraint.ts';

/** Subtrees that an intermediate is bounded by: `dns:example.com`, `ip:10.0.0.0/8`, …; RFC 5280 §4.2.1.10. */
export interface AskedConstraints {
  readonly permittedNames?: readonly string[];
  readonly excludedNames?: readonly string[];
}

/** The subtrees, without what else was asked for. */
export function onlyConstraints({ permittedNames, excludedNames }: AskedConstraints): AskedConstraints {
  return {
    ...(permittedNames === undefined ? {} : { permittedNames }),
    ...(excludedNames === undefined ? {} : { excludedNames }),
  };
}

/** Subtrees as an extension holds them. Throws AuthorityError `names_invalid`. */
export function readConstraints({
  permittedNames,
  excludedNames,
}: AskedConstraints): ReturnType<typeof nameConstraintFields> {
  try {
    return nameConstraintFields(permittedNames, excludedNames);
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    throw new AuthorityError(
      'names_invalid',
      'a name constraint is a subtree such as dns:example.com, ip:10.0.0.0/8, uri:.example.com or email:example.com',
    );
  }
}
