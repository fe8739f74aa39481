import { digestSchema, LIMITS, messageIdSchema, sessionKeySchema, type LiveBody, type MessageView } from '#libs/contracts';
import type { Signer } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { deviceSound, urlSound } from '../source/captured-sound';
import { fileSound } from '../source/file-sound';
import { approvedGrant, draftOfVoice, readGrantFile, release } from '../source/grant';
import { liveSocketTo } from '../source/live-socket';
import { makeSessionKey } from '../source/session-key';
import { sayVoice, type Said } from '../source/say-voice';
import type { Sound } from '../source/sound';
import { SourceLink, type Ready, type SourceEnd } from '../source/source-link';
import { openSigner } from '../signing';
import { draft, sayConsequence, submitSigned, type Drafted } from './compose';

const options = {
  for: { type: 'string' }, key: { type: 'string' }, 'passphrase-file': { type: 'string' }, permit: { type: 'string' }, go: { type: 'boolean' },
  delay: { type: 'string' }, seconds: { type: 'string' }, 'no-opening': { type: 'boolean' }, 'keep-silent-parts': { type: 'boolean' }, 'dry-run': { type: 'boolean' },
} as const;
/** A voice from a file may take this much longer than the file: it may have to wait for the platform. */
const SPARE_MS = 10_000;
/** So many answers to time probes are enough to begin with. */
const PROBES = 4;
const REACHED_WITHIN_MS = 10_000;

/** `source`: somebody's voice, or a sound of this machine, on the air while it is said. */
export const source: Command = {
  usage: `source mic [DEVICE] | line [DEVICE] | file FILE | url URL   --for GRANT_FILE --key KEY_FILE [--passphrase-file FILE]
      [--permit DIGEST] (else it waits for who must sign, then for Enter) [--go] (without Enter)
      [--delay MS] [--seconds N, at most] [--no-opening] [--keep-silent-parts] [--dry-run]`,
  does: 'a microphone, line, file or network stream as a living voice, with a key of its own; Ctrl-C ends it / 喊话：话筒、线路、文件或网络流',
  async run(args, context) {
    const { values, words: [kind = '', what] } = readArgs(args, options, { min: 1, max: 2, usage: this.usage });
    const misused = (sentence: string): CliError => new CliError('USAGE', `${sentence}\nUsage: ./clarion ${this.usage}`, EXIT.usage);
    if (values.for === undefined) throw misused('What is it about: --for GRANT_FILE');
    const permit = values.permit === undefined ? undefined : readWord(digestSchema, values.permit, 'is not a permit\'s digest; ./clarion permit ls', this.usage);
    if (permit !== undefined && values.go === true) throw misused('Under a permit it begins at once: --go says nothing more');
    const about = readGrantFile(values.for);
    const delayMs = whole(values.delay ?? '800', LIMITS.liveDelayMs.least, LIMITS.liveDelayMs.most);
    const asked = values.seconds === undefined ? undefined : whole(values.seconds, 1, LIMITS.liveMs / 1_000);
    if (delayMs === undefined || (values.seconds !== undefined && asked === undefined)) throw misused(`--delay takes ${LIMITS.liveDelayMs.least} to ${LIMITS.liveDelayMs.most} ms, --seconds 1 to ${LIMITS.liveMs / 1_000}`);
    const isDryRun = values['dry-run'] === true;
    if (!isDryRun && values.key === undefined) throw misused('Who signs: --key KEY_FILE');
    const isDevice = kind === 'mic' || kind === 'line';
    if (!isDevice && (!['file', 'url'].includes(kind) || what === undefined)) throw misused(`"${kind}" is no source; there are: mic, line, file FILE, url URL`);
    const sound = await soundOf(kind, what, context.config.agentEnvironment);
    const maxDurationMs = asked !== undefined ? asked * 1_000 : sound.durationMs === undefined ? LIMITS.liveMs : Math.min(LIMITS.liveMs, sound.durationMs + SPARE_MS);

    const session = await makeSessionKey();
    const live = { sessionKey: sessionKeySchema.parse(session.record), delayMs, maxDurationMs, opening: values['no-opening'] !== true };
    const { answer, ...drafted } = await draft(context, draftOfVoice(about, live, permit));
    sayConsequence(context, answer, drafted);
    if (isDryRun) {
      context.give(answer.consequence);
      return EXIT.ok;
    }
    const signer = await openSigner(context.config, values.key ?? '', values['passphrase-file']);
    const granted = permit === undefined ? await approvedGrant(context, drafted, signer) : undefined;
    return onAir(context, { drafted, granted, signer, go: values.go === true, seal: session.seal, sound, watchesSilence: kind !== 'file' && values['keep-silent-parts'] !== true });
  },
};

