import { spawn } from 'node:child_process';
import type { Clock } from './clock';

export interface ServiceManager {
  /** NOTIFY_SOCKET is set: systemd started us with Type=notify. */
  readonly listens: boolean;
  /** WATCHDOG_USEC; null when nobody watches. */
  readonly watchdogUs: number | null;
}

/**
 * Tells systemd that we are ready, and then, as long as this process answers its own timers, that we are alive. Node has
 * no datagram sockets of the Unix kind, so systemd's own `systemd-notify` speaks for us (NotifyAccess=all).
 */
export function tellServiceManager({ listens, watchdogUs }: ServiceManager, clock: Clock, onFault: (cause: Error) => void): void {
  if (!listens) return;
  const say = (word: string) => {
    spawn('systemd-notify', [word], { stdio: 'ignore' }).on('error', onFault);
  };
  say('--ready');
  if (watchdogUs === null) return;
  const everyMs = watchdogUs / 3_000;
  const again = () => {
    say('WATCHDOG=1');
    clock.setTimer(everyMs, again);
  };
  clock.setTimer(everyMs, again);
}
