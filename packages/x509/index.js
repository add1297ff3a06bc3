// Loads the compiled package where it is built, else the TypeScript source, which Node runs as it is (in a clone of the repository).
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const api = require(
  existsSync(new URL('./dist/index.js', import.meta.url)) ? './dist/index.js' : './src/index.ts',
);

export const {
  ATTRIBUTE,
  Certificate,
  CertificateRequest,
  DerReader,
  DerWriter,
  Extension,
  KEY_USAGES,
  MAX_CERTIFICATE_OCTETS,
  MAX_DEPTH,
  Name,
  NameAttribute,
  OID,
  TAG,
  X509Error,
  asBuffer,
  contextConstructed,
  contextPrimitive,
  createCertificate,
  createCertificateRequest,
  createKeySigner,
  decodeOid,
  encodeDer,
  encodeOid,
  encodePem,
  encodeTbsCertificate,
  formatIp,
  importPublicKey,
  keyIdentifier,
  parseIp,
  parsePem,
  randomSerialNumber,
  readGeneralName,
  readGeneralNames,
  readPublicKeyInfo,
  signStructure,
  signatureScheme,
  spkiOf,
  thumbprintS256,
  verifySignature,
  writeGeneralName,
} = api;
