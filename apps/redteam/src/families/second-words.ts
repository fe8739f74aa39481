import { dispatchSchema, type Consent, type Dispatch } from '#libs/contracts';
import { tombstoneOf, verifyStop, type JournalEntry } from '#libs/trust';
import type { Tombstone } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { ENTRY } from '../../../../tests/support/admit-facts';
import { areaOf, digestNamed, digestOf, NOW, type CorrectionParts, type OrderParts, type PlatformName } from '../../../../tests/support/trust-builder';
import type { Family, Scene } from '../attack';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const RESUME_MS = 30 * SECOND;
const PLATFORMS = ['d', 't1', 'v1'] as const;
const AT = 'v1';

/** The two orders that carry a stopper's word, by a thief of the dispatcher who has every other word that was ever given: a correction and a resumption (design 4). */
export const SECOND_WORDS: Family = {
  family: 'corrections and resumptions without their stopper', threat: 'T24 T28', where: 'admit',
  run: async (scene) => {
    for (const platform of PLATFORMS) {
      await corrections(scene, platform);
      await resumptions(scene, platform);
    }
  },
};

/** `heard`: the original sounded here. */
function judgeHeard({ lab }: Scene, original: Envelope, order: unknown, heard: Partial<JournalEntry> | null = {}, stops: readonly Tombstone[] = []): string {
  return lab.judge(AT, order, { journal: new Map(heard === null ? [] : [[digestOf(original), { ...ENTRY, ...heard }]]), stops });
}

async function corrections(scene: Scene, platform: PlatformName): Promise<void> {
  const { lab: { world }, tally } = scene;
  const genuine = await world.correctionOrder(platform);
  const [other, unlisted] = [await world.correctionOrder(platform), await world.correctionOrder(platform, { isListed: false })];
  const correction = genuine.order.message;
  const ofMessage = digestOf(genuine.original.message);
  const bind = async (set: Partial<Dispatch>, parts: object = {}): Promise<object> => ({ ...genuine.order, dispatch: await world.dispatch(platform, genuine.message, [], { set: { ...boundBy(genuine), ...set } }), ...parts });
  const consenting = async (...[act, signing]: [Consent['act'], Parameters<typeof world.consent>[2]?]): Promise<unknown> => {
    const consent = await world.consent(platform, act, signing);
    return bind({ consent: digestOf(consent) }, { consent });
  };
  const act: Consent['act'] = { kind: 'correct', correction: digestOf(genuine.message), ofMessage };
  const judge = (name: string, order: unknown, codes: readonly string[], heard?: Partial<JournalEntry> | null): void => { tally.judged(`${name}, ${platform}`, judgeHeard(scene, genuine.original.message, order, heard), codes); };
  tally.control(`a genuine correction of ${platform} sounds where the message sounded`, judgeHeard(scene, genuine.original.message, genuine.order) === 'play');
  judge('a genuine correction where the message never came', genuine.order, ['not-heard'], null);
  judge('a genuine correction where the message came and never sounded', genuine.order, ['not-heard'], { state: 'stopped', sounded: false });
  judge('without a word', await bind({ consent: null }, { consent: undefined }), ['REJ_CONSENT']);
  judge('with a word that the dispatch does not name', await bind({ consent: null }), ['REJ_CONSENT']);
  judge('with the word to another correction', await bind({ consent: digestOf(other.consent) }, { consent: other.consent }), ['REJ_CONSENT']);
  judge('with a word to correct another message by it', await consenting({ ...act, ofMessage: digestNamed('another') }), ['REJ_CONSENT']);
  judge('with a word to go on', await consenting({ kind: 'resume', message: ofMessage, stop: await stopIdOf(scene, platform) }), ['REJ_CONSENT']);
  for (const who of ['author', 'approver-a', 'auditor']) judge(`with the word of the ${who}`, await consenting(act, { by: [world.key(platform, who).signer], set: { person: world.personId(platform, who) } }), ['REJ_CONSENT']);
  judge('with the word of an approver in the stopper\'s name', await consenting(act, { by: [world.key(platform, 'approver-a').signer] }), ['REJ_CONSENT']);
  for (const [name, signer] of [['the dispatcher', world.platform(platform).dispatcher.signer], ['a stranger', world.stranger.signer], ['another platform\'s stopper', world.key(platform === 'd' ? 't1' : 'd', 'stopper').signer]] as const) {
    judge(`with the word of ${name}`, await consenting(act, { by: [signer] }), ['REJ_CONSENT']);
  }
  const elsewhere = platform === 'd' ? 't1' : 'd';
  judge('with the word of another platform\'s stopper, as that platform\'s', await consenting(act, { by: [world.key(elsewhere, 'stopper').signer], set: { platform: world.platform(elsewhere).id, person: world.personId(elsewhere, 'stopper') } }), ['REJ_CONSENT']);
  judge('with a word of tomorrow', await consenting(act, { set: { signedAt: NOW + 24 * HOUR } }), ['REJ_CONSENT']);
  judge('that the message does not list', unlisted.order, ['REJ_CORRECTION', 'not-heard']);
  tally.judged(`that the message that sounded does not list, ${platform}`, judgeHeard(scene, unlisted.original.message, unlisted.order), ['REJ_CORRECTION']);
  judge('of another message than the one it brings', await bind({}, { original: other.original.message }), ['REJ_CORRECTION']);
  judge('without the message that it takes back', await bind({}, { original: undefined }), ['REJ_CORRECTION']);
  judge('for more places than it names', await bind({ targets: { ...boundBy(genuine).targets, areas: [areaOf(`${platform}-area`), areaOf('t2-area')] } }), ['REJ_TARGETS_EXCEED']);
  judge('sent as a message of its own, for everybody', await bind({ targets: { ...boundBy(genuine).targets, heard: null }, consent: null }, { original: undefined, consent: undefined }), ['REJ_CORRECTION']);
  judge('with approvals of the message besides', await bind({ approvals: genuine.original.approvals.map(digestOf).sort() }, { approvals: genuine.original.order.approvals }), ['REJ_APPROVAL_DIGEST']);
  judge('longer than it is', await bind({ maxDurationMs: HOUR }), ['REJ_DURATION']);
  judge('the correction\'s bytes under another word', { ...await bind({}), message: { ...correction, payload: other.order.message.payload } }, ['REJ_MESSAGE_DIGEST', 'REJ_CORRECTION']);
}

