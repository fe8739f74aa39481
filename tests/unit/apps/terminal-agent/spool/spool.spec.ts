import { generateKey } from '#libs/suites';
import type { Clock } from '../../../../../apps/terminal-agent/src/clock';
import { ReceiptSpool } from '../../../../../apps/terminal-agent/src/spool/spool';
import { FakeDisk } from '../../../../support/terminal-agent/fake-disk';
import { terminalOf } from '../../../../support/trust-builder';

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const clock = { setTimer: (_ms: number, then: () => void) => { setImmediate(then); return { cancel: () => undefined }; } } as unknown as Clock;

it('the spool shows nothing, and counts nothing as used, before the disk has it', async () => {
  const { signer } = await generateKey('ed25519');
  const disk = new FakeDisk();
  const spool = new ReceiptSpool(clock, disk, () => ({ terminal: terminalOf('t-1'), signer, head: () => null }), () => undefined);
  disk.hold();
  const added = spool.add('event', (stamp) => ({ ...stamp, kind: 'disk' }));
  while (spool.size() === 0) await turn();
  expect([spool.after(0, 10).length, spool.counter()]).toEqual([0, 0]);
  await turn();
  disk.resume();
  await added;
  expect([spool.after(0, 10).map(({ counter }) => counter), spool.counter()]).toEqual([[1], 1]);
});
