import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { toBase64 } from '#libs/envelope';
import { sha256, sha256Hex } from '#libs/suites';
import { liveGrantOf } from '#libs/trust';
import { sessionKey, signBlock } from '../../support/live-speaker';
import { spokenPackets } from '../../support/live-voice';
import { tone } from '../../support/terminal-agent/fake-media';
import { buildWorld, digestOf, NOW, rootPayload, terminalOf, type World } from '../../support/trust-builder';

/** A living voice at the terminal in Python, written from docs/protocol.md alone: what went in is what comes out, and nothing else. */
const FOLDER = path.resolve(__dirname, '../../../examples/terminal-python');
const VECTORS = path.resolve(__dirname, '../../vectors/live-blocks.json');
const has = (name: string, ...modules: readonly string[]): boolean => spawnSync(name, ['-c', `import ${modules.join(', ')}`]).status === 0;
const reader = ['python3', '/usr/bin/python3'].find((name) => has(name, 'cryptography'));
const python = ['python3', '/usr/bin/python3'].find((name) => has(name, 'cryptography', 'websockets'));
const sounds = python !== undefined && spawnSync('opusdec', ['--version']).status === 0;
if (!sounds) process.stderr.write('SKIPPED: Python with cryptography and websockets, or opusdec, is not on this machine; the terminal in Python heard no voice\n');

const answersSchema = z.array(z.strictObject({ case: z.string(), verdicts: z.array(z.string()) }));
const toldSchema = z.strictObject({
  receipts: z.array(z.looseObject({ dispatchId: z.string(), state: z.string(), reason: z.string().nullable(), startedAt: z.number().nullable(), playedDigest: z.string().nullable(), live: z.record(z.string(), z.unknown()).optional() })),
  refused: z.array(z.string()), wavMs: z.array(z.number()),
});

(reader === undefined ? describe.skip : describe)('the terminal in Python and the blocks of a living voice', () => {
  it('judges every block of the vectors as the page says, its time and the digests of the receipt as well', () => {
    const { status, stdout, stderr } = spawnSync(reader ?? '', ['-B', path.join(FOLDER, 'vectors.py'), VECTORS], { encoding: 'utf8', maxBuffer: 1 << 24 });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(answersSchema.parse(JSON.parse(stdout)).length).toBeGreaterThan(45);
  });
});

const DELAY_MS = 200;
const CHIME_MS = 500;
const START = NOW + 400;
const key = sessionKey();
const chime = tone(700, CHIME_MS, 'chime');

/** Ten blocks behind the chime and an end; in between somebody else's, one twice, and one behind the end. */
function voiceOf(digest: string) {
  const live = { sessionKey: key.record, delayMs: DELAY_MS, blockMs: 100, maxDurationMs: 20_000, chime: chime.segment };
  const grant = liveGrantOf(digest, live, { startAt: START });
  const packets = spokenPackets(50);
  const blocks: Uint8Array[] = [];
  for (let seq = 1; seq <= 11; seq += 1) {
    const previous = seq === 1 ? '0'.repeat(32) : sha256Hex(blocks[seq - 2] ?? new Uint8Array()).slice(0, 32);
    const capturedAt = (START + CHIME_MS - DELAY_MS + 100 * (seq - 1)) * 1_000;
    blocks.push(signBlock({ end: seq === 11, stream: grant.stream, seq, capturedAt, previous, packets: packets.slice(5 * (seq - 1), 5 * seq) }, key));
  }
  const forged = signBlock({ end: false, stream: grant.stream, seq: 4, capturedAt: (START + CHIME_MS + 100) * 1_000, previous: '0'.repeat(32), packets: packets.slice(0, 5) }, sessionKey());
  const at = (seq: number): number => CHIME_MS + 100 * (seq - 1) - 180;
  const given = blocks.map((block, index) => ({ at: at(index + 1), block: toBase64(block) }));
  const behind = signBlock({ end: false, stream: grant.stream, seq: 12, capturedAt: (START + CHIME_MS + 900) * 1_000, previous: sha256Hex(blocks[10] ?? new Uint8Array()).slice(0, 32), packets: packets.slice(0, 5) }, key);
  return { packets, blocks, given: [...given, { at: at(3.5), block: toBase64(forged) }, { at: at(5.5), block: given[2]?.block ?? '' }, { at: at(11.5), block: toBase64(behind) }].sort((a, b) => a.at - b.at) };
}

