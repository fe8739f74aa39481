export { AuditLog, type Contradiction, type SignedHead } from './audit';
export { AuditModule } from './audit.module';
export { PgAuditStore } from './audit.store.pg';
export { checkLog, type LogCheck } from './check-log';
export { AuditEvidence, type EvidenceSource, type KeptDocument, type UnsaidRow } from './evidence';
export { LogKeys } from './log-keys';
export { SECURITY_EVENTS, SecurityEvents, type SecurityEventFact } from './security-events';
export { WatchLogs } from './watch-logs';
export { SequenceLeaves } from './sequence-leaves';