function boundBy({ order }: CorrectionParts): Pick<Dispatch, 'targets' | 'consent'> {
  const { targets, consent } = dispatchSchema.parse(JSON.parse(Buffer.from(order.dispatch.payload, 'base64').toString('utf8')));
  return { targets, consent };
}

async function resumptions(scene: Scene, platform: PlatformName): Promise<void> {
  const { lab: { world }, tally } = scene;
  const [stopped, other] = [await world.order(platform), await world.order(platform)];
  const [stop, second] = [await world.stop(platform), await world.stop(platform, { set: { issuedAt: NOW - 5 * SECOND } })];
  const [tombstone, earlier] = [tombstoneFrom(scene, stop), tombstoneFrom(scene, second)];
  const cut: Partial<JournalEntry> = { state: 'stopped', stoppedBy: tombstone.stopId };
  const now = NOW + 2 * SECOND;
  const judge = (name: string, order: unknown, codes: readonly string[], heard: Partial<JournalEntry> | null = cut, stops: readonly Tombstone[] = [tombstone]): void => {
    tally.judged(`${name}, ${platform}`, judgeAt(scene, stopped, order, heard, stops, now), codes);
  };
  const going = async (set: Parameters<typeof world.resumeOrder>[3] = {}, of: OrderParts = stopped): Promise<object> => (await world.resumeOrder(platform, of, stop, set)).order;
  tally.control(`what was stopped wrongly goes on in ${platform}`, judgeAt(scene, stopped, await going(), cut, [tombstone], now) === 'play');
  judge('after thirty seconds', await going({ consent: { set: { signedAt: NOW + RESUME_MS + 1 } } }), ['REJ_RESUME']);
  judge('by a word of before the stop', await going({ consent: { set: { signedAt: NOW - 1 } } }), ['REJ_RESUME']);
  for (const who of ['author', 'approver-a', 'auditor']) judge(`by a word of the ${who}`, await going({ consent: { by: [world.key(platform, who).signer], set: { person: world.personId(platform, who) } } }), ['REJ_CONSENT']);
  for (const [name, signer] of [['the dispatcher', world.platform(platform).dispatcher.signer], ['a stranger', world.stranger.signer]] as const) judge(`by a word of ${name}`, await going({ consent: { by: [signer] } }), ['REJ_CONSENT']);
  judge('by a word to go on with another message', await going({ consent: { set: { act: { kind: 'resume', message: digestOf(other.message), stop: tombstone.stopId } } } }), ['REJ_CONSENT']);
  judge('by a word about another stop', await going({ consent: { set: { act: { kind: 'resume', message: digestOf(stopped.message), stop: earlier.stopId } } } }), ['REJ_CONSENT']);
  judge('by a word to correct it', await going({ consent: { set: { act: { kind: 'correct', correction: digestNamed('c'), ofMessage: digestOf(stopped.message) } } } }), ['REJ_CONSENT']);
  judge('without its word', { ...await going(), consent: undefined }, ['REJ_CONSENT']);
  judge('where another stop holds besides', await going(), ['REJ_RESUME'], cut, [tombstone, earlier]);
  judge('of a stop that is not known here', await going(), ['REJ_RESUME', 'REJ_STOPPED'], cut, []);
  judge('where it had not begun', await going(), ['not-heard'], null);
  judge('where it sounded to its end', await going(), ['REJ_COMPLETED'], { state: 'completed' });
  judge('where it sounds again already', await going(), ['REJ_COMPLETED'], { state: 'playing', takenBack: [{ stopId: tombstone.stopId, consentedAt: NOW + SECOND }] });
  judge('in another\'s place: a message that nobody stopped, under the word for this one', { ...await going(), message: other.order.message, approvals: other.order.approvals }, ['REJ_MESSAGE_DIGEST']);
}

function judgeAt({ lab }: Scene, stopped: OrderParts, order: unknown, heard: Partial<JournalEntry> | null, stops: readonly Tombstone[], now: number): string {
  return lab.judge(AT, order, { now, beaconAt: now, stops, journal: new Map(heard === null ? [] : [[digestOf(stopped.message), { ...ENTRY, ...heard }]]) });
}

function tombstoneFrom({ lab }: Scene, envelope: Envelope): Tombstone {
  const stop = verifyStop(lab.trustOf(AT), envelope);
  if (!stop.ok) throw new Error(`a genuine stop: ${stop.code}`);
  return tombstoneOf(stop.value, NOW);
}

async function stopIdOf(scene: Scene, platform: PlatformName): Promise<Tombstone['stopId']> {
  return tombstoneFrom(scene, await scene.lab.world.stop(platform)).stopId;
}