async function noticeOf(world: World, startAt: number, seq: number) {
  const live = { sessionKey: key.record, delayMs: DELAY_MS, blockMs: 100, maxDurationMs: 20_000, chime: chime.segment };
  const set = { class: 'notice' as const, severity: 'none' as const, body: { live }, repeats: 1, gapMs: 0 };
  return world.order('v1', { message: { set }, approvers: ['approver-a'], dispatch: { set: { startAt, seq, repeats: 1, maxDurationMs: 20_000 + CHIME_MS + 2_000 } } });
}

/** Without a chime. */
async function dailyOf(world: World, startAt: number, seq: number, maxDurationMs: number) {
  const live = { sessionKey: key.record, delayMs: DELAY_MS, blockMs: 100, maxDurationMs, chime: null };
  const set = { class: 'daily' as const, severity: 'none' as const, body: { live }, repeats: 1, gapMs: 0 };
  return world.order('v1', { message: { set }, approvers: ['approver-a'], dispatch: { set: { startAt, seq, repeats: 1, maxDurationMs: maxDurationMs + 2_000 } } });
}

/** One block and the end, the block heard 300 ms after the beginning. */
function wordOf(digest: string, startAt: number): readonly { readonly at: number; readonly block: string }[] {
  const live = { sessionKey: key.record, delayMs: DELAY_MS, blockMs: 100, maxDurationMs: 5_000, chime: null };
  const { stream } = liveGrantOf(digest, live, { startAt });
  const word = signBlock({ end: false, stream, seq: 1, capturedAt: (startAt + 300 - DELAY_MS) * 1_000, previous: '0'.repeat(32), packets: spokenPackets(5) }, key);
  const end = signBlock({ end: true, stream, seq: 2, capturedAt: (startAt + 400 - DELAY_MS) * 1_000, previous: sha256Hex(word).slice(0, 32), packets: [] }, key);
  return [{ at: startAt - NOW + 150, block: toBase64(word) }, { at: startAt - NOW + 250, block: toBase64(end) }];
}

(sounds ? describe : describe.skip)('a living voice at the terminal in Python', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'clarion-voice-'));
  afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

  it('sounds from its chime to its end, whole, beside what is forged; the next one, which nobody leases, falls silent; without a chime the first packet is what makes audible', async () => {
    const world = await buildWorld();
    const [first, second] = [await noticeOf(world, START, 1), await noticeOf(world, START + 1_700, 2)];
    const [unsaid, said] = [await dailyOf(world, START + 3_400, 3, 1_200), await dailyOf(world, START + 5_000, 4, 5_000)];
    const voice = voiceOf(digestOf(first.message));
    const documents = [];
    for (const name of ['d', 't1', 'v1'] as const) documents.push(await world.charter(name), await world.roster(name));
    const lease = await world.beacon('d', { set: { at: NOW + 1_200, nonce: null, terminal: null, counter: null, leases: [digestOf(first.message)] } });
    writeFileSync(path.join(folder, 'given.json'), JSON.stringify({
      root: await world.root(), demo: rootPayload(world.rootKeys).demo, terminal: terminalOf('v1-term-1'), deviceKey: world.device.record.keyId, documents: [...documents, await world.assignment('v1')], now: NOW,
      orders: [first.order, second.order, unsaid.order, said.order],
      blocks: [...voice.given.map(({ at, block }) => ({ at: at + START - NOW, block })), ...wordOf(digestOf(said.message), START + 5_000)], lease: { kind: 'lease', beacon: lease }, media: { [chime.segment.sha256]: toBase64(chime.bytes) },
    }));
    const told = toldSchema.parse(JSON.parse(execFileSync(python ?? '', ['-B', '-c', HEARS_VOICES, FOLDER, folder], { encoding: 'utf8' })));
    const proof = { firstSeq: 1, lastSeq: 11, blocks: 11, late: 0, lost: 0, blocksDigest: sha256Hex(...voice.blocks.map((block) => sha256(block))) };
    const [one, two] = [idOf(first.order.dispatch.payload), idOf(second.order.dispatch.payload)];
    const of = (id: string) => told.receipts.filter(({ dispatchId }) => dispatchId === id);
    expect(of(one).map(({ state }) => state)).toEqual(['acked', 'audible', 'done']);
    expect(of(one)[2]).toMatchObject({ live: proof, playedDigest: sha256Hex(...voice.packets.map((packet) => sha256(packet))) });
    expect(of(two).map(({ state, reason }) => [state, reason])).toEqual([['acked', null], ['audible', null], ['failed', 'INTERRUPTED']]);
    expect(of(two)[2]?.live).toMatchObject({ firstSeq: 0, lastSeq: 0, blocks: 0 });
    const [third, fourth] = [of(idOf(unsaid.order.dispatch.payload)), of(idOf(said.order.dispatch.payload))];
    expect(third.map(({ state, reason, startedAt }) => [state, reason, startedAt])).toEqual([['acked', null, null], ['failed', 'INTERRUPTED', null]]);
    expect(fourth.map(({ state }) => state)).toEqual(['acked', 'audible', 'done']);
    expect(fourth[1]?.startedAt).toBe(START + 5_300);
    expect(told.refused).toEqual(['REJ_SIGNATURE', 'REJ_SEQ_REPLAY']);
    expect(told.wavMs[0]).toBeGreaterThan(CHIME_MS + 950);
    expect(told.wavMs[0]).toBeLessThan(CHIME_MS + 1_400);
  }, 30_000);
});

