import { envelopeSchema } from '#libs/contracts';
import { encodeLiveBlock, sealLiveBlock, type Envelope } from '#libs/envelope';
import { attack, type AttackScene } from '../../../../tests/support/block-attacks';
import { grantFor, sessionKey, speak, type SessionKey, type SpokenBlock } from '../../../../tests/support/live-speaker';
import { nameOf, namesOf, Speaking } from '../../../../tests/support/terminal-agent/speaking';
import type { TestTerminal } from '../../../../tests/support/terminal-agent/test-terminal';
import type { Family, Scene } from '../attack';
import { Bay } from '../bay';

const SECOND = 1_000;
/** A genuine voice may be silent so long because of an attack (facts G15). */
const GLITCH_MS = 200;
const BLOCKS = 40;
const VOICES = 8;
const VOICES_WHOLE = 80;
/** Forged blocks before each genuine one; the last is a flood. */
const CROWDS = [1, 5, 30, 100] as const;
const LEASE_MS = 5 * SECOND;
/** Until the card has fallen silent. */
const FADE_MS = 100;

/**
 * Whole terminals that hear a living voice, and somebody on the way who adds blocks of his own, up to a hundred for each
 * genuine one, brings yesterday's voice, mixes up the order, or keeps a voice alive that nobody leases (T34 to T36, T38, T57).
 * Counted is what the card sounds; the genuine voice must go on.
 */
export const LIVE_VOICES: Family = {
  family: 'a living voice at whole terminals', threat: 'T34 T35 T36 T38 T57', where: 'agent',
  run: async (scene) => {
    const bay = new Bay(scene.lab.world);
    const voices = scene.whole ? VOICES_WHOLE : Math.max(1, Math.floor(VOICES / scene.thin));
    for (let n = 0; n < voices; n += 1) for (const crowd of CROWDS.slice(0, scene.thin > 1 ? 2 : CROWDS.length)) await amongForged(scene, bay, crowd);
    await yesterdays(scene, bay);
    for (let n = 0; n < Math.max(1, Math.floor(5 / scene.thin)); n += 1) await outOfOrder(scene, bay);
    await keptAlive(scene, bay);
  },
};

async function amongForged({ tally, random }: Scene, bay: Bay, crowd: number): Promise<void> {
  const terminal = await bay.ready({ seed: 1 + random.int(1_000), skew: { ppm: random.int(160) - 80, offsetMs: random.int(10_000) - 5_000 } });
  const voice = await Speaking.begin(bay.world, terminal);
  const others = beside(voice, random);
  const tried: string[] = [];
  const own = await signedByTerminal(bay, voice);
  await voice.say(BLOCKS, ({ block: { seq }, bytes }) => {
    // Before its first block is taken, what the holder of the key says besides is the voice.
    if (seq === 1) return [bytes];
    const scene: AttackScene = { ...others, grant: voice.grant, key: voice.key, genuine: voice.blocks, taken: seq - 1, now: terminal.truth.now() };
    // A terminal's clock is its own: what is kept back or sent ahead comes then, which the judge alone is asked.
    const forged = Array.from({ length: crowd }, () => attack(scene, random)).filter(({ now }) => now === scene.now);
    tried.push(...forged.map(({ name }) => name), 'signed with the terminal\'s own key');
    return [...forged.map((one) => one.bytes), own, bytes];
  });
  await ended(voice);
  const all = soundOf(terminal);
  const isWhole = all.join() === namesOf(1, BLOCKS).join();
  const proof = terminal.receipts().at(-1)?.live;
  for (const name of tried) tally.judged(`${name}, ${crowd} for each genuine block`, isWhole && proof?.blocks === BLOCKS + 1 ? 'silent' : 'play', ['silent']);
  tally.control(`the genuine voice goes on among ${crowd} forged blocks for each of its own, silent for ${Math.round(longestGap(terminal))} ms at most`, isWhole && longestGap(terminal) < GLITCH_MS);
  tally.control('they are told of', terminal.events().some(({ code }) => code === 'REJ_SIGNATURE'));
}

/** Other voices at the same time: another grant's, the same key's under another grant, and a second one under this very grant. */
function beside({ grant, key, startAt }: Speaking, random: Scene['random']): Pick<AttackScene, 'other' | 'otherKey' | 'twin' | 'second'> {
  const otherKey = sessionKey();
  const spoken = (stream: string, by: SessionKey): SpokenBlock[] => speak({ ...grant, stream, startAt }, by, BLOCKS + 2, random);
  return { otherKey, other: spoken(grantFor('other', otherKey).stream, otherKey), twin: spoken(grantFor('twin', key).stream, key), second: spoken(grant.stream, key) };
}

async function signedByTerminal({ world }: Bay, { grant, startAt }: Speaking): Promise<Uint8Array> {
  const signed = encodeLiveBlock({ end: false, stream: grant.stream, seq: 9_999, capturedAt: (startAt + 2 * SECOND) * 1_000, previous: '0'.repeat(32), packets: [Uint8Array.of(1)] });
  return sealLiveBlock(signed, await world.device.signer.sign(signed));
}

