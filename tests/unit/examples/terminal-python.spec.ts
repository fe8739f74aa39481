import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { Roster } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { areaOf, buildWorld, digestNamed, digestOf, NOW, platformOf, rootPayload, type PlatformName, type World } from '../../support/trust-builder';

/**
 * The terminal in Python may refuse more than docs/protocol.md does, and says so in its README; it must never sound, nor
 * believe, what the page forbids. Its refusal codes are the nearest of the list, and are asked only where they matter.
 */
const PROGRAM = path.resolve(__dirname, '../../../examples/terminal-python/vectors.py');
const python = ['python3', '/usr/bin/python3'].find((name) => spawnSync(name, ['-c', 'import cryptography, websockets']).status === 0);
if (python === undefined) process.stderr.write('SKIPPED: Python with the packages cryptography and websockets is not on this machine; the terminal in Python was not tried\n');

const answersSchema = z.array(z.strictObject({ case: z.string(), verdicts: z.array(z.string()) }));
type Frame = { readonly kind: 'document'; readonly document: Envelope } | { readonly kind: 'order'; readonly order: object } | { readonly kind: 'stop'; readonly stop: Envelope } | { readonly kind: 'isolate'; readonly isolate: Envelope } | { readonly kind: 'restriction'; readonly restriction: Envelope };

let world: World;
const folder = mkdtempSync(path.join(tmpdir(), 'clarion-python-'));
beforeAll(async () => { world = await buildWorld(); });
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

/** What a terminal is given, and the frames that it then gets. `expect` makes the program itself compare. */
interface Case {
  readonly name: string;
  readonly terminal?: string;
  readonly documents?: readonly Envelope[];
  readonly steps: readonly ({ readonly now: number; readonly frame: Frame } | { readonly sounded: string })[];
}

async function papersOf(name: PlatformName): Promise<readonly Envelope[]> {
  const documents: Envelope[] = [];
  for (const at of ({ d: ['d'], t1: ['d', 't1'], t2: ['d', 't2'], v1: ['d', 't1', 'v1'], v2: ['d', 't1', 'v2'], v3: ['d', 't2', 'v3'] } as const)[name]) documents.push(await world.charter(at), await world.roster(at));
  return [...documents, await world.assignment(name)];
}

async function answersTo(cases: readonly Case[]): Promise<z.infer<typeof answersSchema>> {
  const file = path.join(folder, 'frames.json');
  writeFileSync(file, JSON.stringify({
    terminal: 'v1-term-1', deviceKey: world.device.record, demo: rootPayload(world.rootKeys).demo, root: await world.root(), documents: await papersOf('v1'), beacon: await world.beacon('d'), cases,
  }));
  return answersSchema.parse(JSON.parse(execFileSync(python ?? '', ['-B', PROGRAM, file], { encoding: 'utf8', maxBuffer: 1 << 26 })));
}

/** What terminal v1-term-1, holding root, its lineage's documents and a beacon, does with these frames, one after the other. */
async function verdicts(...frames: readonly Frame[]): Promise<readonly string[]> {
  return (await answersTo([{ name: 'frames', steps: frames.map((frame) => ({ now: NOW, frame })) }]))[0]?.verdicts ?? [];
}

const document = (envelope: Envelope): Frame => ({ kind: 'document', document: envelope });
const order = async (...given: Parameters<World['order']>): Promise<Frame> => ({ kind: 'order', order: (await world.order(...given)).order });
const charter = async (name: PlatformName, set: object): Promise<Frame> => document(await world.charter(name, { set: { version: 2, ...set } }));

