import type { TerminalId } from '#libs/contracts';
import { PresenceLog } from '../../../../../apps/gateway/src/presence/presence-log';
import type { Session } from '../../../../../apps/gateway/src/presence/sessions';
import { FakeClock, FakeLink, ScriptedPlatform } from '../fakes';

type Told = { reset: boolean; changes: { terminal: string; online: boolean }[] };

function log() {
  const platform = new ScriptedPlatform();
  const present: Session[] = [];
  const presence = new PresenceLog('gateway', new FakeClock(), platform, () => present);
  const session = (id: string): Session => ({ terminal: id as TerminalId, link: new FakeLink(), mediaToken: '', since: 5 });
  const told = () => platform.calls.map(({ request }) => request as Told).map(({ reset, changes }) => [reset, ...changes.map(({ terminal, online }) => `${online ? '+' : '-'}${terminal}`)]);
  return { platform, present, presence, session, told };
}

describe('the presence log', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('begins with everyone present, then tells changes in order, gathered', async () => {
    const { platform, present, presence, session, told } = log();
    const a = session('a');
    present.push(a);
    presence.online(a);
    platform.comesBack();
    await jest.advanceTimersByTimeAsync(50);
    presence.offline(a);
    presence.online(a);
    await jest.advanceTimersByTimeAsync(50);
    expect(told()).toEqual([[true, '+a'], [false, '-a', '+a']]);
  });

  it('keeps changes that happen while a request is on its way', async () => {
    const { platform, presence, session, told } = log();
    let answer: () => void = () => undefined;
    platform.respond = () => new Promise((resolve) => {
      answer = () => resolve({ ok: true, value: {} });
    });
    platform.comesBack();
    await jest.advanceTimersByTimeAsync(50);
    presence.online(session('a'));
    await jest.advanceTimersByTimeAsync(50);
    expect(told()).toEqual([[true]]);
    answer();
    await jest.advanceTimersByTimeAsync(50);
    expect(told()).toEqual([[true], [false, '+a']]);
  });

  it('sends everyone anew after a change that was not taken', async () => {
    const { platform, present, presence, session, told } = log();
    platform.comesBack();
    await jest.advanceTimersByTimeAsync(50);
    platform.respond = () => ({ ok: false, why: 'away', status: null });
    const b = session('b');
    present.push(b);
    presence.online(b);
    await jest.advanceTimersByTimeAsync(50);
    platform.respond = () => ({ ok: true, value: {} });
    platform.comesBack();
    await jest.advanceTimersByTimeAsync(50);
    expect(told()).toEqual([[true], [false, '+b'], [true, '+b']]);
  });

  it('sends everyone anew by itself when the platform answered but did not take it', async () => {
    const { platform, present, presence, session, told } = log();
    platform.comesBack();
    await jest.advanceTimersByTimeAsync(50);
    platform.respond = () => ({ ok: false, why: 'failed', status: 500 });
    const b = session('b');
    present.push(b);
    presence.online(b);
    await jest.advanceTimersByTimeAsync(50);
    platform.respond = () => ({ ok: true, value: {} });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(told().at(-1)).toEqual([true, '+b']);
    expect(told().length).toBeLessThan(6);
  });
});
