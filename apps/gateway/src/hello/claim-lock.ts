import { LIMITS } from '#libs/contracts';
import type { Clock } from '../clock';
import { GATEWAY_LIMITS } from '../limits';

const WITHIN_MS = 60_000;

/**
 * Guessing claim codes (threats T41): after so many refused ones from one address in a minute nobody there is answered
 * about codes, right or wrong, until the minute is over. Terminals that have enrolled say hello all the same.
 */
export class ClaimLock {
  /** Monotonic ms of the refused claims of the last minute, by network; the oldest network is forgotten first. */
  private readonly refused = new Map<string, readonly number[]>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  isShut(address: string): boolean {
    return this.lately(networkOf(address)).length >= LIMITS.claimTriesPerMinute;
  }

  wrong(address: string): void {
    const network = networkOf(address);
    const lately = [...this.lately(network), this.clock.monotonicMs()].slice(-LIMITS.claimTriesPerMinute);
    this.refused.delete(network);
    this.refused.set(network, lately);
    if (this.refused.size <= GATEWAY_LIMITS.claimNetworks) return;
    for (const oldest of this.refused.keys()) {
      this.refused.delete(oldest);
      return;
    }
  }

  private lately(network: string): readonly number[] {
    const since = this.clock.monotonicMs() - WITHIN_MS;
    return (this.refused.get(network) ?? []).filter((at) => at > since);
  }
}

/** Of IPv6 the /64, because whoever has one address there has them all. */
function networkOf(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (!v4.includes(':')) return v4;
  const [head = '', tail = ''] = v4.split('::');
  const left = head.split(':').filter((part) => part !== '');
  const right = tail.split(':').filter((part) => part !== '');
  const zeros = v4.includes('::') ? Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0') : [];
  return [...left, ...zeros, ...right].slice(0, 4).map((part) => part.replace(/^0+(?=.)/, '').toLowerCase()).join(':');
}
