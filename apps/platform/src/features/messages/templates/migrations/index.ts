import type { Migration } from '../../../../kernel/database';
import { templates } from './0001-templates';

export const templatesMigrations: readonly Migration[] = [templates];
