export { AuditLog, type SignedHead } from './audit';
export { AuditModule } from './audit.module';
export { PgAuditStore } from './audit.store.pg';
export { checkLog, type LogCheck } from './check-log';
export { AuditEvidence, type EvidenceSource, type KeptDocument } from './evidence';
export { LogKeys } from './log-keys';
export { SecurityEvents, type SecurityEventFact } from './security-events';
export { SequenceLeaves } from './sequence-leaves';
