import { messageIdSchema, streamIdSchema, type LiveServerFrame } from '#libs/contracts';
import { createSourceLink, type SourceLink, type WireEvents } from '../../../../../../apps/console/src/sign/live/source-link';

const MESSAGE = messageIdSchema.parse('01963c4e-5f00-7000-8000-000000000001');
const SPEAK = { token: 'a token of this run', message: MESSAGE };
const READY_FRAME = { kind: 'ready', stream: streamIdSchema.parse('ab'.repeat(16)), nextSeq: 1, startAt: 1_793_000_000_000, endsAt: 1_793_000_060_000 } as const;
/** The platform's clock minus the page's, and each way, ms. */
const OFFSET = 1_793_000_000_000;
const WAY = 30;

/** A platform at the other end of each connection: answers time probes, remembers the rest. */
class Platform {
  readonly said: unknown[] = [];
  readonly blocks: Uint8Array[] = [];
  readonly wires: WireEvents[] = [];
  answersTime = true;
  opens = true;
  private now = 0;

  readonly monotonic = (): number => this.now;
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.now += 10;
      await jest.advanceTimersByTimeAsync(10);
    }
  }
  open = (events: WireEvents): { send(frame: string | Uint8Array): void; close(): void } => {
    this.wires.push(events);
    if (this.opens) setTimeout(events.opened, WAY);
    else setTimeout(events.closed, WAY);
    return { send: (frame) => this.take(frame, events), close: () => undefined };
  };
  tell(frame: LiveServerFrame | string): void {
    this.wires.at(-1)?.text(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }
  private take(frame: string | Uint8Array, { text }: WireEvents): void {
    if (typeof frame !== 'string') return void this.blocks.push(frame);
    const read = JSON.parse(frame);
    if (read.kind !== 'time') return void this.said.push(read);
    const at = this.now + WAY + OFFSET;
    if (this.answersTime) setTimeout(() => text(JSON.stringify({ kind: 'time', t1: read.t1, t2: at, t3: at })), 2 * WAY);
  }
}

describe('the source link of the page', () => {
  let platform: Platform;
  let link: SourceLink;
  let frames: LiveServerFrame[];
  let told: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    platform = new Platform();
    [frames, told] = [[], []];
    link = createSourceLink(platform.open, platform.monotonic, { frame: (frame) => frames.push(frame), lost: () => told.push('lost'), retries: () => told.push('retries') });
  });
  afterEach(() => {
    link.close();
    jest.useRealTimers();
  });

  it('knows the district\'s time before anybody speaks', async () => {
    expect(link.districtAt(platform.monotonic())).toBeUndefined();
    await platform.pass(500);
    expect(link.districtAt(platform.monotonic())).toBeCloseTo(platform.monotonic() + OFFSET, 0);
    expect(platform.said).toEqual([]);
  });

  it('speaks first of all on every connection, and sends blocks only where the platform is ready for them', async () => {
    link.speak(SPEAK);
    await platform.pass(200);
    link.send(Uint8Array.of(1));
    platform.tell(READY_FRAME);
    link.send(Uint8Array.of(2));
    platform.wires[0]?.closed();
    link.send(Uint8Array.of(3));
    expect([link.isReady(), told]).toEqual([false, ['lost']]);
    await platform.pass(1_500);
    expect(told).toEqual(['lost', 'retries']);
    expect(platform.said).toEqual([{ kind: 'speak', ...SPEAK }, { kind: 'speak', ...SPEAK }]);
    platform.tell({ ...READY_FRAME, nextSeq: 2 });
    link.send(Uint8Array.of(4));
    expect(platform.blocks.map(([first]) => first)).toEqual([2, 4]);
    expect(frames.map((frame) => (frame.kind === 'ready' ? frame.nextSeq : frame.kind))).toEqual([1, 2]);
  });

  it('counts a connection on which nothing comes back as broken, and tries each second while it fails', async () => {
    await platform.pass(300);
    platform.answersTime = false;
    platform.opens = false;
    await platform.pass(7_500);
    expect(told.filter((one) => one === 'retries').length).toBeGreaterThanOrEqual(2);
    [platform.opens, platform.answersTime] = [true, true];
    await platform.pass(1_500);
    const before = told.length;
    await platform.pass(5_000);
    expect(told.length).toBe(before);
  });

  it('knows after two seconds that nothing comes back, before it gives the connection up', async () => {
    await platform.pass(3_000);
    expect(link.isSilent()).toBe(false);
    platform.answersTime = false;
    await platform.pass(3_000);
    expect([link.isSilent(), told]).toEqual([true, []]);
    platform.answersTime = true;
    await platform.pass(1_100);
    expect([link.isSilent(), told]).toEqual([false, []]);
  });

  it('hears nothing more of a connection that was given up, and nothing that is no frame', async () => {
    await platform.pass(100);
    const [first] = platform.wires;
    first?.closed();
    await platform.pass(1_500);
    first?.text(JSON.stringify(READY_FRAME));
    for (const bad of ['', '{', '[]', '{"kind":"ready"}', JSON.stringify({ ...READY_FRAME, more: 1 })]) platform.tell(bad);
    expect([frames, link.isReady()]).toEqual([[], false]);
  });

  it('does not connect again after the platform has ended it', async () => {
    await platform.pass(100);
    platform.tell({ kind: 'ended', code: 'LIVE_STOPPED', holder: null, until: null });
    platform.wires[0]?.closed();
    await platform.pass(5_000);
    expect([told, platform.wires.length, frames.map(({ kind }) => kind)]).toEqual([[], 1, ['ended']]);
  });
});