/** A voice that was recorded is brought again in today's: the same one, and one of the same key. */
async function yesterdays({ tally }: Scene, bay: Bay): Promise<void> {
  const terminal = await bay.ready();
  const first = await Speaking.begin(bay.world, terminal);
  await first.say(BLOCKS);
  await ended(first);
  const recorded = first.blocks.map(({ bytes }) => bytes);
  const before = soundOf(terminal).length;
  for (const bytes of recorded) terminal.link.giveBlock(bytes);
  await terminal.truth.move(3 * SECOND);
  for (const _ of recorded) tally.judged('a voice again when it is over', soundOf(terminal).length === before ? 'silent' : 'play', ['silent']);
  await terminal.order(first.order.order);
  for (const bytes of recorded) terminal.link.giveBlock(bytes);
  await terminal.truth.move(3 * SECOND);
  tally.judged('its order again, and then its voice', soundOf(terminal).length === before ? 'silent' : 'play', ['silent']);
  const today = await Speaking.begin(bay.world, terminal);
  const renamed = recorded.map((bytes, at) => signedFor(first.blocks[at] ?? today.next(), today.grant.stream, bytes));
  await today.say(BLOCKS, ({ block: { seq }, bytes }) => [recorded[seq - 1] ?? bytes, renamed[seq - 1] ?? bytes, bytes]);
  await ended(today);
  const sounded = soundOf(terminal).slice(before);
  for (const _ of [...recorded, ...renamed]) tally.judged('yesterday\'s voice in today\'s', sounded.join() === namesOf(1, BLOCKS).join() ? 'silent' : 'play', ['silent']);
}

/** Today's name on yesterday's block, under its old signature. */
function signedFor({ block }: SpokenBlock, stream: string, bytes: Uint8Array): Uint8Array {
  return sealLiveBlock(encodeLiveBlock({ ...block, stream }), bytes.subarray(-64));
}

/** Genuine blocks come twice, out of order, and not at all: what sounds is in order, each packet once. */
async function outOfOrder({ tally, random }: Scene, bay: Bay): Promise<void> {
  const terminal = await bay.ready();
  const voice = await Speaking.begin(bay.world, terminal);
  const window: Uint8Array[] = [];
  await voice.say(BLOCKS, ({ bytes }) => {
    window.push(bytes, bytes);
    if (window.length < 8) return [];
    const mixed = window.splice(0).map((one) => ({ one, at: random.int(1_000) })).sort((a, b) => a.at - b.at).map(({ one }) => one);
    return mixed.slice(random.int(2));
  });
  await ended(voice);
  const sounded = soundOf(terminal).map((name) => { const [seq = 0, packet = 0] = name.split('.').map(Number); return seq * 10 + packet; });
  const isRising = sounded.every((name, at) => at === 0 || name > (sounded[at - 1] ?? 0));
  for (let n = 0; n < BLOCKS; n += 1) tally.judged('a block twice and out of order', isRising ? 'silent' : 'play', ['silent']);
  tally.control('what came in order of a mixed voice sounds', sounded.length > BLOCKS);
}

/** Nobody leases the voice: others try to. */
async function keptAlive({ tally, lab: { world } }: Scene, bay: Bay): Promise<void> {
  const at = (terminal: TestTerminal): number => Math.floor(terminal.truth.now());
  const set = (terminal: TestTerminal, voice: Speaking) => ({ at: at(terminal), nonce: null, terminal: null, counter: null, leases: [voice.digest] });
  const ways: Readonly<Record<string, (terminal: TestTerminal, voice: Speaking, first: Envelope) => Promise<Envelope>>> = {
    'a lease of a stranger': (terminal, voice) => world.beacon('d', { set: set(terminal, voice), by: [world.stranger.signer] }),
    'a lease of an approver': (terminal, voice) => world.beacon('t1', { set: set(terminal, voice), by: [world.key('t1', 'approver-a').signer] }),
    'a lease of the terminal itself': (terminal, voice) => world.beacon('d', { set: set(terminal, voice), by: [world.device.signer] }),
    'a lease of another township': (terminal, voice) => world.beacon('t2', { set: set(terminal, voice) }),
    'a lease of another voice': (terminal, voice) => world.beacon('d', { set: { ...set(terminal, voice), leases: [bay.siren.segment.sha256] } }),
    'the first lease again': (_terminal, _voice, first) => Promise.resolve(first),
    'a lease changed under its signature': async (terminal, voice, first) => ({ ...first, payload: (await world.beacon('d', { set: { ...set(terminal, voice), at: at(terminal) + 1 } })).payload }),
  };
  for (const [name, way] of Object.entries(ways)) {
    const terminal = await bay.ready();
    const voice = await Speaking.begin(world, terminal);
    voice.leased = false;
    await voice.say(1);
    const first = await world.beacon('d', { set: set(terminal, voice) });
    const leasedUntil = voice.startAt + LEASE_MS + (name === 'the first lease again' ? terminal.truth.now() - voice.startAt : 0);
    for (let n = 0; n < 10; n += 1) {
      terminal.give({ kind: 'lease', beacon: envelopeSchema.parse(await way(terminal, voice, first)) });
      await voice.say(10);
    }
    const last = terminal.voiced.at(-1)?.at ?? 0;
    tally.judged(name, last <= leasedUntil + FADE_MS ? 'silent' : 'play', ['silent']);
    tally.control(`it sounded before ${name} was needed`, last > voice.startAt + LEASE_MS - SECOND);
  }
}

async function ended(voice: Speaking): Promise<void> {
  await voice.end();
  await voice.until(voice.terminal.truth.now() + 4 * SECOND);
}

function soundOf({ voiced }: TestTerminal): readonly string[] {
  return voiced.map(({ packet: { opus } }) => nameOf(opus));
}

/** Between two packets that sounded, ms without any. */
function longestGap({ voiced }: TestTerminal): number {
  return voiced.reduce((longest, { at }, index) => Math.max(longest, index === 0 ? 0 : at - (voiced[index - 1]?.at ?? at) - 20), 0);
}
