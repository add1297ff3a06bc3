// Loads the compiled package where it is built, else the TypeScript source, which Node runs as it is (in a clone of the repository).
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const api = require(
  existsSync(new URL('./dist/index.js', import.meta.url)) ? './dist/index.js' : './src/index.ts',
);

export const {
  AcmeClient,
  AcmeError,
  ClientError,
  CredentialFolder,
  ManagedCertificate,
  MortiseClient,
  OAuthError,
  TrustFollower,
  accountKeyPem,
  createAccountKey,
  createClient,
  manageCertificate,
  readAccountKey,
  readEnrolment,
  waitByTimer,
} = api;