(python === undefined ? describe.skip : describe)('the terminal in Python', () => {
  it('sounds nothing of the protocol\'s vectors that the page forbids, and refuses only what its README says', () => {
    const { status, stdout, stderr } = spawnSync(python ?? '', ['-B', PROGRAM, path.resolve(__dirname, '../../vectors/protocol/district.json')], { encoding: 'utf8', maxBuffer: 1 << 26 });
    expect(stderr.split('\n').filter((line) => line.endsWith('WRONG'))).toEqual([]);
    expect(status).toBe(0);
    expect(answersSchema.parse(JSON.parse(stdout)).flatMap(({ verdicts: all }) => all).filter((verdict) => verdict === 'play').length).toBeGreaterThan(20);
  });

  it('plays what a village says within what it was granted', async () => {
    expect(await verdicts(await order('v1'))).toEqual(['play']);
  });

  it('holds a message against the ceilings of every charter above, not its own platform\'s alone', async () => {
    const { ceilings } = world.charterPayload('t1');
    for (const narrowed of [{ ...ceilings, classes: ['notice'] }, { ...ceilings, severities: ['none'] }, { ...ceilings, modes: ['drill'] }]) {
      expect(await verdicts(await charter('t1', { ceilings: narrowed }), await order('v1'))).toEqual(['taken', 'REJ_CEILING']);
    }
  });

  it('asks for as many approvals as the strictest charter above asks of the tier', async () => {
    expect(await verdicts(await charter('t1', { minimumApprovals: [{ class: 'emergency', tier: 'village', approvals: 2 }] }), await order('v1'))).toEqual(['taken', 'REJ_APPROVAL_MISSING']);
  });

  it('keeps silent what a restriction names, and nothing else; it is given by those who may', async () => {
    const restriction = async (...given: Parameters<World['restriction']>): Promise<Frame> => ({ kind: 'restriction', restriction: await world.restriction(...given) });
    const chime = { segments: [{ sha256: digestNamed('chime'), bytes: 9, role: 'chime' as const, durationMs: 2_000 }] };
    const notice = (approvers: readonly string[] = ['approver-a']) => order('v1', { message: { set: { class: 'notice', severity: 'none', body: chime } }, approvers });
    expect(await verdicts(await notice(), await notice(['approver-a', 'approver-c']))).toEqual(['play', 'play']);
    expect(await verdicts(await restriction('v1'), await notice(), await order('v1'))).toEqual(['restricted', 'REJ_RESTRICTED', 'play']);
    expect(await verdicts(await restriction('t1', { set: { area: areaOf('v1-area'), kind: 'period', approvals: 2 } }), await notice(), await notice(['approver-a', 'approver-c']))).toEqual(['restricted', 'REJ_RESTRICTED', 'play']);
    expect(await verdicts(await restriction('v1', { set: { kind: 'period', notBefore: NOW + 3_600_000, notAfter: NOW + 7_200_000 } }), await notice())).toEqual(['restricted', 'play']);
    const weak = { restrictionId: '0197a3b0-000d-7000-8000-0000000000aa' as never, classes: ['daily' as const], approvals: 1 };
    expect(await verdicts(await restriction('v1', { set: weak }), await restriction('v1', { set: weak }), await restriction('v1', { set: { kind: 'period', restrictionId: weak.restrictionId } }), await notice())).toEqual(['restricted', 'ignored', 'restricted', 'REJ_RESTRICTED']);
    const HOUR = 3_600_000;
    expect(await verdicts(
      await restriction('v1', { by: world.officers('v1').slice(0, 1), set: { kind: 'period' } }), await restriction('v1', { by: world.officers('v1').slice(0, 2) }), await restriction('v1', { set: { notAfter: NOW + HOUR + 1 } }),
      await restriction('v1', { set: { classes: ['emergency' as never] } }), await restriction('v1', { set: { kind: 'period', classes: ['advisory'] } }), await restriction('v1', { set: { kind: 'period', notAfter: NOW + 61 * 24 * HOUR } }), await notice(),
    )).toEqual(['REJ_THRESHOLD', 'REJ_KEY_USAGE', 'REJ_WINDOW', 'REJ_SCHEMA', 'REJ_SCHEMA', 'REJ_WINDOW', 'play']);
  });

  it('lets nobody into a higher tier, another place or another parent', async () => {
    const moved = document(await world.charter('v1', { set: { version: 2, parent: platformOf('d') }, by: world.officers('d') }));
    expect(await verdicts(await charter('v1', { tier: 'township' }), moved, document(await world.charter('v1', { set: { version: 2 }, by: world.officers('t2') })), await order('v1')))
      .toEqual(['REJ_WIDENS', 'REJ_LINEAGE', 'REJ_KEY_UNKNOWN', 'play']);
    const [area] = world.charterPayload('t1').areas;
    expect(await verdicts(await charter('v1', { areas: [...world.charterPayload('v1').areas, area] }))).toEqual(['REJ_WIDENS']);
  });

  it('takes one officer\'s signature for nobody\'s where two must', async () => {
    expect(await verdicts(document(await world.charter('v1', { set: { version: 2 }, by: world.officers('t1').slice(0, 1) })))).toEqual(['REJ_THRESHOLD']);
    expect(await verdicts(document(await world.charter('d', { set: { version: 2 }, by: world.rootKeys.slice(0, 1).map((key) => key.signer) })))).toEqual(['REJ_THRESHOLD']);
  });

  it('never goes back to an older document, and lets fall what stood on one that changed', async () => {
    const officers = world.charterPayload('t2').officers;
    const [former, other] = [await world.roster('v1', { set: { version: 3 } }), await world.roster('v1', { set: { version: 2 } })];
    expect(await verdicts(document(former), document(other), document(former))).toEqual(['taken', 'REJ_VERSION_ROLLBACK', 'ignored']);
    expect(await verdicts(await charter('v1', { officers, threshold: 2 }), await order('v1'))).toEqual(['taken', 'REJ_KEY_UNKNOWN']);
  });

  it('hears the district, its orders and its stops, while the charters below do not stand, and nobody else', async () => {
    const officers = world.charterPayload('t2').officers;
    const stop = await world.stop('d');
    expect(await verdicts(await order('d'), await charter('t1', { officers }), await order('d'), await order('v1'), await order('t1'), await order('t2'), { kind: 'stop', stop }))
      .toEqual(['play', 'taken', 'play', 'REJ_KEY_UNKNOWN', 'REJ_KEY_UNKNOWN', 'REJ_KEY_UNKNOWN', 'stopped']);
  });

  it('believes no key that was revoked here or above, and none of another root', async () => {
    const { keyId } = world.key('v1', 'approver-a').record;
    const revocation = await world.revocation('d', { set: { entries: [{ keyId, reason: 'left', since: NOW }] } });
    expect(await verdicts(document(revocation), await order('v1'))).toEqual(['taken', 'REJ_KEY_USAGE']);
    expect(await verdicts(document(await world.root({ set: { version: 2 } })))).toEqual(['REJ_VERSIONS']);
  });

  it('lets no platform outside its lineage stop it, whatever its charter declares', async () => {
    const areas = [...world.charterPayload('t2').areas, ...world.charterPayload('v1').areas.map((area) => ({ ...area, parent: areaOf('d-area') }))];
    const stop = await world.stop('t2', { set: { area: areaOf('v1-area') } });
    expect(await verdicts(document(await world.charter('t2', { set: { areas } })), document(await world.roster('t2')), { kind: 'stop', stop }, await order('v1'))).toEqual(['taken', 'taken', 'ignored', 'play']);
  });

  it('sounds nothing of the mutations that the page forbids, and refuses only what its README says', async () => {
    const mutations = JSON.parse(readFileSync(path.resolve(__dirname, '../../vectors/trust/mutations.json'), 'utf8')) as readonly Mutation[];
    const cases: Case[] = [];
    for (const mutation of mutations) cases.push(await caseOf(mutation));
    const said = (await answersTo(cases)).map(({ verdicts: [...all] }) => all.at(-1));
    const plays = (verdict: string | undefined): boolean => verdict === 'play' || verdict === 'play-silent' || verdict === 'isolated';
    expect(mutations.filter((mutation, index) => plays(said[index]) && !plays(mutation.expect)).map(({ name }) => name)).toEqual([]);
    expect(mutations.filter((mutation, index) => !plays(said[index]) && plays(mutation.expect)).map(({ name }) => name)).toEqual([
      'a stopped message goes on', 'a message goes on thirty seconds after its stop', 'a message goes on although a second stop reaches others',
      'a drill of kind front-end', 'a notice in quiet hours that end inside its window', 'a silent drill of a notice in quiet hours',
    ]);
  });

  it('lives through frames that are none, and reports them', async () => {
    const hostile = [
      [], 'stop', { kind: 'nothing' }, { x: 1 }, { kind: 'exchange' }, { kind: 'order', order: null }, { kind: 'order', order: { dispatch: { payload: '!' } } }, { kind: 'order', order: { dispatch: { payload: 'e30=' } } },
      { kind: 'stop', stop: { payload: [] } }, { kind: 'document', document: { payloadType: 'x' } }, { kind: 'document', document: { payloadType: 5 } }, { kind: 'ack', counter: 'x' },
    ];
    const file = path.join(folder, 'hostile.json');
    writeFileSync(file, JSON.stringify({ root: await world.root(), hostile }));
    const said = execFileSync(python ?? '', ['-B', '-c', HEARS, path.dirname(PROGRAM), file], { encoding: 'utf8' });
    // A kind that it does not know says nothing: it is let go by.
    expect(JSON.parse(said)).toEqual(Array<string>(hostile.length - 1).fill('REJ_SHAPE'));
  });
});

