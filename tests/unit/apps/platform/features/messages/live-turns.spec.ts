import { LiveTurns, type LiveTurn } from '../../../../../../apps/platform/src/features/messages/live-turns';

const live = { id: 'm', verified: { message: { body: { live: {} } } } } as never;
const recorded = { id: 'm', verified: { message: { body: { segments: [] } } } } as never;
const none = undefined as never;

function turnsKeptBy(keeper?: Partial<LiveTurn>): LiveTurns {
  const turns = new LiveTurns();
  if (keeper !== undefined) turns.keptBy({ free: () => Promise.resolve(undefined), isOver: () => Promise.resolve(false), ...keeper });
  return turns;
}

describe('the turn to speak', () => {
  it('is not given where nobody keeps the turns, and asked of nobody for what is recorded', async () => {
    await expect(turnsKeptBy().take(none, none, live)).rejects.toMatchObject({ code: 'LIVE_UNSERVED', status: 503 });
    await expect(turnsKeptBy().take(none, none, recorded)).resolves.toBeUndefined();
    await expect(turnsKeptBy().requireLasting(none, none, recorded)).resolves.toBeUndefined();
  });

  it('is refused with who has it and until when', async () => {
    const turns = turnsKeptBy({ free: () => Promise.resolve({ holder: 'the clerk of V1', until: 1_793_000_000_000 }) });
    await expect(turns.take(none, none, live)).rejects.toMatchObject({
      code: 'LIVE_TAKEN', status: 409, fields: [{ path: 'holder', sentence: 'the clerk of V1' }, { path: 'until', sentence: '2026-10-26T07:33:20.000Z' }],
    });
  });

  it('is given once, and never again after the voice', async () => {
    await expect(turnsKeptBy({}).take(none, none, live)).resolves.toBeUndefined();
    await expect(turnsKeptBy({}).requireLasting(none, none, live)).resolves.toBeUndefined();
    await expect(turnsKeptBy({ isOver: () => Promise.resolve(true) }).requireLasting(none, none, live)).rejects.toMatchObject({ code: 'LIVE_OVER', status: 409 });
  });

  it('has one keeper', () => {
    expect(() => turnsKeptBy({}).keptBy({} as LiveTurn)).toThrow('two features');
  });
});
