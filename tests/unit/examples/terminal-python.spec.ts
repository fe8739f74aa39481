import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { Envelope } from '#libs/envelope';
import { areaOf, buildWorld, NOW, rootPayload, type PlatformName, type World } from '../../support/trust-builder';

/**
 * The terminal in Python believes charters for their signers, versions and places, and asks of every order that it keeps
 * to all of them. What that must still shut out is tried here; the frames of the vectors, in tests/scenarios/newcomer.spec.ts.
 */
const PROGRAM = path.resolve(__dirname, '../../../examples/terminal-python/vectors.py');
const python = ['python3', '/usr/bin/python3'].find((name) => spawnSync(name, ['-c', 'import cryptography, websockets']).status === 0);
if (python === undefined) process.stderr.write('SKIPPED: Python with the packages cryptography and websockets is not on this machine; the terminal in Python was not tried\n');

const answersSchema = z.array(z.strictObject({ case: z.string(), verdicts: z.array(z.string()) }));
type Frame = { readonly kind: 'document'; readonly document: Envelope } | { readonly kind: 'order'; readonly order: object } | { readonly kind: 'stop'; readonly stop: Envelope };

let world: World;
const folder = mkdtempSync(path.join(tmpdir(), 'clarion-python-'));
beforeAll(async () => { world = await buildWorld(); });
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

/** What terminal v1-term-1, holding root, its lineage's documents and a beacon, does with these frames, one after the other. */
async function verdicts(...frames: readonly Frame[]): Promise<readonly string[]> {
  const file = path.join(folder, 'frames.json');
  const documents: Envelope[] = [];
  for (const name of ['d', 't1', 'v1'] as const) documents.push(await world.charter(name), await world.roster(name));
  writeFileSync(file, JSON.stringify({
    terminal: 'v1-term-1', deviceKey: world.device.record, demo: rootPayload(world.rootKeys).demo, root: await world.root(), documents: [...documents, await world.assignment('v1')], beacon: await world.beacon('d'),
    cases: [{ name: 'frames', steps: frames.map((frame) => ({ now: NOW, frame })) }],
  }));
  return answersSchema.parse(JSON.parse(execFileSync(python ?? '', ['-B', PROGRAM, file], { encoding: 'utf8' })))[0]?.verdicts ?? [];
}

const document = (envelope: Envelope): Frame => ({ kind: 'document', document: envelope });
const order = async (...given: Parameters<World['order']>): Promise<Frame> => ({ kind: 'order', order: (await world.order(...given)).order });
const charter = async (name: PlatformName, set: object): Promise<Frame> => document(await world.charter(name, { set: { version: 2, ...set } }));

(python === undefined ? describe.skip : describe)('the terminal in Python', () => {
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

  it('lets nobody into a higher tier, another place or another parent', async () => {
    expect(await verdicts(await charter('v1', { tier: 'township' }), await charter('v1', { parent: 'd' }), document(await world.charter('v1', { set: { version: 2 }, by: world.officers('t2') })), await order('v1')))
      .toEqual(['REJ_WIDENS', 'REJ_LINEAGE', 'REJ_KEY_UNKNOWN', 'play']);
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

  it('believes no key that was revoked here or above, and none of another root', async () => {
    const { keyId } = world.key('v1', 'approver-a').record;
    const revocation = await world.revocation('d', { set: { entries: [{ keyId, reason: 'left', since: NOW }] } });
    expect(await verdicts(document(revocation), await order('v1'))).toEqual(['taken', 'REJ_KEY_REVOKED']);
    expect(await verdicts(document(await world.root({ set: { version: 2 } })))).toEqual(['REJ_VERSIONS']);
  });

  it('lets no platform outside its lineage stop it, whatever its charter declares', async () => {
    const areas = [...world.charterPayload('t2').areas, ...world.charterPayload('v1').areas.map((area) => ({ ...area, parent: areaOf('d-area') }))];
    const stop = await world.stop('t2', { set: { area: areaOf('v1-area') } });
    expect(await verdicts(document(await world.charter('t2', { set: { areas } })), document(await world.roster('t2')), { kind: 'stop', stop }, await order('v1'))).toEqual(['taken', 'taken', 'ignored', 'play']);
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
one.memory, one.state, one.offset, one.fetching, one.first, one.items, one.is_lacking = one.judge.memory, {"counter": 0, "spool": []}, None, set(), {}, [], False
one.event = lambda kind, code, *rest: told.append(code)
for frame in given["hostile"]:
    one.hear(frame)
print(json.dumps(told))
`;
