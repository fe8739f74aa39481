/**
 * The door of the keys: make one, list them, sign with one. See ../README.md.
 * Nothing else in the pages touches WebCrypto's private keys, IndexedDB or navigator.credentials.
 */
export { areEqual, joined, owned, sha256, sha256Hex, toBase64Url } from './bytes';
export { askToPersist, deviceAbilities, persistence, type DeviceAbilities, type Persistence } from './device';
export { KeyFault, type HeldKey, type KeyFaultCode } from './held-key';
export { KeyRing } from './key-ring';
export { ownRelyingParty } from './passkey';
export { signBytes, signEnvelope } from './sign';
