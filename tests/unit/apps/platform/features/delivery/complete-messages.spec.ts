import { endOf } from '../../../../../../apps/platform/src/features/delivery/complete-messages';

describe('what a message is when all its deliveries are final', () => {
  it.each([
    ['completed', 3, {}],
    ['completed', 1, { OFFLINE_NET: 1, STOPPED: 1 }],
    ['stopped', 1, { STOPPED: 2 }],
    ['stopped', 0, { SIG_REJECT: 2 }],
    ['stopped', 0, { SIG_REJECT: 1, OFFLINE_NET: 1 }],
    ['expired', 0, { NO_ACK: 1, OFFLINE_NET: 1, EXPIRED: 1 }],
    ['completed', 0, { INTERRUPTED: 2 }],
    ['completed', 0, { AMP_FAULT: 1, STOPPED: 1 }],
  ] as const)('%s with %i done and failures %j', (end, done, reasons) => {
    expect(endOf({ done, failed: Object.values(reasons).reduce((sum: number, count: number) => sum + count, 0), reasons })).toBe(end);
  });
});
