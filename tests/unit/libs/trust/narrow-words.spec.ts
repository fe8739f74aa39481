import type { Consent, EnvelopeShape } from '#libs/contracts';
import { judgeOrder, openPermit, unreadByDevice, verifyIsolate, verifyRestriction, type Result } from '#libs/trust';
import { signEnvelope } from '#libs/suites';
import { trustAfter } from '../../../support/admit-facts';
import { buildWorld, NOW, platformOf, terminalOf, type World } from '../../../support/trust-builder';

/** Edges of the words that only narrow, and of those that a device signs: each holds by itself, whoever signed (design 4 "Types", "isolate", "Admit"). */
let world: World;
beforeAll(async () => { world = await buildWorld(); });

const MINUTE = 60_000;
const said = (result: Result<unknown>): string => (result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' '));
const NOWHERE = platformOf('t9');

describe('a word that names a platform nobody here holds', () => {
  it('is refused, although known keys signed it: isolate, restrictions, permit, and a correction, which asks for no signature', async () => {
    const set = { platform: NOWHERE };
    expect(said(verifyIsolate(world.trust, await world.isolate('t1', { set }), NOW))).toBe('REJ_LINEAGE platform');
    expect(said(verifyRestriction(world.trust, await world.restriction('t1', { set }), NOW))).toBe('REJ_LINEAGE platform');
    expect(said(verifyRestriction(world.trust, await world.restriction('t1', { set: { ...set, kind: 'period' } }), NOW))).toBe('REJ_LINEAGE platform');
    expect(said(openPermit(world.trust, await world.permit('v1', { set }), NOW))).toBe('REJ_LINEAGE platform');
    const { order } = await world.correctionOrder('t1', { correction: { set }, original: { set } });
    expect(said(judgeOrder(world.trust, order, NOW))).toBe('REJ_LINEAGE platform');
  });
});

describe('a posture', () => {
  it('has one signature: a second beside the dispatcher\'s is no part of it', async () => {
    const [officer] = world.officers('t1');
    if (officer === undefined) throw new Error('the world has officers');
    const { signer } = world.platform('t1').dispatcher;
    for (const beside of [officer, world.platform('d').dispatcher.signer, world.stranger.signer]) {
      expect(said(verifyRestriction(world.trust, await world.restriction('t1', { by: [signer, beside] }), NOW))).toBe('REJ_SHAPE signatures');
    }
    expect(said(verifyRestriction(world.trust, await world.restriction('t1', { by: [signer] }), NOW))).toBe('ok');
  });
  it('and an isolate narrow nothing once the charter of their platform has ended', async () => {
    const trust = trustAfter(world.trust, await world.charter('t1', { set: { version: 2, expiresAt: NOW + MINUTE } }));
    const [restriction, isolate] = [await world.restriction('t1'), await world.isolate('t1')];
    const at = (now: number) => [said(verifyRestriction(trust, restriction, now)), said(verifyIsolate(trust, isolate, now))];
    expect(at(NOW + MINUTE - 1)).toEqual(['ok', 'ok']);
    expect(at(NOW + MINUTE)).toEqual(['REJ_CHARTER_EXPIRED', 'REJ_CHARTER_EXPIRED']);
  });
});

describe('the keys behind what narrows', () => {
  it('are those that signed for its platform: another platform\'s officer who signs along is not one of them', async () => {
    const [one, two] = world.officers('t1');
    const [foreign] = world.officers('t2');
    if (one === undefined || two === undefined || foreign === undefined) throw new Error('the world has officers');
    const own = [one, two].map(({ key }) => key.keyId).sort();
    const isolate = verifyIsolate(world.trust, await world.isolate('t1', { by: [one, foreign, two] }), NOW);
    const period = verifyRestriction(world.trust, await world.restriction('t1', { set: { kind: 'period' }, by: [one, foreign, two] }), NOW);
    expect([isolate, period].map((verified) => (verified.ok ? [...verified.value.keyIds].sort() : verified.code))).toEqual([own, own]);
  });
});

describe('a consent', () => {
  it('is refused as a word of another kind, and so is an unknown act', async () => {
    const { order, consent } = await world.correctionOrder('t1');
    expect(said(judgeOrder(world.trust, order, NOW))).toBe('ok');
    const retyped = { ...consent, payloadType: 'application/vnd.clarion.mandate.v1+json' };
    expect(said(judgeOrder(world.trust, { ...order, consent: retyped }, NOW))).toMatch(/^REJ_CONSENT/);
    const odd = await world.correctionOrder('t1', { consent: { set: { act: { kind: 'mandate' } as unknown as Consent['act'] } } });
    expect(said(judgeOrder(world.trust, odd.order, NOW))).toBe('REJ_CONSENT consent REJ_SCHEMA act.kind');
  });
});

describe('what a device signed that no contract here knows', () => {
  const terminal = terminalOf('v1-term-1');
  const device = () => ({ terminal, key: world.device.record });
  const signed = (word: string, payload: string): Promise<EnvelopeShape> => signEnvelope(word, new TextEncoder().encode(payload), [world.device.signer]) as Promise<EnvelopeShape>;
  it('counts its number as used where it is about itself, and nothing else does', async () => {
    const odd = '{"terminal":"v1-term-1","counter":7,"new":true}';
    expect(unreadByDevice(device(), await signed('receipt', odd))).toMatchObject({ word: 'receipt', counter: 7 });
    expect(unreadByDevice(device(), await signed('event', odd))).toMatchObject({ word: 'event', counter: 7 });
    expect(unreadByDevice(device(), await signed('stop', odd))).toBeUndefined();
    expect(unreadByDevice({ ...device(), key: world.stranger.record }, await signed('receipt', odd))).toBeUndefined();
    expect(unreadByDevice(device(), { ...await signed('receipt', odd), payload: Buffer.from(odd.replace('7', '8')).toString('base64') })).toBeUndefined();
    for (const payload of ['{"terminal":"v1-term-2","counter":7}', '{"terminal":"v1-term-1"}', '{"terminal":"v1-term-1","counter":0}', '{"terminal":"v1-term-1","counter":"7"}', '[7]', 'null', '{"counter":7', '{"terminal":"v1-term-1","counter":7,"counter":8}']) {
      expect(unreadByDevice(device(), await signed('receipt', payload))).toBeUndefined();
    }
  });
});
