// The planted faults. Each is one edit: `find` stands exactly once in `file`, and `suites` are the specs that should
// notice when `replace` stands there instead. `why` says what would get through.
import { admitFaults } from './faults/admit.mjs';
import { documentFaults } from './faults/documents.mjs';
import { envelopeFaults } from './faults/envelope.mjs';
import { groundFaults } from './faults/ground.mjs';
import { liveFaults } from './faults/live.mjs';
import { narrowingFaults } from './faults/narrowing.mjs';
import { policyFaults } from './faults/policy.mjs';
import { terminalFaults } from './faults/terminal.mjs';

export const faults = [...envelopeFaults, ...policyFaults, ...documentFaults, ...admitFaults, ...narrowingFaults, ...groundFaults, ...liveFaults, ...terminalFaults];
