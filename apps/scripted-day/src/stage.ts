import { z } from 'zod';
import { terminalViewSchema, type TerminalView } from '#libs/contracts';
import type { CliConfig } from '../../cli/src';
import type { RunningSystem } from '../../supervisor/src/system';
import { actor, type Actor } from './actor';
import type { Cast } from './cast';
import type { Checks } from './checks';
import type { CardStart } from './figures';
import type { Heard } from './heard';
import type { Pace } from './pace';
import type { Simulator } from './simulator';
import type { Published } from './steps/publish';

/** Everything a step of the day works with. */
export class Stage {
  /** Every message of the day, with the terminals that it targeted and when it was stopped. */
  readonly messages = new Map<string, { readonly published: Published; readonly targets: ReadonlySet<string>; readonly notAfter: number; stoppedAt: number | null }>();
  private readonly actors = new Map<string, Actor>();

  constructor(
    readonly config: CliConfig,
    readonly cast: Cast,
    readonly pace: Pace,
    readonly system: RunningSystem,
    readonly simulator: Simulator,
    readonly checks: Checks,
    readonly startedAt: number,
    readonly heldOffline: readonly string[],
    readonly heard: Heard,
    readonly say: (line: string) => void,
  ) {}

  async actor(platform: string, person: string): Promise<Actor> {
    const known = this.actors.get(person);
    if (known !== undefined) return known;
    const made = await actor(this.config, platform, person);
    this.actors.set(person, made);
    return made;
  }

  async cards(): Promise<readonly CardStart[]> {
    return (await this.simulator.cards(this.startedAt)).starts;
  }

  /** Terminals that stand in an area or below it. */
  async terminalsIn(area: string): Promise<readonly TerminalView[]> {
    const author = await this.actor(this.cast.district, this.cast.noticeAuthor);
    const terminals = await author.context.api.get('/api/terminals', z.array(terminalViewSchema));
    return terminals.filter((terminal) => terminal.area === area || terminal.area.startsWith(`${area}-`));
  }

  remember(published: Published, targets: readonly string[]): void {
    this.messages.set(published.digest, { published, targets: new Set(targets), notAfter: published.view.notAfter, stoppedAt: null });
  }
}
