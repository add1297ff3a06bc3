/** Enrols, then renews over and over until it is killed; says each certificate on a line. Argument: options as JSON. */
import { type ManageCertificateOptions, ManagedCertificate } from '../index.ts';

const options = JSON.parse(process.argv[2]!) as ManageCertificateOptions;
const managed = await ManagedCertificate.open(options);
process.stdout.write(`${managed.credential?.certificate.fingerprint256 ?? 'none'}\n`);
await managed.enrol();
for (;;) {
  await managed.renew();
  process.stdout.write(`${managed.credential?.certificate.fingerprint256}\n`);
}