/** Nothing of it is read before it is on the air, but a file; whatever cannot be is refused before anything is signed. */
async function soundOf(kind: string, what: string | undefined, environment: Context['config']['agentEnvironment']): Promise<Sound> {
  switch (kind) {
    case 'file': return fileSound(what ?? '', environment);
    case 'url': return urlSound(what ?? '', environment);
    default: return deviceSound(kind === 'line' ? 'line' : 'mic', what ?? 'default', environment);
  }
}

interface OnAir {
  readonly drafted: Drafted;
  /** What everybody signed; undefined under a permit, where the author's signature puts it on the air. */
  readonly granted: MessageView | undefined;
  readonly signer: Signer;
  readonly go: boolean;
  readonly seal: Awaited<ReturnType<typeof makeSessionKey>>['seal'];
  readonly sound: Sound;
  readonly watchesSilence: boolean;
}

/** The way to the platform and its time stand before anything is dispatched. */
async function onAir(context: Context, { drafted, granted, signer, go, seal, sound, watchesSilence }: OnAir): Promise<number> {
  const { clock, config } = context;
  const { body } = drafted.read.message;
  if ('segments' in body) throw new CliError('PAYLOAD_DIFFERS', 'The grant holds no living voice; nothing was signed');
  const links: SourceLink[] = [];
  const stops: (() => void)[] = [];
  const connect = async (): Promise<SourceLink> => {
    links.splice(0).forEach((link) => { link.close(); });
    const link = new SourceLink(clock, liveSocketTo(config.apiUrl));
    links.push(link);
    await reached(context, link);
    return link;
  };
  const underPermit = async (): Promise<{ readonly view: MessageView; readonly prepared: SourceLink }> => {
    const prepared = await connect();
    return { view: await submitSigned(context, drafted, signer, false), prepared };
  };
  try {
    const { view, prepared: link } = granted === undefined ? await underPermit() : await release(context, granted, go, connect);
    link.speak(context.api.currentSession().token, messageIdSchema.parse(view.id));
    const ready = await turnOf(link);
    let isInterrupted = false;
    const forget = context.onInterrupt?.(() => {
      isInterrupted = true;
      sound.close();
    });
    stops.push(() => { sound.close(); }, () => { forget?.(); }, tell(context, link, sound));
    const said = await sayVoice({
      link, sound, live: body.live, ready, seal, clock, watchesSilence, isInterrupted: () => isInterrupted,
      warn: (line) => { context.warn?.(line); },
      press: () => context.questions?.press('') ?? Promise.resolve(false),
    });
    return outcome(context, link, ready, view, body.live, said);
  } finally {
    stops.forEach((stop) => { stop(); });
    context.questions?.leave();
    links.forEach((link) => { link.close(); });
  }
}

async function reached({ clock }: Context, link: SourceLink): Promise<void> {
  const until = clock.monotonic() + REACHED_WITHIN_MS;
  while (link.probesAnswered < PROBES && link.ended === undefined && clock.monotonic() < until) await Promise.race([link.changed(), clock.sleep(200)]);
  if (link.probesAnswered < PROBES) throw new CliError('UNREACHABLE', 'The platform does not answer on the way that voices take; nothing was said / 连接失败', EXIT.unreachable);
}

async function turnOf(link: SourceLink): Promise<Ready> {
  while (link.ready === undefined && link.ended === undefined) await link.changed();
  if (link.ready === undefined) throw endedBadly(link.ended);
  return link.ready;
}

