import { writeFileSync } from 'node:fs';
import type { KeyRecord, PlatformId, TerminalId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { areaOf, buildWorld, digestNamed, NOW, platformOf, PLATFORMS, terminalOf, WITH_PASSKEY, type OrderParts } from './trust-builder';

/** The shape of tests/vectors/trust/fixed.json. */
export interface FixedVectors {
  readonly about: string;
  readonly now: number;
  readonly platform: PlatformId;
  readonly device: { readonly terminal: TerminalId; readonly key: KeyRecord };
  readonly root: Envelope;
  readonly documents: readonly Envelope[];
  readonly assignment: Envelope;
  readonly stop: Envelope;
  readonly beacon: Envelope;
  readonly head: Envelope;
  readonly receipt: Envelope;
  /** Given by the township's stopper. */
  readonly consent: Envelope;
  /** Of the village, by the township's officers, who are its own. */
  readonly isolate: Envelope;
  readonly orders: readonly { readonly name: string; readonly now: number; readonly order: unknown; readonly expect: string }[];
}

/** Makes fixed.json anew in a fresh world; its private keys live only as long as this call. */
export async function writeFixedVectors(file: string): Promise<void> {
  const world = await buildWorld({ suites: WITH_PASSKEY });
  const good = await world.order('v1');
  const town = await world.order('t1');
  const corrected = await world.correctionOrder('v1');
  const stop = await world.stop('t1');
  const cases: [string, number, unknown, string][] = [
    ['an order of the own village', NOW, good.order, 'play'],
    ['an order that a passkey approved', NOW, (await world.order('v1', { approvers: ['approver-c'] })).order, 'play'],
    ['an order of the township', NOW, town.order, 'play'],
    ['an order of the district', NOW, (await world.order('d')).order, 'play'],
    ['the same order after its window', NOW + 7_200_000, good.order, 'REJ_EXPIRED'],
    ['the order of a neighbour village', NOW, (await world.order('v2')).order, 'REJ_KEY_UNKNOWN'],
    ['one approval where the township needs two', NOW, (await world.order('t1', { approvers: ['approver-a'] })).order, 'REJ_APPROVAL_MISSING'],
    ['approvals of one order with the dispatch of another', NOW, { ...town.order, approvals: (await world.order('t1')).approvals }, 'REJ_APPROVAL_DIGEST'],
    ['a village that speaks to its township', NOW, (await world.order('v1', { message: { set: { targets: { areas: [areaOf('t1-area')], terminals: [] } } } })).order, 'REJ_AREA'],
    ['a dispatch that outlasts its message', NOW, (await world.order('v1', { dispatch: { set: { notAfter: NOW + 7_200_001 } } })).order, 'REJ_WINDOW'],
    ['a dispatch signed by an approver', NOW, (await world.order('v1', { dispatch: { by: [world.key('v1', 'approver-a').signer] } })).order, 'REJ_KEY_USAGE'],
    ['one bit of a signature flipped', NOW, flipped(good), 'REJ_SIGNATURE'],
    ['a correction where nothing was heard', NOW, corrected.order, 'not-heard'],
    ['a correction without a consent', NOW, { ...corrected.order, consent: undefined }, 'REJ_CONSENT'],
    ['a correction without its original', NOW, { ...corrected.order, original: undefined }, 'REJ_CORRECTION'],
    ['a correction of a message that does not list it', NOW, (await world.correctionOrder('v1', { isListed: false })).order, 'REJ_CORRECTION'],
    ['a consent by the author', NOW, (await world.correctionOrder('v1', { consent: { by: [world.key('v1', 'author').signer], set: { person: world.personId('v1', 'author') } } })).order, 'REJ_CONSENT'],
    ['a resumption after a stop that never came', NOW, (await world.resumeOrder('v1', good, stop)).order, 'REJ_RESUME'],
    ['a test', NOW, (await world.order('v1', { message: { set: { mode: 'test' } } })).order, 'REJ_MODE_TEST'],
  ];
  const lineage = ['d', 't1', 'v1'];
  const vectors: FixedVectors = {
    about: 'An invented district. The private keys were thrown away when this file was made.', now: NOW, platform: platformOf('v1'),
    device: { terminal: terminalOf('v1-term-1'), key: world.device.record }, root: world.expected.rootEnvelope,
    documents: world.expected.documents.filter((_, index) => lineage.includes(PLATFORMS[Math.floor(index / 2)] ?? '')),
    assignment: await world.assignment('v1'), stop, beacon: await world.beacon('v1'), head: await world.head('t1'),
    receipt: await world.receipt('v1-term-1', { set: { messageDigest: digestNamed('message') } }),
    consent: await world.consent('t1', { kind: 'correct', correction: digestNamed('correction'), ofMessage: digestNamed('message') }), isolate: await world.isolate('v1'),
    orders: cases.map(([name, now, order, expect]) => ({ name, now, order, expect })),
  };
  writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);
}

function flipped({ order }: OrderParts): unknown {
  const signatures = order.dispatch.signatures.map(({ keyid, sig }) => {
    const bytes = Buffer.from(sig, 'base64');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    return { keyid, sig: bytes.toString('base64') };
  });
  return { ...order, dispatch: { ...order.dispatch, signatures } };
}
