import type { EnrolmentDocument } from '../documents.ts';
import { facts } from '../output/table.ts';

/** What a person does with a new enrolment. */
export function enrolmentText(enrolment: EnrolmentDocument): string {
  const { commands } = enrolment;
  return [
    facts([
      ['directory', enrolment.directory],
      ['identifier', enrolment.identifier],
      ['eab_kid', enrolment.eab_kid],
      ['eab_hmac_key', enrolment.eab_hmac_key],
      ['key ends', new Date(enrolment.eab_expires_at * 1000).toISOString()],
      ['CA fingerprint', enrolment.ca_fingerprints.join(' ')],
    ]),
    '',
    'The key is shown this once, and makes one account. Save this as ca.pem:',
    '',
    enrolment.ca.trimEnd(),
    ...Object.entries(commands).flatMap(([name, command]) => ['', `With ${name}:`, '', `  ${command}`]),
  ].join('\n');
}
