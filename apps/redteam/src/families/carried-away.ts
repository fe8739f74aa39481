import { envelopeSchema, receiptSchema, stopAnswerSchema, terminalIssuedSchema, type Receipt } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { generateKey, sha256Hex, signEnvelope, type Signer } from '#libs/suites';
import { systemClock } from '../../../cli/src';
import { until } from '../../../scripted-day/src/until';
import { z } from 'zod';
import type { Family, Scene } from '../attack';
import { diskImages, type DiskImage } from '../disk-image';
import { Rogue } from '../rogue';
import type { Range } from '../range';

/** The figure of the threat model. */
const REFUSED_MS = 10_000;
const SECRETS = /pkcs8|PRIVATE KEY|"d":|password|passphrase|claimCode|Bearer/g;

/** A terminal is carried away and its disk read: it is itself and nobody else, on the link and at every other door, and after one word of the platform not even that (T75, T57). */
export const CARRIED_AWAY: Family = {
  family: 'the disk of a terminal that was carried away', threat: 'T57 T75', where: 'district',
  run: async (scene) => {
    const { range, tally } = scene;
    const since = systemClock.now();
    const own = await range.airNotice([range.cast.insideArea]);
    const others = await range.airVillage();
    const [mine] = own.targets.filter((terminal) => !others.targets.includes(terminal));
    const [theirs] = others.targets.filter((terminal) => !own.targets.includes(terminal));
    if (mine === undefined || theirs === undefined) throw new Error('no two terminals of different villages');
    const [image, other] = await diskImages(range, [mine, theirs]);
    if (image === undefined || other === undefined) throw new Error('no disk to read');
    readImage(scene, image, other);
    await range.simulator.offline([mine], true);
    try {
      await onTheLink(scene, image, theirs);
      await atOtherDoors(scene, image);
    } finally {
      await range.simulator.offline([mine], false);
      await range.untilAllThere();
    }
    await takenAway(scene);
    tally.heard('after it', (await range.soundedWrongly(since)).length);
    const after = await range.airNotice([range.cast.insideArea]);
    tally.control('a genuine notice sounds there after it', after.targets.includes(mine));
  },
};

/** What the disk holds: one private key, its own; nothing that opens another door, nothing of another terminal. */
function readImage({ tally }: Scene, image: DiskImage, other: DiskImage): void {
  tally.control(`the disk was read: ${[...image.files].map(([name, text]) => `${name} ${text.length}`).join(', ')} bytes`, image.files.has('journal') && image.files.has('trust'));
  for (const [name, text] of image.files) {
    const found = text.match(SECRETS) ?? [];
    const expected = name === 'identity' ? ['pkcs8'] : [];
    tally.judged(`secrets in ${name}: ${found.join(' ') || 'none'}`, found.join() === expected.join() ? 'only its own' : 'more', ['only its own']);
    tally.judged(`${other.terminal}'s key in ${name}`, text.includes(other.signer.key.spki) ? 'there' : 'not there', ['not there']);
  }
}

/** With that key at the gateway: in another's name, for another's receipts, with frames that only a platform says; and what it is told is its own. */
async function onTheLink({ range, tally }: Scene, { terminal, signer }: DiskImage, other: string): Promise<void> {
  const since = systemClock.now();
  const as = async (name: string): Promise<{ readonly rogue: Rogue; readonly said: string }> => {
    const rogue = Rogue.knock(range);
    return { rogue, said: await rogue.hello(name, signer) };
  };
  const foreign = await as(other);
  tally.judged(`hello as ${other}`, foreign.said === 'welcome' ? 'play' : foreign.said, ['HELLO_SIGNATURE']);
  const { rogue, said } = await as(terminal);
  tally.control('with its own name it is let in', said === 'welcome');
  const aired = await range.airVillage();
  const told = JSON.stringify(rogue.told());
  tally.judged('orders for another village', told.includes(aired.order.dispatch.payload) ? 'told' : 'not told', ['not told']);
  for (const [name, token, codes] of [['no token', undefined, ['401']], ['a token of one\'s own making', 'f'.repeat(64), ['401']]] as const) {
    tally.judged(`media with ${name}`, String(await rogue.fetchMedia(sha256Hex(new Uint8Array()), token ?? '')), codes);
  }
  for (let guess = 0; guess < 20; guess += 1) tally.judged('media by a guessed name', String(await rogue.fetchMedia(sha256Hex(new TextEncoder().encode(`guess ${guess}`)))), ['404']);
  const token = rogue.token() ?? '';
  await receiptOf(rogue, signer, other, aired.order.dispatch.payload);
  const refused = await until(REFUSED_MS, async () => (await range.events(since)).find(({ kind, terminal: of }) => of === terminal && (kind === 'receipt-refused' || kind === 'forged-receipt')));
  tally.judged(`a receipt in the name of ${other}`, refused?.code ?? await rogue.turnedAway(1_000) ?? 'taken', ['REJ_TERMINAL', 'REJ_KEY_UNKNOWN', 'RECEIPTS_REFUSED']);
  tally.alarmed(refused === undefined ? 0 : 1);
  rogue.leave();
  for (const frame of [{ kind: 'order', order: aired.order }, { kind: 'stop', stop: aired.order.dispatch }, { kind: 'document', document: aired.order.dispatch }, { kind: 'subscribe', room: range.cast.village }, { kind: 'push', terminals: [other] }]) {
    const one = await as(terminal);
    one.rogue.say(frame);
    tally.judged(`it says ${frame.kind}`, await one.rogue.turnedAway(REFUSED_MS) ?? 'let stay', ['FRAME_INVALID', 'FRAME_UNEXPECTED']);
    one.rogue.leave();
  }
  const late = Rogue.knock(range);
  tally.judged('media with the token of a connection that is over', String(await late.fetchMedia(sha256Hex(new Uint8Array()), token)), ['401']);
  late.leave();
}

