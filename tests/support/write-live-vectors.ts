import { writeFileSync } from 'node:fs';
import { digestSchema } from '#libs/contracts';
import { NO_BLOCK_BEFORE, toBase64, type LiveBlock } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { PACKET_MS, type LiveGrant } from '#libs/trust';
import { BLOCK_ATTACKS, type AttackScene } from './block-attacks';
import { grantFor, LIVE_START, noise, sessionKey, signBlock, speak } from './live-speaker';
import { givesOf, takenOf, type LiveCase, type LiveStep, type LiveVectors } from './live-vectors';
import { seededRandom } from './seeded-random';

/** How many blocks were taken before somebody tries something. */
const BEFORE = 2;
const CHIME = { sha256: digestSchema.parse(sha256Hex(new TextEncoder().encode('chime'))), bytes: 900, role: 'chime' as const, durationMs: 2_000 };
type Given = Pick<LiveStep, 'why' | 'now'> & { readonly bytes: Uint8Array };

/** Writes the vectors of living voice anew, under keys that nobody has after it. */
export function writeLiveVectors(file: string): void {
  const own = sessionKey();
  const random = seededRandom(Date.now());
  const grants = { plain: grantFor('plain', own), slow: grantFor('slow', own, { delayMs: 1_500, blockMs: 200, chime: CHIME }) };
  const voice = speaker(grants.plain);
  const vectors: LiveVectors = {
    made: new Date().toISOString().slice(0, 10),
    grants: Object.fromEntries(Object.entries(grants).map(([name, grant]) => [name, { messageDigest: sha256Hex(new TextEncoder().encode(name)), startAt: grant.startAt, live: grant.live }])),
    cases: [...stories(), ...edges(), ...attacks()],
  };
  writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);

  /** Blocks one behind the other, each in time; `set` makes one of them odd and still well signed. */
  function speaker(grant: LiveGrant) {
    let previous = NO_BLOCK_BEFORE;
    let seq = 0;
    return {
      again: () => { previous = NO_BLOCK_BEFORE; seq = 0; },
      say: (why: string, set: Partial<LiveBlock> = {}, late = 0): Given => {
        seq = set.seq ?? seq + 1;
        const first = grant.startAt + (grant.live.chime?.durationMs ?? 0);
        const packets = Array.from({ length: grant.live.blockMs / PACKET_MS }, () => noise(20 + random.int(40), random));
        const block: LiveBlock = { end: false, stream: grant.stream, seq, capturedAt: (first + (seq - 1) * grant.live.blockMs) * 1_000, previous, packets, ...set };
        const bytes = signBlock(block, own);
        previous = sha256Hex(bytes).slice(0, NO_BLOCK_BEFORE.length);
        return { why, now: block.capturedAt / 1_000 + grant.live.blockMs + 60 + late, bytes };
      },
    };
  }

  function caseOf(name: string, by: keyof typeof grants, given: readonly Given[]): LiveCase {
    const steps = given.map(({ why, now, bytes }) => ({ why, now: Math.round(now), block: toBase64(bytes) }));
    const { verdicts, evidence } = takenOf(grants[by], steps);
    return { name, grant: by, steps: steps.map((step, n) => ({ ...step, ...givesOf(verdicts[n]) })), evidence };
  }

  function stories(): LiveCase[] {
    const plain = (name: string, ...given: readonly Given[]): LiveCase => { voice.again(); return caseOf(name, 'plain', given); };
    const slow = speaker(grants.slow);
    const { say } = voice;
    const all: LiveCase[] = [];
    all.push(plain('a voice from its first block to its end', say('the first'), say('the second'), say('the third'), say('the fourth, a second late on its way', {}, 1_000), say('the end, with two packets', { end: true, packets: [noise(30, random), noise(31, random)] })));
    all.push(plain('a voice whose end holds nothing', say('the first'), say('the end', { end: true, packets: [] })));
    all.push(caseOf('blocks of 200 ms behind a chime', 'slow', [slow.say('the first'), slow.say('the second'), slow.say('the end', { end: true, packets: [] })]));
    const [one, two, , , five, six] = [say('the first'), say('the second'), say('the third'), say('the fourth'), say('the fifth, two are missing before it'), say('the sixth')];
    all.push(plain('blocks that never came: a hole, and it goes on', one, two, ...[five, six].filter((block) => block !== undefined)));
    all.push(plain('heard from the middle on', say('the seventh comes first, whatever it says of the sixth', { seq: 7, previous: 'cd'.repeat(16) }), say('the eighth')));
    all.push(plain('a voice that was silent for a second', say('the first'), say('the second, captured a second later than it follows', { capturedAt: (LIVE_START + 1_100) * 1_000 })));
    const ended = [say('the first'), say('the end', { end: true, packets: [] }), say('a block behind the end, well signed'), say('a second end', { end: true, packets: [] })];
    all.push(plain('nothing is taken behind the end', ...ended));
    const [first, second, third] = [say('the first'), say('the second'), say('the third')];
    all.push(plain('doubled and out of order', first, third, { ...second, why: 'the second came late and is behind the third' }, { ...third, why: 'the third again' }, say('the fourth')));
    return all;
  }

  /** The last instant on which each limit still lets a block through, and the one after it. */
  function edges(): LiveCase[] {
    const { live, startAt } = grants.plain;
    const at = (ms: number, now: number, set: Partial<LiveBlock> = {}): Given => { voice.again(); return { ...voice.say('', { capturedAt: (startAt + ms) * 1_000, ...set }), now: startAt + now }; };
    const pair = (name: string, good: Given, bad: Given): LiveCase[] => [caseOf(`${name}: on the limit`, 'plain', [{ ...good, why: 'taken' }]), caseOf(`${name}: over the limit`, 'plain', [{ ...bad, why: 'refused' }])];
    const last = live.maxDurationMs - live.delayMs - live.blockMs;
    const behind = (ms: number): LiveCase => {
      voice.again();
      return caseOf(`speaks over the block before it by ${ms} ms`, 'plain', [voice.say('the first'), voice.say('the second', { capturedAt: (startAt + live.blockMs - ms) * 1_000 })]);
    };
    return [
      ...pair('captured five seconds ahead', at(6_000, 1_000), at(6_000, 999)),
      ...pair('heard ten seconds ago', at(0, 10_800), at(0, 10_801)),
      ...pair('heard when the grant begins', at(-800, 0), at(-801, 0)),
      ...pair('heard until the voice\'s end', at(last, last), at(last + 1, last)),
      behind(5), behind(6),
      caseOf('a first block that says one came before it', 'plain', [{ ...at(0, 100, { previous: 'cd'.repeat(16) }), why: 'numbered 1' }]),
      caseOf('nothing in a block that is not the end', 'plain', [{ ...withCount(at(0, 100).bytes, 0), why: 'no packet' }]),
      caseOf('a flag that nobody knows', 'plain', [{ ...withFlags(at(0, 100).bytes, 2), why: 'bit 1' }]),
    ];
  }

  function withFlags(bytes: Uint8Array, flags: number): Pick<Given, 'now' | 'bytes'> {
    const copy = Uint8Array.from(bytes);
    copy[4] = flags;
    return { now: LIVE_START + 100, bytes: copy };
  }
  function withCount(bytes: Uint8Array, count: number): Pick<Given, 'now' | 'bytes'> {
    const copy = Uint8Array.from([...bytes.subarray(0, 50), ...bytes.subarray(-64)]);
    copy[5] = count;
    return { now: LIVE_START + 100, bytes: copy };
  }

  /** Every attack that is known, behind two genuine blocks and before a third. */
  function attacks(): LiveCase[] {
    const otherKey = sessionKey();
    const [others, twins] = [grantFor('other', otherKey), grantFor('twin', own)];
    const genuine = speak(grants.plain, own, BEFORE + 1, random);
    const now = LIVE_START + BEFORE * 100 + 160;
    const scene: AttackScene = {
      grant: grants.plain, key: own, otherKey, genuine, other: speak(others, otherKey, 5, random), twin: speak(twins, own, 5, random), second: speak(grants.plain, own, 5, random), taken: BEFORE, now,
    };
    const before = genuine.slice(0, BEFORE).map(({ bytes }, n): Given => ({ why: 'genuine', now: LIVE_START + n * 100 + 160, bytes }));
    const next: Given = { why: 'the genuine stream goes on', now, bytes: genuine[BEFORE]?.bytes ?? new Uint8Array() };
    return BLOCK_ATTACKS.map(({ name, make }) => {
      const made = make(scene, random);
      const { bytes, now: at } = made instanceof Uint8Array ? { bytes: made, now } : made;
      return caseOf(name, 'plain', [...before, { why: name, now: at, bytes }, next]);
    });
  }
}
