import { LIMITS } from '#libs/contracts';
import { PresenceBoard, type PresenceChange } from '../../../../../../apps/platform/src/features/terminals/presence';
import { terminalOf } from '../../../../../support/trust-builder';

const change = (terminal: string, online: boolean, at: number, address = '10.0.0.1'): PresenceChange => ({ terminal: terminalOf(terminal), online, at, address });

describe('the presence board', () => {
  it('begins and ends intervals as a gateway tells, and a message twice changes nothing', () => {
    const board = new PresenceBoard();
    expect(board.take('g', false, [change('a', true, 10)], 10).begun).toMatchObject([{ terminal: 'a', gateway: 'g', since: 10 }]);
    expect(board.take('g', false, [change('a', true, 10)], 11)).toEqual({ begun: [], ended: [] });
    expect(board.take('g', false, [change('a', false, 30)], 30).ended).toEqual([{ terminal: 'a', until: 30 }]);
    expect(board.take('g', false, [change('a', false, 30)], 31)).toEqual({ begun: [], ended: [] });
  });

  it('believes the newer gateway: news of the old one never ends the newer connection', () => {
    const board = new PresenceBoard();
    board.take('old', false, [change('a', true, 10)], 10);
    expect(board.take('new', false, [change('a', true, 20)], 20)).toMatchObject({ ended: [{ until: 20 }], begun: [{ gateway: 'new', since: 20 }] });
    expect(board.take('old', false, [change('a', false, 25)], 25)).toEqual({ begun: [], ended: [] });
    expect(board.take('old', true, [], 26)).toEqual({ begun: [], ended: [] });
    expect(board.online().has(terminalOf('a'))).toBe(true);
  });

  it('ends a reconnect\'s old interval only by news that is not older than it', () => {
    const board = new PresenceBoard();
    board.take('g', false, [change('a', true, 10)], 10);
    board.take('g', false, [change('a', false, 20), change('a', true, 21, '10.0.0.2')], 21);
    expect(board.take('g', false, [change('a', false, 20)], 22)).toEqual({ begun: [], ended: [] });
    expect(board.of(terminalOf('a'))).toMatchObject({ since: 21, address: '10.0.0.2' });
  });

  it('ends what a gateway that started anew no longer has, and keeps what it has', () => {
    const board = new PresenceBoard();
    board.take('g', false, [change('a', true, 1), change('b', true, 1)], 1);
    expect(board.take('g', true, [change('b', true, 40)], 50)).toMatchObject({ ended: [{ terminal: 'a', until: 50 }], begun: [] });
  });

  it('counts a terminal as gone after three missed exchanges, from when it was last heard', () => {
    const board = new PresenceBoard();
    board.restore([{ terminal: terminalOf('a'), gateway: 'g', address: '', since: 0 }], 1_000);
    board.take('g', false, [change('b', true, 1_000)], 1_000);
    board.heard([terminalOf('a')], 50_000);
    expect(board.sweep(1_000 + LIMITS.offlineAfterMs)).toEqual({ begun: [], ended: [] });
    expect(board.sweep(1_001 + LIMITS.offlineAfterMs).ended).toEqual([{ terminal: 'b', until: 1_000 }]);
    expect([...board.online()]).toEqual(['a']);
    expect(board.heard([terminalOf('b')], 200_000).begun).toMatchObject([{ terminal: 'b', since: 200_000 }]);
  });
});
