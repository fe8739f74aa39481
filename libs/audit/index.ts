/** Reads an exported audit file again, without a server: what was said, by whom, and whether the log still is what was signed (docs/audit.md). */
export { namedBy, recordName, type NamedBytes } from './named-by';
export { ExportVerifier, type VerifyBy } from './export-verifier';
export { KeptEvidence, type KeptFault } from './kept-evidence';
export { Witnesses } from './witnesses';
export { verifyExport } from './verify-export';