/** The terminal without its link: what it reports of each frame. */
const HEARS = `
import json, sys
sys.path.insert(0, sys.argv[1])
import terminal
given = json.load(open(sys.argv[2], encoding="utf-8"))
one, told = terminal.Terminal.__new__(terminal.Terminal), []
one.judge = terminal.Judge(given["root"], True)
one.memory, one.state, one.offset, one.orders, one.is_lacking = one.judge.memory, {"counter": 0, "spool": []}, None, [], False
one.event = lambda kind, code, *rest: told.append(code)
for frame in given["hostile"]:
    one.hear(json.dumps(frame))
print(json.dumps(told))
`;

interface Change { readonly by?: string; readonly set?: object; readonly word?: string }
/** One of tests/vectors/trust/mutations.json: an order in words. */
interface Mutation {
  readonly name: string;
  readonly platform?: PlatformName;
  readonly terminal?: PlatformName;
  readonly message?: Change;
  readonly approvals?: readonly (Change & { readonly who: string })[];
  readonly dispatch?: Change;
  readonly correction?: { readonly message?: Change; readonly original?: Change; readonly isListed?: boolean; readonly consent?: Change; readonly without?: readonly string[]; readonly heard?: string };
  readonly resumption?: { readonly consent?: Change; readonly without?: readonly string[] };
  readonly stops?: readonly (Change & { readonly platform: PlatformName })[];
  readonly isolate?: Change & { readonly by: PlatformName; readonly officers?: number; readonly verifiedAt?: number };
  readonly quietHours?: Readonly<Partial<Record<PlatformName, Roster['quietHours']>>>;
  readonly now?: number;
  readonly expect: string;
}