/** One line a second, and at once what the speaker should know; what it returns ends that. A source that the platform ended says nothing more. */
function tell({ say, warn }: Context, link: SourceLink, sound: Sound): () => void {
  let seconds = 0;
  let preempted = '';
  const timer = setInterval(() => {
    seconds += 1;
    const { sentSeq, takenSeq, refused, refusal, heard, preempted: by } = link.told;
    say(`${String(seconds).padStart(4)} s  sent ${sentSeq}, taken ${takenSeq}${refused === 0 ? '' : `, refused ${refused} (${refusal ?? ''})`}${
      heard === undefined ? '' : `, heard by ${heard.proved} of ${heard.targeted}, ${heard.listening} listen, ${heard.behind} behind`}${link.isReady ? '' : '; connecting again / 正在重连'}`);
    const now = by === null ? '' : `! "${by.title}" (${by.holder}) has ${by.terminals} of the loudspeakers until ${new Date(by.until).toISOString()} / 被更高级别播发打断`;
    if (now !== preempted) warn?.(now === '' ? 'all loudspeakers are yours again / 已恢复' : now);
    preempted = now;
    if (link.ended !== undefined) sound.close();
  }, 1_000);
  return () => { clearInterval(timer); };
}

function outcome({ say, give }: Context, link: SourceLink, ready: Ready, view: MessageView, { delayMs }: LiveBody, { why, saidMs, isTaken }: Said): number {
  const { sentSeq, takenSeq, refused, heard } = link.told;
  if (why === 'ended' && link.ended?.code !== 'LIVE_OVER') throw endedBadly(link.ended);
  const isWhole = (why === 'said' || why === 'interrupted') && isTaken && refused === 0;
  say(`${WHY[why]}: ${(saidMs / 1000).toFixed(1)} s in ${sentSeq} blocks, ${takenSeq} taken, ${refused} refused${heard === undefined ? '' : `, heard by ${heard.proved} of ${heard.targeted}`}; the last word is heard ${delayMs} ms after it was said`);
  if (!isTaken) say('! its end did not arrive: the platform ends it by itself / 结束标志未送达');
  say(`./clarion watch ${view.id} follows it, ./clarion live export ${ready.stream} --to FOLDER keeps it`);
  give({ message: view.id, stream: ready.stream, why, saidMs, sent: sentSeq, taken: takenSeq, refused, heard: heard ?? null, isTaken });
  return isWhole ? EXIT.ok : EXIT.partial;
}

const WHY: Readonly<Record<Said['why'], string>> = {
  said: 'said / 已播完', over: 'cut at the grant\'s end / 到时截止', held: 'ended after silence / 静音结束', interrupted: 'ended by Ctrl-C / 已手动结束', ended: 'ended by the grant / 到时截止',
};

const ENDS: Readonly<Partial<Record<SourceEnd['code'], string>>> = {
  LIVE_AWAY: 'The platform heard nothing for too long and ended it', LIVE_STOPPED: 'It was stopped or withdrawn / 已被停播', LIVE_BLOCKS_REFUSED: 'Too many of its blocks were refused',
  LIVE_TAKEN: 'Somebody else speaks there', LIVE_UNKNOWN: 'The platform does not know the grant', LIVE_NOT_YOURS: 'The grant is somebody else\'s', LIVE_NOT_DISPATCHED: 'The grant is not dispatched',
  LIVE_REPLACED: 'The same voice was taken up elsewhere', LIVE_AUTH: 'You are not signed in any more, or may not speak', LINK_LOST: 'The platform was not reached for 20 s / 连接中断',
};

function endedBadly(end: SourceEnd | undefined): CliError {
  const code = end?.code ?? 'LINK_LOST';
  const who = end === undefined || end.holder === null ? '' : `: ${end.holder}${end.until === null ? '' : `, until ${new Date(end.until).toISOString()} at most`}`;
  return new CliError(code, `${ENDS[code] ?? 'The platform ended it'}${who}`, code === 'LINK_LOST' || code === 'LIVE_SHUTDOWN' ? EXIT.unreachable : EXIT.refused);
}

function whole(word: string, least: number, most: number): number | undefined {
  const number = /^\d{1,6}$/.test(word) ? Number(word) : NaN;
  return number >= least && number <= most ? number : undefined;
}