async function receiptOf(rogue: Rogue, signer: Signer, terminal: string, dispatchPayload: string): Promise<void> {
  const dispatch = z.object({ dispatchId: z.string(), messageDigest: z.string() }).loose().parse(JSON.parse(Buffer.from(dispatchPayload, 'base64').toString()));
  const receipt: Receipt = receiptSchema.parse({
    terminal, counter: 900_000, at: systemClock.now(), head: null, dispatchId: dispatch.dispatchId, messageDigest: dispatch.messageDigest, repetition: 1, state: 'done', reason: null,
    fromMs: 0, startedAt: systemClock.now() - 5_000, endedAt: systemClock.now(), playedDigest: dispatch.messageDigest, levelCentiDbfs: -1_800,
  });
  rogue.say({ kind: 'receipts', envelopes: [envelopeSchema.parse(await signEnvelope('receipt', encodePayload(receipt), [signer]))] });
}

/** Its key and its token at the API and at STOP. */
async function atOtherDoors({ range, tally }: Scene, { terminal, signer }: DiskImage): Promise<void> {
  const rogue = Rogue.knock(range);
  await rogue.hello(terminal, signer);
  const token = rogue.token() ?? '';
  const { apiUrl, stopUrl } = range.setting.cli;
  const doors: readonly (readonly [string, string, RequestInit])[] = [
    ['the list of terminals', `${apiUrl}/api/terminals`, {}], ['security events', `${apiUrl}/api/events`, {}],
    ['a message', `${apiUrl}/api/messages`, { method: 'POST', body: '{}' }], ['STOP', `${stopUrl}/stop`, { method: 'POST', body: '{}' }],
  ];
  for (const [name, url, init] of doors) {
    const response = await fetch(url, { ...init, headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` } });
    tally.judged(`${name} with its media token`, String(response.status), ['401']);
  }
  rogue.leave();
  const stop = await signEnvelope('stop', encodePayload({ stopId: systemClock.uuid(), platform: range.cast.district, issuedAt: systemClock.now(), notAfter: systemClock.now() + 60_000, area: range.cast.district, scope: { kind: 'all' } }), [signer]);
  const stopper = await range.actor(range.cast.district, range.cast.stopper);
  const said = await stopper.context.api.postSignedStop(stopAnswerSchema, envelopeSchema.parse(stop)).then(() => 'play', (cause: unknown) => (typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'UNEXPECTED'));
  tally.judged('a stop that it signed, at the STOP listener', said, ['STOP_SIGNATURE']);
}

/** One word of somebody who issues terminals: the stolen box is out within ten seconds, and only the new one is let in. On a terminal made for it, so that the others stay. */
async function takenAway({ range, tally }: Scene): Promise<void> {
  const box = `STOLEN-${systemClock.now()}`;
  const officer = await range.actor(range.cast.district, range.cast.officer);
  const issued = await officer.context.api.post('/api/terminals', terminalIssuedSchema, { name: box, area: range.cast.insideArea, physicalCode: box, latitudeE6: 28_700_000, longitudeE6: 115_800_000 });
  const { id } = issued.terminal;
  const [stolen, fresh] = [(await generateKey('ed25519')).signer, (await generateKey('ed25519')).signer];
  const first = Rogue.knock(range);
  tally.control('the box was let in before', await first.claim(issued.claimCode, box, stolen) === 'claimed');
  first.leave();
  const online = Rogue.knock(range);
  tally.control('and is online', await online.hello(id, stolen) === 'welcome');
  const saidAt = systemClock.now();
  const replaced = await officer.context.api.post(`/api/terminals/${id}/replace-device`, terminalIssuedSchema, {});
  const code = await online.turnedAway(2 * REFUSED_MS);
  const took = systemClock.now() - saidAt;
  tally.judged(`its open connection, ${took} ms after`, took <= REFUSED_MS ? code ?? 'let stay' : 'let stay', ['DEVICE_UNKNOWN']);
  const attempts: readonly (readonly [string, (rogue: Rogue) => Promise<string>, readonly string[]])[] = [
    ['hello again', (rogue) => rogue.hello(id, stolen), ['DEVICE_UNKNOWN']],
    ['its old claim code', (rogue) => rogue.claim(issued.claimCode, box, stolen), ['CLAIM_UNKNOWN']],
    ['the new claim code in another box', (rogue) => rogue.claim(replaced.claimCode, 'ANOTHER', stolen), ['CLAIM_UNKNOWN']],
  ];
  for (const [name, act, codes] of attempts) tally.judged(name, await knocked(range, act), codes);
  tally.control('the new box is let in with the new code', await knocked(range, (rogue) => rogue.claim(replaced.claimCode, box, fresh)) === 'claimed');
  tally.judged('the stolen one after the new one', await knocked(range, (rogue) => rogue.hello(id, stolen)), ['HELLO_SIGNATURE']);
}

async function knocked(range: Range, act: (rogue: Rogue) => Promise<string>): Promise<string> {
  const rogue = Rogue.knock(range);
  try {
    return await act(rogue);
  } finally {
    rogue.leave();
  }
}
