import { z } from 'zod';
import { eventViewSchema, orderSchema, type EventView, type Order } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import { systemClock } from '../../cli/src';
import { actor, type Actor } from '../../scripted-day/src/actor';
import { StolenKeys } from '../../scripted-day/src/attacks/stolen-keys';
import { castOf, type Cast } from '../../scripted-day/src/cast';
import { makeSetting, type Setting } from '../../scripted-day/src/config';
import type { CardStart } from '../../scripted-day/src/figures';
import { bulletinDraft, noticeDraft, villageDraft } from '../../scripted-day/src/scripts';
import { Simulator, type Refusal } from '../../scripted-day/src/simulator';
import { approved, deliveriesOf, submitted, type Published } from '../../scripted-day/src/steps/publish';
import { until } from '../../scripted-day/src/until';
import { startSystem, type RunningSystem } from '../../supervisor/src/system';
import { sqlAs } from './sql';

export interface RangeSettings {
  /** The folder that holds the compiled apps/ and libs/. */
  readonly dist: string;
  readonly portOffset: number;
  /** Leaves the folder where it is. */
  readonly keep: boolean;
  readonly say: (line: string) => void;
  readonly until: Promise<void>;
}

/** A message that really went over the air, and its order as a thief reads it. */
export interface Aired {
  readonly published: Published;
  readonly order: Order;
  readonly targets: readonly string[];
}

const ASSIGNED_MS = 90_000;
const ONLINE_MS = 60_000;
const SOUNDS_MS = 60_000;
const AIRED_MS = 30_000;
const READ_MS = 15_000;
const DRAFT_WINDOW_MS = 3_600_000;

/** The running district, small, as the attacker and the witnesses reach it. What was aired by right is known to it; everything else that sounds is a success of the attacker. */
export class Range {
  private readonly actors = new Map<string, Actor>();
  private readonly aired = new Map<string, Pick<Aired, 'targets'>>();
  /** What terminals hold now and refuse later: it is no answer to anything else. */
  private readonly held = new Set<string>();
  readonly cast: Cast = castOf(true);

  private constructor(readonly setting: Setting, readonly system: RunningSystem, readonly simulator: Simulator, readonly keys: StolenKeys, readonly startedAt: number) {}

  static async open(setting: Setting, starting: Promise<RunningSystem>): Promise<Range> {
    const startedAt = systemClock.now();
    const system = await starting;
    const simulator = new Simulator(setting.cli);
    const range = new Range(setting, system, simulator, await StolenKeys.open(setting.cli), startedAt);
    await range.untilAllThere();
    const author = await range.actor(range.cast.district, range.cast.noticeAuthor);
    await until(SOUNDS_MS, async () => ((await author.context.api.get('/api/sounds', z.array(z.object({ role: z.string() }).loose()))).some(({ role }) => role === 'siren') ? true : undefined));
    return range;
  }

  async actor(platform: string, person: string): Promise<Actor> {
    const known = this.actors.get(person) ?? await actor(this.setting.cli, platform, person);
    this.actors.set(person, known);
    return known;
  }

  /** The district's red bulletin, two approvers: emergency, an hour's window. */
  async airBulletin(): Promise<Aired> {
    const { cast } = this;
    const author = await this.actor(cast.district, cast.bulletinAuthor);
    const approvers = [await this.actor(cast.district, cast.bulletinApprovers[0]), await this.actor(cast.district, cast.bulletinApprovers[1])];
    return this.air(await submitted(author, { ...await bulletinDraft(author, cast), repeats: 1 }), approvers);
  }

  /** A village's own message, one approver. */
  async airVillage(): Promise<Aired> {
    const { village } = this.cast;
    const [clerk, head] = [await this.actor(village, `${village}-clerk`), await this.actor(village, `${village}-head`)];
    return this.air(await this.submitVillage(clerk), [head]);
  }

  async submitVillage(clerk: Actor): Promise<Published> {
    return submitted(clerk, { ...await villageDraft(clerk, this.cast), notAfter: systemClock.now() + DRAFT_WINDOW_MS });
  }

  /** Everybody signs in anew: the sessions may be unknown to the server now. */
  forgetSessions(): void {
    this.actors.clear();
  }

  /** A notice of the district: one approver. */
  async airNotice(areas: readonly string[]): Promise<Aired> {
    return this.air(await this.submitNotice(areas), [await this.actor(this.cast.district, this.cast.noticeApprover)]);
  }

  async submitNotice(areas: readonly string[]): Promise<Published> {
    const author = await this.actor(this.cast.district, this.cast.noticeAuthor);
    return submitted(author, await noticeDraft(author, areas, 1, DRAFT_WINDOW_MS));
  }

  /** Approves it, waits until every terminal online has begun, and keeps its order. */
  async air(published: Published, approvers: readonly Actor[]): Promise<Aired> {
    await approved(published, approvers);
    const targets = (await deliveriesOf(published)).filter((row) => row.onlineAtDispatch).map((row) => row.terminal);
    // Known before it is waited for: what sounds late of it is no attack.
    const order = await this.orderOf(published);
    const aired = { published, order, targets };
    this.aired.set(published.digest, aired);
    const begun = await until(AIRED_MS, async () => {
      const cards = (await this.cards()).filter((card) => card.messageDigest === published.digest);
      return targets.length > 0 && targets.every((terminal) => cards.some((card) => card.terminal === terminal)) ? true : undefined;
    });
    if (begun !== true) throw new Error(`a genuine message did not sound at its ${targets.length} terminals`);
    return aired;
  }

