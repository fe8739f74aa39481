export { AuditLog, type SignedHead } from './audit';
export { LogKeys } from './log-keys';
export { SecurityEvents, type SecurityEventFact } from './security-events';
