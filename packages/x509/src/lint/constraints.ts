import { OID } from '../asn1/oids.ts';
import type { GeneralSubtree } from '../certificates/extensions/name-constraints.ts';
import type { Lint } from './lint.ts';
import type { LintContext } from './lint-context.ts';

function subtrees(context: LintContext): readonly GeneralSubtree[] {
  const constraints = context.read(() => context.certificate.nameConstraints);
  return constraints === undefined ? [] : [...constraints.permitted, ...constraints.excluded];
}

const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/;

function isDnsBase(value: string): boolean {
  return (
    value === '' ||
    value
      .replace(/^\./, '')
      .split('.')
      .every((label) => LABEL.test(label))
  );
}

/** basicConstraints and nameConstraints. */
export const CONSTRAINT_LINTS: readonly Lint[] = [
  {
    code: 'basic_constraints_not_critical',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.9',
    check: (context) =>
      context.ca && !context.critical(OID.basicConstraints)
        ? 'basicConstraints of a CA is not critical'
        : undefined,
  },
  {
    code: 'leaf_basic_constraints_not_critical',
    severity: 'error',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.7.6',
    check: (context) =>
      !context.ca && context.has(OID.basicConstraints) && !context.critical(OID.basicConstraints)
        ? 'basicConstraints is not critical'
        : undefined,
  },
  {
    code: 'path_length_improper',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.9',
    check: (context) => {
      const constraints = context.read(() => context.certificate.basicConstraints);
      if (constraints?.pathLength === undefined) return undefined;
      const signs = context.keyUsage === undefined || context.keyUsage.has('keyCertSign');
      return constraints.ca && signs ? undefined : 'a path length is given for what signs no certificates';
    },
  },
  {
    code: 'root_path_length_present',
    severity: 'warning',
    policy: 'webpki',
    rule: 'CABF BR 7.1.2.1.4',
    check: (context) =>
      context.kind === 'root' &&
      context.read(() => context.certificate.basicConstraints)?.pathLength !== undefined
        ? 'a root has a path length'
        : undefined,
  },
  {
    code: 'name_constraints_not_in_ca',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.10',
    check: (context) =>
      !context.ca && context.has(OID.nameConstraints) ? 'a leaf has name constraints' : undefined,
  },
  {
    code: 'name_constraint_distance',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.10',
    check: (context) =>
      subtrees(context).some(({ minimum, maximum }) => minimum !== 0 || maximum !== undefined)
        ? 'a subtree has a minimum or a maximum'
        : undefined,
  },
  {
    code: 'name_constraint_dns_invalid',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.10',
    check: (context) =>
      subtrees(context).some(({ base }) => base.type === 'dns' && !isDnsBase(base.value))
        ? 'a dNSName constraint is no domain name'
        : undefined,
  },
  {
    code: 'name_constraint_dns_leading_dot',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.10',
    check: (context) =>
      subtrees(context).some(({ base }) => base.type === 'dns' && base.value.startsWith('.'))
        ? 'a dNSName constraint begins with a period'
        : undefined,
  },
  {
    code: 'name_constraint_ip_mask',
    severity: 'error',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.10, RFC 4632',
    check: (context) =>
      subtrees(context).some(
        ({ base }) => base.type === 'ip' && !isPrefix(base.bytes.subarray(base.bytes.length / 2)),
      )
        ? 'the mask of an address range is no prefix'
        : undefined,
  },
  {
    code: 'name_constraint_type_unusable',
    severity: 'warning',
    policy: 'rfc5280',
    rule: 'RFC 5280 §4.2.1.10',
    check: (context) => {
      const unusable = ['x400', 'edi-party', 'registered-id'];
      const types = subtrees(context).map(({ base }) => base.type);
      return [...new Set(types.filter((type) => unusable.includes(type)))].map(
        (type) => `a constraint is on ${type}`,
      );
    },
  },
];

function isPrefix(mask: Buffer): boolean {
  return /^1*0*$/.test(Array.from(mask, (octet) => octet.toString(2).padStart(8, '0')).join(''));
}
