const listed = (what: string): string => `"mortise ${what} list" shows those there are`;

/** What to do about a refusal of the admin API, where there is one thing to do; to be added to its line. */
export function nextStep(code: string, member: unknown, detail: string | undefined): string {
  if (code === 'resource_unknown') return `; register it first: mortise resource create URL --scope 'SCOPES'`;
  if (code === 'client_unknown') return `; ${listed('client')}`;
  if (code === 'certificate_unknown') return `; ${listed('certificate')}`;
  if (code === 'key_unknown') return `; ${listed('key')}`;
  if (code === 'account_unknown') return `; ${listed('acme-account')}`;
  if (code === 'enrolment_unknown') return '; "mortise enrolment list CLIENT" shows those there are';
  if (code === 'enrolment_used') return '; "mortise acme-account list --client CLIENT" shows it';
  if (code === 'node_unknown') return `; ${listed('node')}`;
  if (code === 'authority_unknown') return '; "mortise authority show" shows those there are';
  const scopeNotOffered = code === 'metadata_invalid' && / is offered by no(ne)? /.test(detail ?? '');
  if (scopeNotOffered && (member === 'scope' || member === undefined)) {
    return '; "mortise resource list" shows the scopes there are, "mortise resource create" and "update" add to them';
  }
  return '';
}
