import { drillIdSchema, type Message, type Policy, type PolicyStep, type Roster } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { applyDocument, lineageOf, versionsFor, type TrustState } from '#libs/trust';
import { DEFAULT_POLICY, digestOf, NOW, platformOf, type PlatformName } from '../../../../tests/support/trust-builder';
import type { Family, Scene } from '../attack';

/** Of the shipped policy, for what a township says: how many persons each class takes. */
const ASKED = { emergency: 2, advisory: 2, notice: 1, governance: 1, daily: 1 } as const;
const CLASSES = ['emergency', 'advisory', 'notice', 'governance', 'daily'] as const;
const URGENT = ['emergency', 'advisory'] as const;
const APPROVERS = ['approver-a', 'approver-b', 'approver-c'] as const;
const A_DAY_OF_ALARMS = 12;
const FROM = 't1' satisfies PlatformName;

/**
 * Somebody in a hurry, with the dispatcher in hand: fewer persons than the policy asks, the author among them, a person
 * of another class, what may follow the air taken for what comes before it (T21). There is no shorter way for emergencies.
 */
export const HASTE: Family = {
  family: 'haste: fewer persons, another class, signatures that follow', threat: 'T21', where: 'admit',
  run: async (scene) => {
    await tooFew(scene);
    await otherClass(scene);
    await afterAir(scene);
    await loweredPapers(scene);
    let played = 0;
    for (let n = 0; n < A_DAY_OF_ALARMS; n += 1) if ((await said(scene, scene.lab.trustOf('v1'), 'emergency', ['approver-a', 'approver-b'])) === 'play') played += 1;
    scene.tally.control(`${A_DAY_OF_ALARMS} emergencies in an hour, each with all its persons, play: nothing counts them out`, played === A_DAY_OF_ALARMS);
  },
};

/** Every class with none, with one person fewer, with one twice, and with the author in a place of theirs. */
async function tooFew(scene: Scene): Promise<void> {
  const { tally, lab } = scene;
  const trust = lab.trustOf('v1');
  for (const kind of CLASSES) {
    const all = APPROVERS.slice(0, ASKED[kind]);
    tally.control(`${kind} by ${all.join(', ')} plays`, await said(scene, trust, kind, all) === 'play');
    const attempts: readonly (readonly [readonly string[], readonly string[]])[] = [
      [[], ['REJ_APPROVAL_MISSING']], [all.slice(1), ['REJ_APPROVAL_MISSING']], [[...all.slice(1), 'author'], ['REJ_APPROVER_IS_AUTHOR']],
      [[...all.slice(1), 'stopper'], ['REJ_APPROVER_ROLE']], [[...all.slice(1), 'auditor'], ['REJ_APPROVER_ROLE']],
      ...(all.length > 1 ? [[['approver-a', 'approver-a'], ['REJ_APPROVER_REPEATED']]] as const : []),
    ];
    for (const [who, codes] of attempts) tally.judged(`${kind} by ${who.join(', ') || 'nobody'}`, await said(scene, trust, kind, who), codes);
  }
}