function idOf(payload: string): string {
  return (JSON.parse(Buffer.from(payload, 'base64').toString()) as { readonly dispatchId: string }).dispatchId;
}

/** The terminal without its link, on its own clock: orders at the start, then blocks and one lease at their times. Leases last a second here, and a third of one is waited for the next. */
const HEARS_VOICES = `
import asyncio, base64, json, os, pathlib, sys, time, types, wave
sys.path.insert(0, sys.argv[1])
import live, terminal
live.LEASE_MS, live.UNLEASED_MS, live.STALE_MS = 1000, 300, 5000
folder = pathlib.Path(sys.argv[2])
given = json.loads((folder / "given.json").read_text("utf-8"))
sys.stdout = open(os.devnull, "w")
one, told, refused = terminal.Terminal.__new__(terminal.Terminal), [], []
one.options, one.folder = types.SimpleNamespace(out=str(folder)), folder
(folder / "media").mkdir()
for name, data in given["media"].items(): (folder / "media" / name).write_bytes(base64.b64decode(data))
one.judge = terminal.Judge(given["root"], given["demo"], given["terminal"], given["deviceKey"])
for document in given["documents"]: one.judge.take(document)
one.memory, one.nonce, one.playing, one.orders, one.is_lacking, one.told = one.judge.memory, None, None, [], False, {}
one.memory["beaconAt"] = given["now"]
one.state = {"counter": 0, "spool": [], "terminal": given["terminal"], "head": None}
one.offset = given["now"] - time.monotonic() * 1000
one.save = lambda: None
one.record = lambda word, fields: told.append(fields) if word == "receipt" else refused.append(fields["code"])
async def feed():
    for order in given["orders"]: one.take("order", order, False)
    frames = [(1250, json.dumps(given["lease"]))] + [(one_["at"], base64.b64decode(one_["block"])) for one_ in given["blocks"]]
    for at, frame in sorted(frames, key=lambda pair: pair[0]):
        await asyncio.sleep(max(0, (given["now"] + at - one.now()) / 1000))
        (one.hear if type(frame) is str else one.hear_block)(frame)
    while one.orders: await asyncio.sleep(0.02)
async def both():
    play = asyncio.ensure_future(one.play())
    await asyncio.wait_for(feed(), 12)
    while one.playing: await asyncio.sleep(0.02)
    play.cancel()
asyncio.run(both())
wavs = sorted(folder.glob("*.wav"))
def length(name):
    with wave.open(str(name)) as file: return file.getnframes() / 48
sys.__stdout__.write(json.dumps({"receipts": told, "refused": refused, "wavMs": [length(name) for name in wavs]}))
`;
