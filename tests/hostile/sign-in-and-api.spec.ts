import { useAttacked } from './attacker';
import { t01 } from './t01-default-accounts';
import { t02 } from './t02-password-spraying';
import { t03 } from './t03-stolen-token';
import { t05 } from './t05-forged-tokens';
import { t06 } from './t06-foreign-ids';
import { t07 } from './t07-foreign-pages';
import { t09 } from './t09-floods';
import { t12 } from './t12-bad-values';
import { secretsInLogs, t13, t79 } from './t13-told-too-much';
import { t39 } from './t39-live-source';
import { t16 } from './t16-session-alone';

/** Attacks on sign-in and API, by the names of the threat model, against one running server over real sockets. */
const attacked = useAttacked();

for (const attack of [t01, t02, t03, t05, t06, t07, t12, t13, t16, t39, t79, t09]) attack(attacked);
secretsInLogs(attacked);
