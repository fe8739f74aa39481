import { WebSocketServer, type WebSocket } from 'ws';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIVE_PATH, LIVE_SUBPROTOCOL, liveSourceFrameSchema, type LiveServerFrame, type LiveSourceFrame } from '#libs/contracts';
import { frameLiveBlock } from '#libs/envelope';
import { judgeBlock, liveEndsAt, type BlockBefore, type LiveGrant } from '#libs/trust';

/**
 * The platform's side of the source link as a source meets it: takes the blocks of one grant by the rule of the
 * loudspeakers, on a district time that is not this machine's, and breaks off when a test wants it to.
 */
export class SourceDoor {
  /** Of every connection, in order. */
  readonly asked: Extract<LiveSourceFrame, { kind: 'speak' }>[] = [];
  readonly blocks: Uint8Array[] = [];
  readonly refused: string[] = [];
  /** When each block came, district Unix ms. */
  readonly arrived: number[] = [];
  isEnded = false;
  /** Asked with each `speak`: undefined gives the turn. */
  judge: () => Extract<LiveServerFrame, { kind: 'ended' }> | undefined = () => undefined;
  /** Before each block: what happens instead of taking it. */
  before: (seq: number) => 'cut' | 'stop' | undefined = () => undefined;
  /** Says nothing to what it takes. */
  isMute = false;
  private last: BlockBefore | null = null;
  private readonly server = new WebSocketServer({ noServer: true, handleProtocols: () => LIVE_SUBPROTOCOL });

  constructor(private readonly grantOf: () => LiveGrant, private readonly aheadMs = 40_000) {}

  now(): number {
    return performance.timeOrigin + performance.now() + this.aheadMs;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.url !== LIVE_PATH) socket.destroy();
    else this.server.handleUpgrade(request, socket, head, (opened) => { this.open(opened); });
  }

  forget(): void {
    this.asked.length = this.blocks.length = this.refused.length = this.arrived.length = 0;
    [this.isEnded, this.last, this.isMute, this.judge, this.before] = [false, null, false, () => undefined, () => undefined];
  }

  /** The record as the platform keeps it. */
  get record(): Uint8Array {
    return Buffer.concat(this.blocks.map((block) => frameLiveBlock(block)));
  }

  private open(socket: WebSocket): void {
    const say = (frame: LiveServerFrame): void => { socket.send(JSON.stringify(frame)); };
    socket.on('message', (bytes: Buffer, isBinary) => {
      if (isBinary) return this.take(bytes, socket, say);
      const frame = liveSourceFrameSchema.parse(JSON.parse(bytes.toString('utf8')));
      if (frame.kind === 'time') return say({ kind: 'time', t1: frame.t1, t2: this.now(), t3: this.now() });
      this.asked.push(frame);
      const no = this.judge();
      if (no !== undefined) return say(no);
      const grant = this.grantOf();
      say({ kind: 'ready', stream: grant.stream as never, nextSeq: (this.last?.seq ?? 0) + 1, startAt: grant.startAt, endsAt: liveEndsAt(grant) });
      say({ kind: 'heard', targeted: 3, listening: 3, proved: 2, behind: 0 });
    });
  }

  private take(bytes: Buffer, socket: WebSocket, say: (frame: LiveServerFrame) => void): void {
    const judged = judgeBlock(this.grantOf(), this.last, bytes, this.now());
    if (!judged.ok) {
      this.refused.push(judged.code);
      return say({ kind: 'refused-block', seq: null, code: judged.code });
    }
    const instead = this.before(judged.value.block.seq);
    if (instead === 'cut') return socket.terminate();
    if (instead === 'stop') return say({ kind: 'ended', code: 'LIVE_STOPPED', holder: null, until: null });
    this.last = judged.value.before;
    this.blocks.push(new Uint8Array(bytes));
    this.arrived.push(this.now());
    if (!this.isMute) say({ kind: 'taken', seq: judged.value.block.seq });
    if (!judged.value.block.end) return;
    this.isEnded = true;
    say({ kind: 'ended', code: 'LIVE_SAID', holder: null, until: null });
  }
}
