import type { Migration } from '../../../kernel/database';
import { access } from './0001-access';
import { secondFactors } from './0002-second-factors';
import { accountSetup } from './0003-account-setup';
import { knownDevices } from './0004-known-devices';
import { triesInASession } from './0005-tries-in-a-session';

export const accessMigrations: readonly Migration[] = [access, secondFactors, accountSetup, knownDevices, triesInASession];
