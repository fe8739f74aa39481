import type { RawData, WebSocket } from 'ws';
import { liveSourceFrameSchema, type LiveEnd, type LiveServerFrame, type LiveSourceFrame } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Log } from '../../kernel/log';
import { mayDo, type Permission, type Principal, type Sessions } from '../access';
import type { BeginVoice } from './begin-voice';
import { FrameBudget } from './frame-budget';
import type { TakeBlock } from './take-block';
import type { Voice, VoiceSource } from './voice';

/** Ten blocks and one probe a second, twenty probes in the first two, and ten seconds of blocks at once after a broken connection. */
const FRAMES_PER_SECOND = 100;
const FRAMES_AT_ONCE = 300;
/** `taken` comes no more often than this. */
const TAKEN_EVERY_MS = 200;
/** Somebody may come, probe the time and wait for those who must sign; then he speaks or makes room. */
const SILENT_MS = 120_000;
const RECHECK_MS = 2_000;
const PERMISSION: Permission = 'live:speak';

export interface SourceDesk {
  readonly clock: Clock;
  readonly log: Log;
  readonly sessions: Sessions;
  readonly beginVoice: BeginVoice;
  readonly takeBlock: TakeBlock;
}

/** One connection of a source (libs/contracts `live-link`): says who he is, speaks, and hears what becomes of it. Whatever is no frame of it ends it with LIVE_SHAPE. */
export class SourceConnection implements VoiceSource {
  private readonly budget: FrameBudget;
  private readonly silence: NodeJS.Timeout;
  private phase: 'new' | 'asking' | 'speaking' | 'ended' = 'new';
  private voice: Voice | undefined;
  private token = '';
  private account = '';
  private takenSeq = 0;
  private toldSeq = 0;
  private telling: NodeJS.Timeout | undefined;
  private checkedAt = 0;
  private hasSpoken = false;

  constructor(private readonly socket: WebSocket, private readonly desk: SourceDesk) {
    this.budget = new FrameBudget(() => desk.clock.monotonicMs(), FRAMES_PER_SECOND, FRAMES_AT_ONCE);
    this.silence = setTimeout(() => this.end('LIVE_SHAPE'), SILENT_MS);
    this.silence.unref();
    socket.on('error', () => undefined);
    socket.on('close', () => this.gone());
    socket.on('message', (bytes, isBinary) => this.take(bytes, isBinary));
  }

  /** Whoever has not asked to speak yet, or waits behind who does, gives way at a full door. */
  get mayMakeRoom(): boolean {
    return this.phase === 'new' || this.phase === 'ended' || (this.phase === 'speaking' && this.voice?.source !== this);
  }

  send(frame: LiveServerFrame): void {
    if (this.phase !== 'ended') this.socket.send(JSON.stringify(frame));
  }

  end(code: LiveEnd, holder: string | null = null, until: number | null = null): void {
    if (this.phase === 'ended') return;
    this.tellTaken();
    this.send({ kind: 'ended', code, holder, until });
    this.phase = 'ended';
    this.socket.close(1000, code);
    this.gone();
  }

  async mayGoOn(): Promise<boolean> {
    const now = this.desk.clock.monotonicMs();
    if (now - this.checkedAt < RECHECK_MS) return true;
    this.checkedAt = now;
    // Who speaks sits at his desk; a page that is merely open does not keep its session.
    const attended = this.hasSpoken;
    this.hasSpoken = false;
    return (await this.principal(attended))?.account === this.account;
  }

  private take(bytes: RawData, isBinary: boolean): void {
    const arrivedAt = this.desk.clock.now();
    if (this.phase === 'ended') return;
    if (!this.budget.take() || !Buffer.isBuffer(bytes)) return this.end('LIVE_SHAPE');
    this.voice?.hearOf(this, this.desk.clock.monotonicMs());
    if (isBinary) return this.block(bytes);
    const frame = frameIn(bytes);
    if (frame?.kind === 'time') return this.send({ kind: 'time', t1: frame.t1, t2: arrivedAt, t3: this.desk.clock.now() });
    if (frame === undefined || this.phase !== 'new') return this.end('LIVE_SHAPE');
    this.phase = 'asking';
    clearTimeout(this.silence);
    void this.speak(frame).catch((cause: unknown) => {
      this.desk.log.warn('streaming.speak-failed', { message: frame.message }, cause);
      this.end('LIVE_SHUTDOWN');
    });
  }

  private async speak({ token, message }: Extract<LiveSourceFrame, { kind: 'speak' }>): Promise<void> {
    this.token = token;
    this.checkedAt = this.desk.clock.monotonicMs();
    const principal = await this.principal(true);
    if (principal === null) return this.end('LIVE_AUTH');
    this.account = principal.account;
    const voice = await this.desk.beginVoice.run(principal, message, this);
    if ('code' in voice) return this.end(voice.code);
    if (!this.isOpen()) return voice.leave(this);
    this.voice = voice;
    this.phase = 'speaking';
    this.takenSeq = this.toldSeq = voice.lastSeq;
    const { stream, grant, endsAt } = voice.facts;
    this.send({ kind: 'ready', stream, nextSeq: voice.lastSeq + 1, startAt: grant.startAt, endsAt });
  }

  private async principal(attended: boolean): Promise<Principal | null> {
    const principal = await this.desk.sessions.authenticate(this.token, attended ? 'attended' : 'unattended');
    return principal !== null && mayDo(principal, PERMISSION) ? principal : null;
  }

  private block(bytes: Buffer): void {
    const { voice } = this;
    if (voice === undefined) return this.end('LIVE_SHAPE');
    this.hasSpoken = true;
    void this.desk.takeBlock.run(voice, this, bytes, (seq) => this.taken(seq)).catch((cause: unknown) => this.desk.log.error('streaming.take-failed', { stream: voice.facts.stream }, cause));
  }

  private taken(seq: number): void {
    this.takenSeq = Math.max(this.takenSeq, seq);
    this.telling ??= setTimeout(() => this.tellTaken(), TAKEN_EVERY_MS);
  }

  private tellTaken(): void {
    clearTimeout(this.telling);
    this.telling = undefined;
    if (this.takenSeq === this.toldSeq) return;
    this.toldSeq = this.takenSeq;
    this.send({ kind: 'taken', seq: this.takenSeq });
  }

  private gone(): void {
    this.phase = 'ended';
    clearTimeout(this.silence);
    clearTimeout(this.telling);
    this.voice?.leave(this);
    this.voice = undefined;
  }

  private isOpen(): boolean {
    return this.phase === 'asking';
  }
}

function frameIn(bytes: Buffer): LiveSourceFrame | undefined {
  try {
    const parsed = liveSourceFrameSchema.safeParse(JSON.parse(bytes.toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
