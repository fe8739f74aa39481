import { envelopeSchema, type ExchangeRequest, type MessageClass } from '#libs/contracts';
import { tone } from '../../../../tests/support/terminal-agent/fake-media';
import { orderOf } from '../../../../tests/support/terminal-agent/orders';
import { Weather } from '../../../../tests/support/terminal-agent/weather';
import type { World } from '../../../../tests/support/trust-builder';
import { WithheldNews } from '../../../platform/src/features/delivery/withheld-news';
import { PresenceBoard } from '../../../platform/src/features/terminals/presence';
import type { Family, Scene } from '../attack';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** What the card takes to sound a short order; also until a link that was quiet for a day is there again. */
const A_MOMENT_MS = 15 * SECOND;
const SMALL = 10;
const SIREN = tone(700, 2_000, 'siren');

/** How the one in between keeps the signed time away, and what the platform then knows. */
const WAYS = [
  ['every packet swallowed', 'offline'], ['the line cut', 'offline'], ['answers without their beacon', 'withheld-news'], ['one old beacon for ever', 'withheld-news'], ['a stranger\'s beacon', 'withheld-news'],
] as const;
type Way = (typeof WAYS)[number][0];

/**
 * Revocations and time are kept away from a terminal (T32): within minutes it and the platform say so, after a day nothing
 * begins that is not urgent, after thirty days nothing at all; with the next beacon all is as before.
 */
export const WITHHELD_NEWS: Family = {
  family: 'news withheld by the one in between', threat: 'T32', where: 'agent',
  run: async (scene) => {
    // A thin run takes one of each kind.
    for (const [way, word] of scene.thin > SMALL ? WAYS.slice(1, 3) : WAYS) await withheld(scene, way, word);
  },
};

async function withheld({ lab, tally }: Scene, way: Way, word: string): Promise<void> {
  const path = await Path.open(lab.world);
  const { weather } = path;
  const state = (): string => weather.terminal.agent.health().state;
  await weather.move(MINUTE);
  tally.control(`${way}: before it the terminal is ready, and nobody is told of anything`, state() === 'ready' && path.known() === 'nothing');
  await path.take(way);
  // Where no packet passes, nothing comes that could sound, and nothing happens but that time goes by.
  const passes = word === 'withheld-news';
  await weather.move(2 * MINUTE);
  if (passes) await weather.move(7 * MINUTE);
  else weather.truth.jump(7 * MINUTE);
  tally.control(`${way}: nine minutes change nothing at the terminal`, state() === 'ready');
  await weather.move(2 * MINUTE);
  tally.judged(`${way}: the terminal, eleven minutes on`, state(), ['degraded']);
  tally.judged(`${way}: what the platform knows by then`, path.known(), [word]);
  if (passes) tally.control(`${way}: a notice still sounds`, await path.sounds('notice') === 'play');
  weather.truth.jump(DAY);
  tally.judged(`${way}: the terminal after a day`, state(), ['emergency-only']);
  for (const kind of passes ? ['notice', 'governance', 'daily'] as const : []) tally.judged(`${way}: ${kind} after a day`, await path.sounds(kind), ['REJ_TIME_STALE']);
  for (const kind of passes ? ['advisory', 'emergency'] as const : []) tally.admitted(`after a day without news ${kind} sounds, by the persons that the policy asks`, await path.sounds(kind) === 'play');
  weather.truth.jump(30 * DAY);
  tally.judged(`${way}: the terminal after a month`, state(), ['silent']);
  for (const kind of passes ? ['notice', 'advisory', 'emergency'] as const : []) tally.judged(`${way}: ${kind} after a month`, await path.sounds(kind), ['REJ_TIME_STALE']);
  path.leave();
  await weather.move(MINUTE);
  tally.control(`${way}: with news again it is ready, and a notice sounds`, state() === 'ready' && await path.sounds('notice') === 'play');
}

/** The path between a terminal and its platform, with what the platform makes of what comes through. */
class Path {
  private way: Way | undefined;
  private readonly board = new PresenceBoard();
  private readonly news = new WithheldNews();
  private isWithheld = false;

  private constructor(readonly weather: Weather, private readonly old: ReturnType<typeof envelopeSchema.parse>, private readonly foreign: ReturnType<typeof envelopeSchema.parse>) {
    const { link } = weather.terminal;
    const [sent, connected] = [link.onSent, link.onConnect];
    link.onConnect = () => { if (this.way !== 'every packet swallowed') connected?.(); };
    link.onSent = (frame) => {
      if (this.way === 'every packet swallowed') return;
      if (frame.kind === 'exchange') this.hear(frame);
      if (frame.kind !== 'exchange' || this.way === undefined) sent?.(frame);
      else weather.deliverNow({ kind: 'exchange', beacon: this.beaconFor(this.way), documents: [], stops: [], isolates: [], orders: [] });
    };
  }

  static async open(world: World): Promise<Path> {
    const weather = await Weather.open(world, 1);
    weather.terminal.media.put(SIREN);
    const at = Math.floor(weather.truth.now());
    const quiet = { terminal: null, nonce: null, counter: null };
    const [old, foreign] = [await world.beacon('d', { set: { at, ...quiet } }), await world.beacon('d', { by: [world.stranger.signer], set: { at: at + 400 * DAY, ...quiet } })];
    return new Path(weather, envelopeSchema.parse(old), envelopeSchema.parse(foreign));
  }

  async take(way: Way): Promise<void> {
    this.way = way;
    if (way === 'the line cut') this.weather.disconnect();
    await this.weather.move(1);
  }

  leave(): void {
    this.way = undefined;
    this.weather.terminal.link.up = true;
    // What hung in the attacker's hands breaks off.
    this.weather.terminal.link.cut();
  }

  /** `offline`, `withheld-news` or `nothing`. */
  known(): string {
    if (this.isWithheld) return 'withheld-news';
    this.board.sweep(this.weather.truth.now());
    return this.board.online().has(this.weather.terminal.id) ? 'nothing' : 'offline';
  }

  /** A genuine order of now, which the one in between lets through: `play`, or the code that refused it. */
  async sounds(kind: MessageClass): Promise<string> {
    const { weather } = this;
    const { terminal } = weather;
    await weather.move(A_MOMENT_MS);
    const now = Math.floor(weather.truth.now());
    const window = { notBefore: now - SECOND, notAfter: now + HOUR };
    const body = { segments: [{ ...SIREN.segment, role: kind === 'emergency' ? 'siren' as const : 'chime' as const }] };
    const { order, dispatchId } = await orderOf(weather.world, 't1', [SIREN], { startAt: now + 700, repeats: 1, message: { class: kind, issuedAt: now - SECOND, body, ...window }, dispatch: { issuedAt: now, ...window } });
    const refused = terminal.refused.length;
    await terminal.order(order);
    await weather.move(A_MOMENT_MS);
    return terminal.starts().some(({ job }) => job.dispatchId === dispatchId) ? 'play' : terminal.refused[refused]?.code ?? 'nothing said';
  }

  /** What the platform does with each exchange: it answers with a beacon, whatever becomes of that on its way. */
  private hear({ health }: ExchangeRequest): void {
    const { id } = this.weather.terminal;
    const now = this.weather.truth.now();
    this.board.heard([id], now);
    if (this.news.heard(id, health.state, true, now)) this.isWithheld = true;
  }

  private beaconFor(way: Way): typeof this.old | null {
    if (way === 'one old beacon for ever') return this.old;
    return way === 'a stranger\'s beacon' ? this.foreign : null;
  }
}
