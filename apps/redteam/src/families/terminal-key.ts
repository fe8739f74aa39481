import { applyDocument, verifyAssignment, verifyBeacon, verifyByDevice, verifyConsent, verifyHead, verifyIsolate, verifyRestriction, verifyStop, type Result } from '#libs/trust';
import type { Envelope } from '#libs/envelope';
import { digestNamed, makeKey, NOW, platformOf, RESOURCE_CODE, terminalOf, type PlatformName } from '../../../../tests/support/trust-builder';
import type { Family, Scene } from '../attack';

const PLATFORMS = ['d', 't1', 'v1'] as const;
/** A device's key stands in no roster: whatever it signs is a stranger's word. */
const STRANGER = ['REJ_KEY_UNKNOWN'];

/** Everything that a terminal's own key could be made to sign: it signs for its own receipts and events, and for nothing else (T57). */
export const TERMINAL_KEY: Family = {
  family: 'a stolen terminal key signs everything', threat: 'T57 T75', where: 'admit',
  run: async (scene) => {
    await controls(scene);
    for (const platform of PLATFORMS) {
      await orders(scene, platform);
      await words(scene, platform);
      await documents(scene, platform);
    }
    await receiptsOfOthers(scene);
  },
};

async function orders({ lab: { world }, lab, tally }: Scene, platform: PlatformName): Promise<void> {
  const by = [world.device.signer];
  const genuine = await world.order(platform);
  const dispatch = await world.dispatch(platform, genuine.message, genuine.approvals, { by });
  tally.judged(`a dispatch of ${platform}`, lab.judge('v1', { ...genuine.order, dispatch }), STRANGER);
  const message = await world.message(platform, { by });
  const approvals = await Promise.all(['approver-a', 'approver-b'].map((who) => world.approval(platform, message, who)));
  tally.judged(`a message of ${platform} under the genuine dispatcher`, lab.judge('v1', world.bind(message, approvals, await world.dispatch(platform, message, approvals)).order), STRANGER);
  const own = [await world.approval(platform, genuine.message, 'approver-a', { by }), ...genuine.approvals.slice(1)];
  tally.judged(`an approval of ${platform} under the genuine dispatcher`, lab.judge('v1', world.bind(genuine.message, own, await world.dispatch(platform, genuine.message, own)).order), STRANGER);
  const added = await world.dispatch(platform, genuine.message, genuine.approvals, { by: [world.platform(platform).dispatcher.signer, world.device.signer] });
  tally.judged(`a second signature beside the dispatcher of ${platform}`, lab.judge('v1', { ...genuine.order, dispatch: added }), ['REJ_SHAPE']);
  for (const word of ['receipt', 'event', 'head', 'beacon']) {
    tally.judged(`a dispatch of ${platform} that calls itself ${word}`, lab.judge('v1', { ...genuine.order, dispatch: await world.dispatch(platform, genuine.message, genuine.approvals, { by, word }) }), ['REJ_TYPE']);
  }
}

async function words({ lab: { world }, lab, tally }: Scene, platform: PlatformName): Promise<void> {
  const trust = lab.trustOf('v1');
  const by = [world.device.signer];
  const attempt = (name: string, result: Result<unknown>): void => { tally.judged(`${name} of ${platform}`, result.ok ? 'play' : result.code, STRANGER); };
  attempt('a stop', verifyStop(trust, await world.stop(platform, { by })));
  attempt('a beacon', verifyBeacon(trust, await world.beacon(platform, { by }), platformOf('v1')));
  attempt('an isolate', verifyIsolate(trust, await world.isolate(platform, { by }), NOW));
  attempt('a posture', verifyRestriction(trust, await world.restriction(platform, { by }), NOW));
  attempt('a period', verifyRestriction(trust, await world.restriction(platform, { by, set: { kind: 'period' } }), NOW));
  attempt('a tree head', verifyHead(trust, await world.head(platform, { by })));
  attempt('a consent', verifyConsent(trust, await world.consent(platform, { kind: 'correct', correction: digestNamed('c'), ofMessage: digestNamed('m') }, { by }), NOW));
}

async function documents({ lab: { world }, lab, tally }: Scene, platform: PlatformName): Promise<void> {
  const trust = lab.trustOf('v1');
  const by = [world.device.signer];
  const set = { version: 2, issuedAt: NOW };
  const attempt = (name: string, document: Envelope, codes = STRANGER): void => {
    const next = applyDocument(trust, document, NOW);
    tally.judged(`${name} of ${platform}`, next.ok && next.value !== trust ? 'play' : next.ok ? 'taken without effect' : next.code, codes);
  };
  attempt('a charter', await world.charter(platform, { by, set }));
  attempt('a roster', await world.roster(platform, { by, set }));
  attempt('a revocation', await world.revocation(platform, { by }));
  attempt('a root', await world.root({ by, set }), ['REJ_THRESHOLD', 'REJ_KEY_UNKNOWN']);
  const assignment = verifyAssignment(trust, await world.assignment(platform, { by }));
  tally.judged(`an assignment of ${platform}`, assignment.ok ? 'play' : assignment.code, STRANGER);
}

/** With the key of terminal 1, in the name of terminal 2; and with its own name under another's key. */
async function receiptsOfOthers({ lab: { world }, tally }: Scene): Promise<void> {
  const [other, mine] = [{ terminal: terminalOf('v1-term-2'), key: (await makeKey()).record }, { terminal: terminalOf('v1-term-1'), key: world.device.record }];
  for (const word of ['receipt', 'event'] as const) {
    const named = await world[word](other.terminal);
    const judge = (name: string, result: Result<unknown>, codes: readonly string[]): void => { tally.judged(name, result.ok ? 'play' : result.code, codes); };
    judge(`a ${word} in the name of another terminal`, verifyByDevice(other, named, word), ['REJ_KEY_UNKNOWN']);
    judge(`a ${word} of another terminal offered as its own`, verifyByDevice(mine, named, word), ['REJ_TERMINAL']);
  }
}

async function controls({ lab: { world }, lab, tally }: Scene): Promise<void> {
  const genuine = await world.order('v1');
  tally.control('the genuine order plays', lab.judge('v1', genuine.order) === 'play');
  const own = { terminal: terminalOf('v1-term-1'), key: world.device.record };
  tally.control('its own receipt and event count', verifyByDevice(own, await world.receipt('v1-term-1'), 'receipt').ok && verifyByDevice(own, await world.event('v1-term-1'), 'event').ok);
  tally.control('the assignment that an officer signed for it counts', verifyAssignment(lab.trustOf('v1'), await world.assignment('v1')).ok && RESOURCE_CODE.length > 0);
}
