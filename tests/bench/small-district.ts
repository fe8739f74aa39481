import path from 'node:path';
import { systemClock } from '../../apps/cli/src';
import { actor, type Actor } from '../../apps/scripted-day/src/actor';
import { makeSetting, type Setting } from '../../apps/scripted-day/src/config';
import { Simulator } from '../../apps/scripted-day/src/simulator';
import { until } from '../../apps/scripted-day/src/until';
import { startSystem, type RunningSystem } from '../../apps/supervisor/src/system';

/** Beside a demo, a scripted day and the tests. */
const PORT_OFFSET = 16_000;
const DIST = path.resolve(__dirname, '../..');
const ONLINE_WITHIN_MS = 60_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const INTERRUPTED = 130;

/** The demo's small district with all its processes, on ports and in a folder of its own: one township, four villages, twelve loudspeakers, all of which decode. */
export class SmallDistrict {
  private readonly actors = new Map<string, Promise<Actor>>();
  private closing: Promise<void> | undefined;

  private constructor(readonly setting: Setting, readonly system: RunningSystem, readonly simulator: Simulator) {}

  static async open(): Promise<SmallDistrict> {
    const setting = makeSetting(PORT_OFFSET);
    let system: RunningSystem | undefined;
    const interrupted = new Promise<void>((resolve) => { for (const name of SIGNALS) process.once(name, () => { resolve(); }); });
    try {
      system = await startSystem({ config: setting.supervisor, dist: DIST, small: true, until: interrupted });
      const simulator = new Simulator(setting.cli);
      const isWhole = async (): Promise<true | undefined> => {
        const { terminals, assigned, online } = await simulator.status();
        return terminals > 0 && assigned === terminals && online === terminals ? true : undefined;
      };
      if (await until(ONLINE_WITHIN_MS, isWhole) === undefined) throw new Error('not every loudspeaker came');
      const district = new SmallDistrict(setting, system, simulator);
      // Its processes would go on without whoever started them.
      void interrupted.then(() => district.close()).finally(() => process.exit(INTERRUPTED));
      return district;
    } catch (cause) {
      await system?.stop();
      setting.remove();
      throw cause;
    }
  }

  actor(platform: string, person: string): Promise<Actor> {
    const made = this.actors.get(person) ?? actor(this.setting.cli, platform, person);
    this.actors.set(person, made);
    return made;
  }

  now(): number {
    return systemClock.now();
  }

  close(): Promise<void> {
    this.closing ??= this.system.stop().finally(() => { this.setting.remove(); });
    return this.closing;
  }
}