/** An author whose unit speaks in routine classes, approvals that were given for routine, and ways that need fewer. */
async function otherClass(scene: Scene): Promise<void> {
  const { tally, lab } = scene;
  const { world } = lab;
  const trust = lab.trustOf('v1');
  const routine = await withRoster(scene, { units: world.rosterPayload(FROM).units.map((unit) => ({ ...unit, classes: ['notice', 'daily'] })) });
  tally.control('an author of a routine unit says a notice', await said(scene, routine, 'notice', ['approver-a']) === 'play');
  for (const kind of [...URGENT, 'governance'] as const) tally.judged(`${kind} by an author of a routine unit`, await said(scene, routine, kind, ['approver-a', 'approver-b']), ['REJ_UNIT']);
  for (const kind of URGENT) {
    const urgent = await messageOf(scene, kind);
    const given = await world.approval(FROM, await messageOf(scene, 'notice'), 'approver-a');
    const own = await world.approval(FROM, urgent, 'approver-b');
    tally.judged(`${kind} with an approval that was given for a notice`, await bound(scene, trust, urgent, [given, own]), ['REJ_APPROVAL_DIGEST']);
    tally.judged(`${kind} under a permit that nobody signed`, await bound(scene, trust, await messageOf(scene, kind, { permit: digestOf(own) }), []), ['REJ_PERMIT']);
    tally.judged(`${kind} as a test, for which one person is enough`, await said(scene, trust, kind, ['approver-a'], { mode: 'test' }), ['REJ_MODE_TEST']);
    tally.judged(`${kind} as a drill, by one person`, await said(scene, trust, kind, ['approver-a'], { mode: 'drill', drill: { plan: drillIdSchema.parse(world.nextId()), kind: 'terminal' } }), ['REJ_APPROVAL_MISSING']);
  }
}

/** Steps that may follow the air fill no place of those that may not, whichever of the two comes first. */
async function afterAir(scene: Scene): Promise<void> {
  const { tally, lab: { world } } = scene;
  for (const [name, issueOrder, confirmOrder] of [['issued, then confirmed', 1, 2], ['confirmed whenever, issued', 2, 1], ['side by side', 1, 1]] as const) {
    const steps = [stepOf('issue', 2, issueOrder, false), stepOf('confirm', 2, confirmOrder, true)];
    const trust = await withRoster(scene, { policy: policyOf(steps) });
    const judged = async (signed: readonly (readonly [string, string])[], codes: readonly string[]): Promise<void> => {
      const message = await messageOf(scene, 'emergency');
      const approvals = await Promise.all(signed.map(([who, step], at) => world.approval(FROM, message, who, { set: { step, signedAt: NOW - 30_000 + at } })));
      const outcome = await bound(scene, trust, message, approvals);
      const what = `${name}: ${signed.map(([who, step]) => `${who} for ${step}`).join(', ')}`;
      if (codes.includes('play')) tally.control(`${what} plays`, outcome === 'play');
      else tally.judged(what, outcome, codes);
    };
    await judged([['approver-a', 'issue'], ['approver-b', 'issue']], ['play']);
    for (const other of ['approver-b', 'approver-c']) await judged([['approver-a', 'issue'], [other, 'confirm']], ['REJ_APPROVAL_MISSING', 'REJ_APPROVAL_STEP']);
    await judged([['approver-a', 'confirm'], ['approver-b', 'confirm']], ['REJ_APPROVAL_MISSING', 'REJ_APPROVAL_STEP']);
    await judged([['approver-a', 'issue'], ['approver-b', 'confirm'], ['approver-c', 'confirm']], ['REJ_APPROVAL_MISSING', 'REJ_APPROVAL_STEP']);
    await judged([['approver-a', 'issue'], ['approver-a', 'confirm']], ['REJ_APPROVER_REPEATED', 'REJ_APPROVAL_STEP']);
  }
}

