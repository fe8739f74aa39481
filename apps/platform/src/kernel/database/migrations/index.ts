import type { Migration } from '../migrate';
import { roles } from './0001-roles';
import { outbox } from './0002-outbox';
import { audit } from './0003-audit';
import { membership } from './0004-membership';

/** What the kernel itself stands on; the features' migrations follow in apps/platform/src/migrations.ts. */
export const kernelMigrations: readonly Migration[] = [roles, outbox, audit, membership];