/** The frames of a mutation, signed with fresh keys. */
async function caseOf(mutation: Mutation): Promise<Case> {
  const platform = mutation.platform ?? 't1';
  const terminal = mutation.terminal ?? platform;
  const now = NOW + (mutation.now ?? 0);
  const { order: value, original, before = [] } = await orderOf(mutation, platform);
  const { isolate, correction } = mutation;
  const documents = await papersOf(terminal);
  const steps: Case['steps'][number][] = before.map((frame) => ({ now: NOW, frame }));
  for (const [name, quietHours] of Object.entries(mutation.quietHours ?? {})) steps.push({ now: NOW, frame: document(await world.roster(name as PlatformName, { set: { quietHours, version: 2 } })) });
  if (original !== undefined && !['silent', 'never'].includes(correction?.heard ?? 'sounded')) steps.push({ sounded: digestOf(original) });
  for (const { platform: by, ...stop } of mutation.stops ?? []) steps.push({ now, frame: { kind: 'stop', stop: await world.stop(by, signing(stop)) } });
  if (isolate !== undefined) {
    const { by, officers = 2, verifiedAt, ...change } = isolate;
    steps.push({ now: verifiedAt === undefined ? now : NOW + verifiedAt, frame: { kind: 'isolate', isolate: await world.isolate(by, { ...signing(change), by: world.officers(by).slice(0, officers) }) } });
  }
  // Where the isolate is what is wrong, the order is not asked.
  if (isolate !== undefined && mutation.expect !== 'play' && mutation.expect !== 'REJ_ISOLATED') return { name: mutation.name, terminal: `${terminal}-term-1`, documents, steps };
  return { name: mutation.name, terminal: `${terminal}-term-1`, documents, steps: [...steps, { now, frame: { kind: 'order', order: value } }] };
}

