import type { TerminalId } from '#libs/contracts';
import { Sessions, type Session } from '../../../../../apps/gateway/src/presence/sessions';
import { textFrame } from '../../../../../apps/gateway/src/socket/wire-frame';
import { FakeClock, FakeLink } from '../fakes';

const t = (id: string) => id as TerminalId;

function hall() {
  const clock = new FakeClock();
  const told: string[] = [];
  const sessions = new Sessions(clock, () => [textFrame({ kind: 'refused', code: 'as if a stop' })], {
    online: ({ terminal }: Session) => told.push(`+${terminal}`),
    offline: ({ terminal }: Session) => told.push(`-${terminal}`),
    frame: () => undefined,
    replaced: ({ terminal }: Session) => told.push(`!${terminal}`),
  });
  const come = (id: string) => {
    const link = new FakeLink();
    link.lastHeardMs = clock.monotonicMs();
    sessions.admit(t(id), link);
    return link;
  };
  return { clock, told, sessions, come };
}

describe('connected terminals', () => {
  it('get welcome and then what is owed to every newcomer, in one write', () => {
    const { come } = hall();
    expect(come('a').kinds).toEqual(['welcome', 'refused']);
  });

  it('are one per terminal: the newest stays and the older one\'s end changes nothing', () => {
    const { come, sessions, told } = hall();
    const older = come('a');
    const newer = come('a');
    older.leaves();
    expect(older.ended).toBe('REPLACED');
    expect(sessions.get(t('a'))?.link).toBe(newer);
    expect(told).toEqual(['+a', '!a', '-a', '+a']);
  });

  it('lose the media token with the session', () => {
    const { come, sessions } = hall();
    const link = come('a');
    const token = sessions.get(t('a'))?.mediaToken ?? '';
    expect(sessions.byMediaToken(token)?.terminal).toBe('a');
    link.leaves();
    expect(sessions.byMediaToken(token)).toBeUndefined();
  });

  it('are asked when quiet for thirty seconds and cut when quiet for ninety', () => {
    const { clock, come, sessions, told } = hall();
    const link = come('a');
    clock.ms += 30_001;
    sessions.sweep();
    expect(link.kinds.at(-1)).toBe('ping');
    clock.ms += 59_998;
    sessions.sweep();
    expect(link.ended).toBeUndefined();
    clock.ms += 2;
    sessions.sweep();
    expect(link.ended).toBe('cut');
    expect(told).toEqual(['+a', '-a']);
    expect(sessions.size).toBe(0);
  });

  it('are left alone while the gateway itself does not read from them', () => {
    const { clock, come, sessions } = hall();
    const link = come('a');
    link.pause();
    clock.ms += 200_000;
    sessions.sweep();
    expect(link.ended).toBeUndefined();
  });

  it('end when their key is taken away', () => {
    const { come, sessions, told } = hall();
    const link = come('a');
    sessions.revoke(t('a'));
    sessions.revoke(t('nobody'));
    expect(link.ended).toBe('DEVICE_UNKNOWN');
    expect(told).toEqual(['+a', '-a']);
  });
});
