import { drillIdSchema, type Digest, type Message } from '#libs/contracts';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';

const saysSo = tone(300, 500);
const siren = tone(700, 2_000, 'siren');
const scene = useTestScene(saysSo, siren);

/** Five repetitions of an emergency, or of a drill of one. */
async function said(terminal: TestTerminal, mode: 'actual' | 'drill', replaces: Digest | null = null) {
  const opening = [{ ...saysSo.segment, role: 'speech' as const }, { ...siren.segment, role: 'siren' as const }];
  const message: Partial<Message> = mode === 'actual' ? { replaces } : { replaces, mode, drill: { plan: drillIdSchema.parse(scene.world.nextId()), kind: 'terminal' }, body: { segments: opening } };
  return orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700, repeats: 5, message });
}

const heard = (terminal: TestTerminal) => new Set(terminal.starts().map(({ job }) => job.messageDigest));

describe('a drill', () => {
  it.each([['drill', 'actual'], ['actual', 'drill']] as const)('that is %s is refused where it would end what is %s', async (mode, replaced) => {
    const terminal = await scene.ready();
    const first = await said(terminal, replaced);
    await terminal.order(first.order);
    await terminal.truth.move(1_500);
    await terminal.order((await said(terminal, mode, first.digest)).order);
    await terminal.truth.move(20_000);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_CEILING']);
    expect([...heard(terminal)]).toEqual([first.digest]);
    expect(terminal.told().at(-1)).toBe('done 5');
  });

  it('that came first keeps nothing silent that is meant', async () => {
    const terminal = await scene.ready();
    const warning = await said(terminal, 'actual');
    const drill = await said(terminal, 'drill', warning.digest);
    await terminal.order(drill.order);
    await terminal.truth.move(1_500);
    await terminal.order(warning.order);
    await terminal.truth.move(30_000);
    expect([...heard(terminal)]).toEqual([drill.digest, warning.digest]);
    expect(terminal.told()).not.toContain('failed 0 WITHDRAWN');
  });

  it('ends another drill, as any message ends its like', async () => {
    const terminal = await scene.ready();
    const first = await said(terminal, 'drill');
    await terminal.order(first.order);
    await terminal.truth.move(1_500);
    const second = await said(terminal, 'drill', first.digest);
    await terminal.order(second.order);
    await terminal.truth.move(30_000);
    expect([...heard(terminal)]).toEqual([first.digest, second.digest]);
    expect(terminal.told()).toContain('failed 0 WITHDRAWN');
  });

  it.each(['drill', 'actual'] as const)('or what is meant: a correction is of the mode of what it takes back (%s)', async (mode) => {
    const terminal = await scene.ready();
    const drill = { plan: drillIdSchema.parse(scene.world.nextId()), kind: 'terminal' as const };
    const as = (of: 'drill' | 'actual') => ({ mode: of, drill: of === 'drill' ? drill : null });
    const { original, order } = await scene.world.correctionOrder('t1', { correction: { set: as(mode) }, original: { set: as(mode === 'drill' ? 'actual' : 'drill') } });
    await terminal.order(original.order);
    await terminal.truth.move(100);
    await terminal.order(order);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_CORRECTION']);
  });
});
