export { asBuffer, type BitString, DerReader, MAX_DEPTH } from './asn1/der-reader.ts';
export { DerWriter, encodeDer } from './asn1/der-writer.ts';
export { decodeOid, encodeOid } from './asn1/oid.ts';
export { OID } from './asn1/oids.ts';
export { contextConstructed, contextPrimitive, TAG } from './asn1/tags.ts';
export {
  decodeClientCert,
  decodeClientCertChain,
  encodeClientCert,
  encodeClientCertChain,
} from './bindings/client-cert-header.ts';
export { type ForwardedClientCert, parseForwardedClientCert } from './bindings/forwarded-client-cert.ts';
export { matchesSpkiPin, parseSpkiPin, spkiPin } from './bindings/spki-pin.ts';
export { thumbprintS256 } from './bindings/thumbprint.ts';
export { Certificate } from './certificates/certificate.ts';
export { MAX_CERTIFICATE_OCTETS } from './certificates/certificate-layout.ts';
export { CertificateRequest } from './certificates/certificate-request.ts';
export { Extension } from './certificates/extension.ts';
export type { AuthorityKeyIdentifier } from './certificates/extensions/authority-key-identifier.ts';
export type { BasicConstraints } from './certificates/extensions/basic-constraints.ts';
export type {
  DistributionPoint,
  DistributionPointName,
  ReasonFlag,
} from './certificates/extensions/distribution-points.ts';
export type { AccessDescription } from './certificates/extensions/information-access.ts';
export { KEY_USAGES, type KeyUsage } from './certificates/extensions/key-usage.ts';
export type { GeneralSubtree, NameConstraints } from './certificates/extensions/name-constraints.ts';
export type {
  PolicyConstraints,
  PolicyInformation,
  PolicyMapping,
  PolicyQualifier,
} from './certificates/extensions/policies.ts';
export type { Attribute } from './certificates/extensions/subject-directory-attributes.ts';
export { X509Error, type X509ErrorCode } from './errors.ts';
export { explainFindings } from './explain/explain-findings.ts';
export { type ExplainPathOptions, explainPath } from './explain/explain-path.ts';
export { type CertificateSummary, summarizeCertificate } from './explain/summarize-certificate.ts';
export {
  type CertificateFields,
  createCertificate,
  encodeTbsCertificate,
  signAgain,
  signCertificate,
} from './issuing/create-certificate.ts';
export {
  type CertificateRequestFields,
  createCertificateRequest,
} from './issuing/create-certificate-request.ts';
export type { ExtensionFields, PurposeKeyword, RawExtension } from './issuing/extension-fields.ts';
export { randomSerialNumber } from './issuing/serial-number.ts';
export { signStructure } from './issuing/sign-structure.ts';
export type { KeyStoreContents, StoredCertificate, StoredPrivateKey } from './key-stores/contents.ts';
export { readJavaKeyStore } from './key-stores/java-key-store.ts';
export { readPkcs7 } from './key-stores/pkcs7.ts';
export { readPkcs12 } from './key-stores/pkcs12.ts';
export { readKeyStore } from './key-stores/read-key-store.ts';
export type { AlgorithmIdentifier } from './keys/algorithm-identifier.ts';
export { importPublicKey, type PublicKeyInfo, readPublicKeyInfo } from './keys/public-key.ts';
export type { SignatureAlgorithm } from './keys/signature-algorithms.ts';
export { type HashName, type SignatureScheme, signatureScheme } from './keys/signature-schemes.ts';
export { createKeySigner, type Signer } from './keys/signer.ts';
export { keyIdentifier, spkiOf } from './keys/spki.ts';
export { verifySignature, verifySignatureOnThread } from './keys/verify-signature.ts';
export type { LintFinding, LintPolicy, LintSeverity } from './lint/lint.ts';
export { LINTS, lintCertificate } from './lint/lint-certificate.ts';
export { ATTRIBUTE } from './names/attribute-types.ts';
export {
  type GeneralName,
  type GeneralNameInput,
  readGeneralName,
  readGeneralNames,
  writeGeneralName,
} from './names/general-name.ts';
export { formatIp, parseIp } from './names/ip-address.ts';
export { Name, NameAttribute } from './names/name.ts';
export type { ValidationPolicy } from './path/checks/check.ts';
export type { PathFailure, PathFailureCode } from './path/failure.ts';
export type { CertificateNames } from './path/name-constraints/name-constraints.ts';
export {
  certificateNames,
  nameConstraintsOf,
  nameConstraintViolations,
} from './path/name-constraints/violations.ts';
export type {
  AnchorInput,
  CandidatePath,
  CertificateInput,
  InvalidPath,
  PathValidation,
  Purpose,
  ValidatePathOptions,
  ValidPath,
} from './path/options.ts';
export type { CertificateRevocation } from './path/path-revocation.ts';
export type { PeerName } from './path/peer-name.ts';
export type { TrustAnchor } from './path/trust-anchor.ts';
export { validatePath } from './path/validate-path.ts';
export { encodePem, type PemBlock, parsePem } from './pem/pem.ts';
export { type CheckRevocationOptions, checkRevocation } from './revocation/check/check-revocation.ts';
export type { CrlInput, OcspResponseInput } from './revocation/check/load-inputs.ts';
export type {
  RevocationNeed,
  RevocationProblem,
  RevocationProblemCode,
  RevocationStatus,
} from './revocation/check/status.ts';
export { CertificateRevocationList, MAX_CRL_OCTETS } from './revocation/crl/certificate-revocation-list.ts';
export { type CrlFields, type CrlTimes, createCrl, extendCrl } from './revocation/crl/create-crl.ts';
export type { CrlEntryFields, IssuingDistributionPointFields } from './revocation/crl/crl-fields.ts';
export type { IssuingDistributionPoint } from './revocation/crl/issuing-distribution-point.ts';
export { REVOCATION_REASONS, type RevocationReason, revocationReason } from './revocation/crl/reason.ts';
export type { RevokedCertificate } from './revocation/crl/revoked-entries.ts';
export {
  type CertificateId,
  type CertificateIdHash,
  certificateId,
  type IssuerIdentity,
  identifies,
} from './revocation/ocsp/certificate-id.ts';
export {
  createOcspError,
  createOcspResponse,
  type OcspResponseFields,
  type SingleResponseFields,
} from './revocation/ocsp/create-ocsp-response.ts';
export { createOcspRequest, OcspRequest, type OcspRequestFields } from './revocation/ocsp/ocsp-request.ts';
export {
  type BasicOcspResponse,
  OcspResponse,
  type OcspResponseStatus,
  type ResponderId,
  type SingleResponse,
} from './revocation/ocsp/ocsp-response.ts';