async function orderOf(mutation: Mutation, platform: PlatformName): Promise<{ readonly order: object; readonly original?: Envelope; readonly before?: readonly Frame[] }> {
  const { correction, resumption } = mutation;
  const without = (order: object, parts: readonly string[] = []): object => Object.fromEntries(Object.entries(order).filter(([part]) => !parts.includes(part)));
  if (correction !== undefined) {
    const parts = await world.correctionOrder(platform, {
      correction: signing(correction.message), original: signing(correction.original), consent: signing(correction.consent), dispatch: signing(mutation.dispatch),
      ...(correction.isListed === undefined ? {} : { isListed: correction.isListed }),
    });
    return { order: without(parts.order, correction.without), original: parts.original.message };
  }
  if (resumption !== undefined) {
    const stopped = await world.order(platform, { dispatch: { set: { startAt: NOW - 6_000 } } });
    const stop = await world.stop(platform);
    const { order } = await world.resumeOrder(platform, stopped, stop, { consent: signing(resumption.consent), dispatch: signing(mutation.dispatch) });
    return { order: without(order, resumption.without), before: [{ kind: 'order', order: stopped.order }, { kind: 'stop', stop }] };
  }
  const message = await world.message(platform, signing(mutation.message));
  const isLight = platform === 'v1' || (mutation.message?.set as { readonly class?: string } | undefined)?.class === 'notice';
  const approvals: Envelope[] = [];
  const usual: NonNullable<Mutation['approvals']> = [{ who: 'approver-a' }, { who: 'approver-b' }];
  for (const approval of mutation.approvals ?? usual.slice(0, isLight ? 1 : 2)) approvals.push(await world.approval(platform, message, approval.who, signing(approval)));
  return { order: { dispatch: await world.dispatch(platform, message, approvals, signing(mutation.dispatch)), message, approvals } };
}

function signing(change: Change | undefined): { readonly by?: readonly Signer[]; readonly set?: object; readonly word?: string } {
  if (change === undefined) return {};
  return { ...(change.by === undefined ? {} : { by: [signerOf(change.by)] }), ...(change.set === undefined ? {} : { set: resolved(change.set) as object }), ...(change.word === undefined ? {} : { word: change.word }) };
}

function signerOf(name: string): Signer {
  const [platform = '', who = ''] = name.split('/');
  if (who === '') return (name === 'root' ? world.rootKeys[0] : name === 'device' ? world.device : undefined)?.signer ?? world.stranger.signer;
  const { dispatcher, log, officers } = world.platform(platform);
  if (who === 'officer') return officers[0]?.key.signer ?? world.stranger.signer;
  return who === 'dispatcher' ? dispatcher.signer : who === 'log' ? log.signer : world.key(platform, who).signer;
}

/** `{"$now": n}` is n ms after the test's now, `{"$name": "x"}` the SHA-256 of the word x. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  if ('$now' in value) return NOW + Number(value.$now);
  if ('$name' in value) return digestNamed(String(value.$name));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolved(one)]));
}
