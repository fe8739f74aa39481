export { createDatabase, type Database, type DatabaseOptions, type RowClass, type TransactionOptions, type Transactions } from './database';
export { isUniqueViolation, sqlState } from './database-errors';
export { migrate, type Migration } from './migrate';
export { kernelMigrations } from './migrations';
export { allowAppLogin, appUrl, APP_ROLE } from './roles';
export { Notifications, notify } from './notifications';
export type { Tx } from './tx';
