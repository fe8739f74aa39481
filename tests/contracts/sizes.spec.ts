import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrapSchema, charterSchema, LIMITS, messageSchema, orderSchema, rosterSchema, type Bootstrap, type EnvelopeShape, type Order } from '#libs/contracts';
import { encodePayload, fromBase64, parseStrictJson, payloadTypeOf } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { applyDocument, judgeOrder, trustFromRoot, versionsFor, lineageOf, type TrustState } from '#libs/trust';
import { DemoKeyFolder, demoInit, readConfig, serverKey, signApproval, signPayload, systemClock, type CliConfig } from '../../apps/cli/src';
import messageVectors from '../vectors/contracts/message.json';

const folder = mkdtempSync(join(tmpdir(), 'clarion-sizes-'));
const config: CliConfig = readConfig({ CLARION_DATA: join(folder, 'data'), CLARION_DEMO_KEYS: join(folder, 'people'), CLARION_SESSION: join(folder, 'session') });
const now = systemClock.now();
let bootstrap: Bootstrap;
let people: DemoKeyFolder;

const bytesOf = (envelope: EnvelopeShape): Uint8Array => fromBase64(envelope.payload) ?? new Uint8Array();
const wireBytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

function valueOf(envelope: EnvelopeShape): unknown {
  const parsed = parseStrictJson(bytesOf(envelope));
  return parsed.ok ? parsed.value : undefined;
}

beforeAll(async () => {
  await demoInit(config, systemClock, false);
  bootstrap = bootstrapSchema.parse(JSON.parse(readFileSync(join(config.dataDir, 'bootstrap.json'), 'utf8')));
  people = await DemoKeyFolder.open(config.demoKeysDir, systemClock);
}, 120_000);
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

function trust(): TrustState {
  const begun = trustFromRoot(bootstrap.root, { demo: true });
  if (!begun.ok) throw new Error(begun.code);
  return [...bootstrap.charters, ...bootstrap.rosters].reduce<TrustState>((state, document) => {
    const next = applyDocument(state, document, systemClock.now());
    if (!next.ok) throw new Error(`${next.code} ${next.at ?? ''}`);
    return next.value;
  }, begun.value);
}

/** The red rainstorm bulletin for three townships, signed as the demo's people would. */
async function bulletin(state: TrustState): Promise<Order> {
  const window = { notBefore: now, notAfter: now + 7_200_000, issuedAt: now };
  const message = messageSchema.parse({ ...messageVectors.good[0], ...window });
  const payload = encodePayload(message);
  const read = { message, payload, digest: sha256Hex(payload) };
  const choice = { step: 'issue', decision: 'approve', reason: '', policyVersion: 1, listenedPermille: 1000, signedAt: now } as const;
  const approvals: EnvelopeShape[] = [];
  for (const person of ['district-yjj-approver', 'district-qxj-approver']) {
    approvals.push(await signApproval(read, { ...choice, person }, await people.signer(`people/jingkai/${person}`)));
  }
  const dispatch = encodePayload({
    dispatchId: systemClock.uuid7(), platform: 'jingkai', messageDigest: read.digest, approvals: approvals.map((approval) => sha256Hex(bytesOf(approval))).sort(),
    epoch: 1, seq: 1, targets: { ...message.targets, heard: null }, notBefore: message.notBefore, notAfter: message.notAfter, startAt: now + 700, repeats: message.repeats,
    maxDurationMs: 57_960, issuedAt: now, minVersions: versionsFor(state, lineageOf(state, message.platform)), resumes: null, consent: null,
  });
  return orderSchema.parse({
    dispatch: await signPayload('dispatch', dispatch, await serverKey(config.keysDir, 'jingkai.dispatcher')),
    message: await signPayload('message', payload, await people.signer('people/jingkai/district-qxj-author')),
    approvals,
  });
}

describe('the sizes that design 4 promises', () => {
  it('hold for every charter of the demo district', () => {
    expect(bootstrap.charters).toHaveLength(93);
    for (const charter of bootstrap.charters) {
      expect(charterSchema.safeParse(valueOf(charter)).success).toBe(true);
      expect(bytesOf(charter).length).toBeLessThanOrEqual(LIMITS.charterBytes);
    }
  });

  it('hold for every roster of the demo district', () => {
    expect(bootstrap.rosters).toHaveLength(93);
    for (const roster of bootstrap.rosters) {
      expect(rosterSchema.safeParse(valueOf(roster)).success).toBe(true);
      expect(bytesOf(roster).length).toBeLessThanOrEqual(LIMITS.rosterBytes);
    }
  });

  it('hold for an order with two approvals: 4 to 6 kB, and the verifier takes it', async () => {
    const state = trust();
    const order = await bulletin(state);
    expect(judgeOrder(state, order, now)).toMatchObject({ ok: true });
    expect(wireBytes(order)).toBeGreaterThanOrEqual(4_000);
    expect(wireBytes(order)).toBeLessThanOrEqual(6_000);
  });

  it('let the largest message that its contract takes into one envelope', () => {
    const long = (length: number): string => '声'.repeat(length);
    const [good] = messageVectors.good;
    const texts = ['zh-CN', 'en', 'ug', 'mn', 'bo', 'za', 'ko', 'ru'].map((language) => ({ language, title: long(LIMITS.titleChars), text: long(LIMITS.textChars) }));
    const message = messageSchema.parse({
      ...good, texts,
      targets: { areas: Array.from({ length: LIMITS.targetsAreas }, (_, at) => `village-${at}`), terminals: Array.from({ length: LIMITS.targetsTerminals }, (_, at) => `t-lehua-${at}`) },
    });
    expect(encodePayload(message).length).toBeLessThanOrEqual(LIMITS.payloadBytes);
  });
});

describe('document types', () => {
  it('are named after their words', () => {
    expect(new Set([bootstrap.root, ...bootstrap.charters, ...bootstrap.rosters].map((document) => document.payloadType)))
      .toEqual(new Set([payloadTypeOf('root'), payloadTypeOf('charter'), payloadTypeOf('roster')]));
  });
});
