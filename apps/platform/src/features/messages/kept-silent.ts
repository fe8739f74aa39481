import { Injectable } from '@nestjs/common';
import type { Consequence, Message, TerminalId, VolumeBand } from '#libs/contracts';
import { outOfQuietHours, quietFrom, silencedByIsolation, soundsAloud, volumeAt, type Isolation } from '#libs/domain';
import { quietHoursOf, tierOf, volumeHoursOf } from '#libs/trust';
import { Trust } from '../authority';
import { Terminals } from '../terminals';
import { Followers } from './followers';

/** Where a message would not sound, or not yet, or not all of it, or not as loud as it was approved. */
export interface Kept {
  /** Terminals where quiet hours put it off until then; null: its window has no room after them. */
  readonly quiet: ReadonlyMap<TerminalId, number | null>;
  /** Terminals where it begins in time and quiet hours begin before its last repetition: the first that is left out, Unix ms. */
  readonly cutShort: ReadonlyMap<TerminalId, number>;
  /** Terminals whose own platforms shut it out for now. */
  readonly isolated: ReadonlySet<TerminalId>;
  /** How many are isolated and play it all the same, because the root lets its class sound always. */
  readonly isolatedStill: number;
  /** The volume that class and hour leave it where it begins; the terminal's own ceiling is not in it. */
  readonly volume: ReadonlyMap<TerminalId, VolumeBand>;
}

/** By the rules of the terminals: quiet hours and volume bands of the rosters above each, and the isolations in force. */
@Injectable()
export class KeptSilent {
  constructor(
    private readonly trust: Trust,
    private readonly terminals: Terminals,
    private readonly followers: Followers,
  ) {}

  async run(message: Message, terminals: readonly TerminalId[], now: number): Promise<Kept> {
    const state = this.trust.state();
    const at = Math.max(now, message.notBefore);
    const tier = tierOf(state, message.platform);
    const isolations = await this.followers.isolations(at);
    const shutOut = (by: readonly Isolation[]): readonly TerminalId[] => (tier === undefined ? [] : terminals.filter((id) => {
      const chain = this.terminals.areasOf(id).map((area) => ({ id: area, parent: null }));
      return by.some((isolation) => silencedByIsolation({ class: message.class, mode: message.mode, tier }, isolation, chain, at));
    }));
    const isolated = new Set(shutOut(isolations));
    const closed = shutOut(isolations.map((isolation) => ({ ...isolation, except: [] })));
    const quiet = new Map<TerminalId, number | null>();
    const cutShort = new Map<TerminalId, number>();
    const volume = new Map<TerminalId, VolumeBand>();
    for (const id of soundsAloud(message.mode, message.drill) ? terminals.filter((one) => !isolated.has(one)) : []) {
      const platform = this.terminals.platformOf(id);
      const bands = platform === undefined ? [] : quietHoursOf(state, platform);
      const begins = outOfQuietHours(message.class, bands, at, message.notAfter);
      if (begins !== at) quiet.set(id, begins);
      if (begins === null) continue;
      const leftOut = quietFrom(message, bands, begins);
      if (leftOut !== undefined) cutShort.set(id, leftOut);
      volume.set(id, volumeAt({ class: message.class, band: message.volume, volumeHours: platform === undefined ? [] : volumeHoursOf(state, platform), at: begins }));
    }
    return { isolated, isolatedStill: closed.length - isolated.size, quiet, cutShort, volume };
  }
}

/** How many of each, the earliest first. */
export function countedByTime(times: readonly number[]): Consequence['postponed'] {
  return [...new Set(times)].sort((a, b) => a - b).map((until) => ({ until, terminals: times.filter((time) => time === until).length }));
}
