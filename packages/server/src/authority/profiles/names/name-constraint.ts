import { type GeneralNameInput, type NameConstraints, nameConstraintsOf, X509Error } from '@mortise/x509';

const form = /^(dns|ip|uri|email):([\x21-\x7e]{0,255})$/;

/** Whether a text stands for a subtree of names: `dns:example.com`, `ip:10.0.0.0/8`, `uri:.example.com`, `email:example.com`. */
export function isNameConstraint(text: string): boolean {
  try {
    return form.test(text) && readNameConstraints([text]) !== undefined;
  } catch (error) {
    if (error instanceof X509Error) return false;
    throw error;
  }
}

/** Subtrees as an extension holds them; undefined for none. Throws X509Error for a text that is not one. */
export function nameConstraintFields(
  permitted: readonly string[] = [],
  excluded: readonly string[] = [],
): { permitted: GeneralNameInput[]; excluded: GeneralNameInput[] } | undefined {
  if (permitted.length + excluded.length === 0) return undefined;
  return { permitted: permitted.map(subtree), excluded: excluded.map(subtree) };
}

export function readNameConstraints(
  permitted: readonly string[] = [],
  excluded: readonly string[] = [],
): NameConstraints | undefined {
  const fields = nameConstraintFields(permitted, excluded);
  return fields === undefined ? undefined : nameConstraintsOf(fields);
}

function subtree(text: string): GeneralNameInput {
  const [, type, value] = form.exec(text) ?? [];
  if (type === undefined)
    throw new X509Error('issue_invalid', 'a subtree of names is malformed', 'nameConstraints');
  return type === 'ip' ? { type, value: value! } : { type: type as 'dns' | 'uri' | 'email', value: value! };
}
