import { operationalError } from '../../../../../apps/platform/src/kernel/errors';
import { createLog, withoutSecrets } from '../../../../../apps/platform/src/kernel/log';

function logged(): { readonly log: ReturnType<typeof createLog>; readonly lines: () => Record<string, unknown>[] } {
  const lines: string[] = [];
  return { log: createLog('test', 'info', { write: (line) => void lines.push(line) }), lines: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('the log', () => {
  it('writes a code, the process and the ids', () => {
    const { log, lines } = logged();
    log.with({ platform: 'p-1' }).info('dispatch.placed', { dispatch: 'd-1', terminals: 3 });
    expect(lines()).toMatchObject([{ level: 'info', process: 'test', platform: 'p-1', dispatch: 'd-1', terminals: 3, msg: 'dispatch.placed' }]);
  });

  it('withholds a field that is named like a secret', () => {
    const { log, lines } = logged();
    log.warn('x', { password: 'hunter2', token: 'abc', text: '请立即转移' });
    expect(JSON.stringify(lines())).not.toMatch(/hunter2|abc|转移/);
  });

  it('tells the code of a cause and where the first thing went wrong', () => {
    const { log, lines } = logged();
    log.error('media.lost', {}, operationalError('DISK_FULL', 'The disk is full.', { cause: new Error('no space') }));
    expect(lines()).toMatchObject([{ causeCode: 'DISK_FULL', under: 'no space', from: expect.stringContaining('log.spec') }]);
  });

  it.each([
    ['a phone number', 'row (13800138000) exists', '13800138000'],
    ['a key', `bad key ${'QUJD'.repeat(10)}`, 'QUJD'],
    ['an address with a password', 'postgres://app:hunter2@db/x failed', 'hunter2'],
    ['an assignment', 'password=hunter2 refused', 'hunter2'],
  ])('takes %s out of what an error says', (_, words, secret) => {
    expect(withoutSecrets(words)).not.toContain(secret);
  });
});