/** Papers that would make it shorter, genuinely signed by a platform's own officers: fewer before air than the charter's least number. */
async function loweredPapers(scene: Scene): Promise<void> {
  const { tally, lab } = scene;
  const { world } = lab;
  const minimumApprovals = URGENT.map((kind) => ({ class: kind, tier: 'township' as const, approvals: ASKED[kind] }));
  const set = { version: 2, issuedAt: NOW };
  // What stood on the charters of before falls with them, and is brought again.
  const papers = [
    await world.charter('d', { set: { ...set, minimumApprovals } }), await world.charter(FROM, { set: { ...set, minimumApprovals } }), await world.roster(FROM, { set }),
    await world.charter('v1', { set }), await world.roster('v1', { set }),
  ];
  const trust = papers.reduce(after, lab.trustOf('v1'));
  tally.control('under charters that ask for two an emergency by two plays', await said(scene, trust, 'emergency', ['approver-a', 'approver-b']) === 'play');
  const issue = stepOf('issue', 2, 1, false);
  const lowered: readonly (readonly [string, readonly PolicyStep[], Partial<Policy['rules'][number]>])[] = [
    ['one person', [{ ...issue, count: 1 }], {}], ['both may follow the air', [stepOf('issue', 2, 1, true)], {}],
    ['one before, one after', [{ ...issue, count: 1 }, stepOf('confirm', 1, 2, true)], {}], ['one person where it is red', [{ ...issue, count: 1 }], { severities: ['red'] }],
    ['one person in a township', [{ ...issue, count: 1 }], { tiers: ['township'] }], ['one person for a drill', [{ ...issue, count: 1 }], { modes: ['drill'] }],
  ];
  for (const [name, steps, only] of lowered) {
    const { rules } = policyOf(steps);
    const policy = { ...DEFAULT_POLICY, rules: [...rules.map((rule) => ({ ...rule, ...only })), ...DEFAULT_POLICY.rules] };
    const next = applyDocument(trust, await world.roster(FROM, { set: { version: 3, issuedAt: NOW, policy } }), NOW);
    tally.judged(`a roster by which an emergency needs ${name}`, next.ok ? 'play' : next.code, ['REJ_POLICY']);
  }
  for (const rows of [[], minimumApprovals.map((row) => ({ ...row, approvals: 1 }))]) {
    const charter = applyDocument(trust, await world.charter(FROM, { set: { version: 3, issuedAt: NOW, minimumApprovals: rows } }), NOW);
    tally.judged(`a charter with ${rows.length === 0 ? 'no least number' : 'one person as the least number'} where its parent asks for two`, charter.ok ? 'play' : charter.code, ['REJ_WIDENS']);
  }
}

function stepOf(name: string, count: number, order: number, follows: boolean): PolicyStep {
  return { name, role: 'approver', unit: null, count, order, mayFollowAir: follows, dueHours: follows ? 24 : 0 };
}

function policyOf(steps: readonly PolicyStep[]): Policy {
  return { version: 1, rules: [{ classes: [...URGENT], severities: [], modes: ['actual', 'drill'], tiers: [], minAreas: 0, steps: [...steps], verification: 'one' }] };
}

async function withRoster({ lab }: Scene, set: Partial<Roster>): Promise<TrustState> {
  return after(lab.trustOf('v1'), await lab.world.roster(FROM, { set: { version: 2, issuedAt: NOW, ...set } }));
}

function after(trust: TrustState, document: Envelope): TrustState {
  const next = applyDocument(trust, document, NOW);
  if (!next.ok) throw new Error(`${document.payloadType}: ${next.code} ${next.at ?? ''}`);
  return next.value;
}

function messageOf({ lab: { world } }: Scene, kind: Message['class'], set: Partial<Message> = {}): Promise<Envelope> {
  const segments = filesOf(world.messagePayload(FROM, set).body).map((segment) => (segment.role === 'siren' && kind !== 'emergency' ? { ...segment, role: 'chime' as const } : segment));
  return world.message(FROM, { set: { class: kind, body: { segments }, ...set } });
}

async function said(scene: Scene, trust: TrustState, kind: Message['class'], who: readonly string[], set: Partial<Message> = {}): Promise<string> {
  const message = await messageOf(scene, kind, set);
  return bound(scene, trust, message, await Promise.all(who.map((one, at) => scene.lab.world.approval(FROM, message, one, { set: { signedAt: NOW - 30_000 + at } }))));
}

/** The dispatcher binds whatever it is given. */
async function bound({ lab }: Scene, trust: TrustState, message: Envelope, approvals: readonly Envelope[]): Promise<string> {
  const minVersions = versionsFor(trust, lineageOf(trust, platformOf(FROM)));
  const dispatch = await lab.world.dispatch(FROM, message, approvals, { set: { minVersions } });
  return lab.judge('v1', { dispatch, message, approvals }, { trust });
}