  /** What somebody else aired by right. */
  allow(digest: string, targets: readonly string[]): void {
    this.aired.set(digest, { targets });
  }

  /** The order as it went over the air, read where a thief with the database would read it. */
  async orderOf(published: Published): Promise<Order> {
    return sqlAs(this.system.ownerDatabaseUrl, async (query) => {
      const [row] = await query<{ order_text: string }>('SELECT order_text FROM dispatch WHERE message = $1 ORDER BY issued_at LIMIT 1', [published.id]);
      return orderSchema.parse(JSON.parse(row?.order_text ?? 'null'));
    });
  }

  cards(since = this.startedAt): Promise<readonly CardStart[]> {
    return this.simulator.cards(since).then(({ starts }) => starts);
  }

  /** Everything that sounded since then and was not aired by right, at that terminal, once. */
  async soundedWrongly(since: number): Promise<readonly CardStart[]> {
    const seen = new Set<string>();
    const wrong: CardStart[] = [];
    for (const card of await this.cards()) {
      const name = `${card.terminal} ${card.messageDigest} ${card.repetition}`;
      const isGenuine = this.aired.get(card.messageDigest)?.targets.includes(card.terminal) === true && (!seen.has(name) || card.fromMs > 0);
      seen.add(name);
      if (!isGenuine && card.startedAt >= since) wrong.push(card);
    }
    return wrong;
  }

  /**
   * Hands a frame to these terminals as if it had come over their links, and gives what each refused it with; a terminal
   * that said nothing is missing. `mayBeSilent`: it need not be told of. Frames are judged in the order in which they come,
   * so one that no terminal passes over is sent after it: when that is refused, the first was read.
   */
  async inject(terminals: readonly string[], frame: unknown, mayBeSilent = false): Promise<ReadonlyMap<string, Refusal>> {
    const before = (await this.simulator.refusals(0)).length;
    const said = async (): Promise<readonly Refusal[]> => (await this.simulator.refusals(0)).slice(before).filter(({ terminal, subject }) => terminals.includes(terminal) && !this.held.has(subject ?? ''));
    await this.simulator.inject(terminals, frame);
    const marker = mayBeSilent ? { kind: 'no such kind', id: systemClock.uuid() } : undefined;
    if (marker !== undefined) await this.simulator.inject(terminals, marker);
    const last = marker === undefined ? undefined : sha256Hex(new TextEncoder().encode(JSON.stringify(marker)));
    const isRead = (lines: readonly Refusal[]): boolean => terminals.every((terminal) => lines.some((line) => line.terminal === terminal && (last === undefined || line.subject === last)));
    const all = await until(READ_MS, async () => {
      const lines = await said();
      return isRead(lines) ? lines : undefined;
    }, 50);
    if (all === undefined && last !== undefined) throw new Error('what was sent after it was not refused: the frame may not have arrived');
    return new Map((all ?? await said()).filter(({ subject }) => last === undefined || subject !== last).map((line) => [line.terminal, line]));
  }

  /** The same of what terminals hold for some seconds before they refuse it, by the payload's digest: `refused` is asked for when everything else was tried. */
  async injectHeld(terminals: readonly string[], frame: unknown, subject: string): Promise<{ readonly refused: () => Promise<ReadonlyMap<string, Refusal>> }> {
    this.held.add(subject);
    await this.simulator.inject(terminals, frame);
    const answers = async (): Promise<ReadonlyMap<string, Refusal>> => new Map((await this.simulator.refusals(0)).filter((line) => line.subject === subject && terminals.includes(line.terminal)).map((line) => [line.terminal, line]));
    return { refused: async () => await until(READ_MS, async () => {
      const all = await answers();
      return all.size === terminals.length ? all : undefined;
    }) ?? answers() };
  }

  /** Signed security events that the platform has taken since then. */
  async events(since: number): Promise<readonly EventView[]> {
    const officer = await this.actor(this.cast.district, this.cast.bulletinAuthor);
    return (await officer.context.api.get('/api/events?count=1000', z.array(eventViewSchema))).filter((event) => event.receivedAt >= since);
  }

  async untilAllThere(): Promise<void> {
    const { terminals } = await this.simulator.status();
    const there = await until(ASSIGNED_MS, async () => {
      const status = await this.simulator.status();
      return status.assigned === terminals && status.online === terminals ? status : undefined;
    });
    if (there === undefined) throw new Error('not every terminal was admitted and online');
  }

  async untilOnline(count: number): Promise<boolean> {
    return await until(ONLINE_MS, async () => ((await this.simulator.status()).online >= count ? true : undefined)) === true;
  }
}

/** A small district of its own for as long as `run` takes, removed afterwards. When `until` settles it is broken off. */
export async function withRange<T>({ dist, portOffset, keep, say, until: asked }: RangeSettings, run: (range: Range) => Promise<T>): Promise<T> {
  const setting = makeSetting(portOffset);
  const starting = startSystem({ config: setting.supervisor, dist, small: true, say: () => undefined, until: asked });
  try {
    return await Promise.race([Range.open(setting, starting).then(run), asked.then(() => { throw new Error('asked to stop'); })]);
  } finally {
    await (await starting.catch(() => undefined))?.stop();
    if (keep) say(`kept: ${setting.dir}`);
    else setting.remove();
  }
}
