export { AuditLog, type SignedHead } from './audit';
