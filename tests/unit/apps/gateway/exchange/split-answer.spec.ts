import type { ExchangeAnswer } from '#libs/contracts';
import { splitAnswer } from '../../../../../apps/gateway/src/exchange/split-answer';

const envelope = (name: string, size = 10) => ({ payloadType: name, payload: 'A'.repeat(size), signatures: [] });
const names = (frames: readonly ExchangeAnswer[]) =>
  frames.map(({ documents, beacon, stops, isolates }) => [...documents, ...(beacon === null ? [] : [beacon]), ...stops, ...isolates].map(({ payloadType }) => payloadType));

describe('an exchange answer', () => {
  it('stays one frame while it fits, also when it is empty', () => {
    const answer = { kind: 'exchange', beacon: null, documents: [], stops: [], isolates: [], orders: [] } as const;
    expect(splitAnswer({ ...answer, documents: [], stops: [], isolates: [], orders: [] })).toEqual([answer]);
  });

  it('is cut between its parts, documents before beacon before stops before isolates', () => {
    const answer = { kind: 'exchange', beacon: envelope('beacon'), documents: [envelope('d1', 600), envelope('d2', 600)], stops: [envelope('s1', 600)], isolates: [envelope('i1', 600)], orders: [] } as never;
    expect(names(splitAnswer(answer, 1_100))).toEqual([['d1'], ['d2', 'beacon'], ['s1'], ['i1']]);
  });

  it('sends a part that is too large alone, alone', () => {
    const answer = { kind: 'exchange', beacon: null, documents: [envelope('small'), envelope('large', 5_000), envelope('after')], stops: [], isolates: [], orders: [] } as never;
    expect(names(splitAnswer(answer, 1_000))).toEqual([['small'], ['large'], ['after']]);
  });
});
