/** Every signature and hash of Clarion. Message signatures are verified here and nowhere else. */
export { createVerificationCache, type VerificationCache } from './verification-cache';
export { addSignature, signEnvelope, verifiedSignatures } from './envelope-signatures';
export { sha256, sha256Hex } from './hash';
export {
  deriveKeyFileKey, freshKeyFileKdf, openKeyFile, sealKeyFile,
  type DerivedKey, type KeyFile, type KeyFileKdf, type KeyFileRefusal, type OpenedKeyFile,
} from './key-file';
export { readAssertion, type Assertion } from './assertion';
export {
  checkKeyRecord, hasKeyTwice, keyIdOf, registrationOf, type KeyAlg, type KeyCheck, type KeyRecord, type KeyRefusal, type SoftwareAlg, type SoftwareKeyRecord,
} from './key-record';
export { knownAnswerGate } from './known-answer-gate';
export {
  consistencyProof, inclusionProof, leafHash, treeRoot, verifyConsistency, verifyInclusion,
  type ConsistencyClaim, type InclusionClaim,
} from './merkle';
export { MerkleFrontier, type FrontierState } from './merkle-frontier';
export { isSignerFile, openSignerFile, signerFileSchema, type SignerFile } from './signer-file';
export { generateKey, signerFromPkcs8, type GeneratedKey, type Signer, type SoftwareSigner } from './signer';
export type { KnownAnswer, PasskeySuite, PreparedKey, SoftwareSuite, Suite } from './suite';
export { SuiteError, type SuiteErrorCode } from './suite-error';
export { verify } from './verify';
