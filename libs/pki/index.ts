/** X.509 for TLS between our own machines: the district CA and its server certificates. node-forge writes, OpenSSL reads and verifies. */
export { createDistrictCa, type DistrictCa, type DistrictCaOrder } from './district-ca';
export { issueServerCertificate, type ServerCertificateOrder } from './server-certificate';
export { type ServerNames } from './server-names';
export { certificateFingerprint } from './profile';
export { generateRsaKey, type RsaKeyPair } from './rsa-keys';
export { PkiError, type PkiErrorCode } from './pki-error';
