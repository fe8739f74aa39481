import type { Person, RefusalCode } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { applyDocument, lineageOf, versionsFor, type TrustState } from '#libs/trust';
import { makeKey, NOW, platformOf, rule, type TestKey } from '../../../../tests/support/trust-builder';
import type { Family, Scene } from '../attack';

/** One who may sign: whose key it is, in whose name, and what that person may. */
interface Signatory {
  readonly name: string;
  readonly key: TestKey;
  readonly person: string;
  readonly isApprover: boolean;
  /** With user verification or from the command line: of what sounds as an emergency one signature at least is. */
  readonly isVerified: boolean;
}

const MOST_SIGNERS = 6;
const SOFTWARE = ['a with a second key', 'b'];
const STEPS = [1, 2, 3, 4] as const;

/** All subsets of up to six signers against the policy model: G4. Approved means: k distinct persons or more (the last step before air takes them), all of them approvers, none the author, one of them at least not a browser's software key. */
export const SIGNERS: Family = {
  family: 'all subsets of up to six signers', threat: 'T20 T21', where: 'admit',
  run: async (scene) => {
    const signatories = await signatoriesOf(scene);
    let [accepted, differed] = [0, 0];
    for (const k of STEPS) {
      const trust = await trustWith(scene, signatories, k);
      const { world } = scene.lab;
      const message = await world.message('t1');
      const approvals = await Promise.all(signatories.map(({ person, key }, index) => world.approval('t1', message, person, { by: [key.signer], set: { signedAt: NOW - 30_000 + index } })));
      for (const subset of subsetsOf(signatories.length, MOST_SIGNERS)) {
        const who = subset.map((index) => signatories[index]).filter((one) => one !== undefined);
        const granted: readonly Envelope[] = subset.flatMap((index) => approvals[index] ?? []);
        const dispatch = await world.dispatch('t1', message, granted, { set: { minVersions: { ...world.versions('t1'), rosters: versionsFor(trust, lineageOf(trust, platformOf('t1'))).rosters } } });
        const outcome = scene.lab.judge('v1', { dispatch, message, approvals: granted }, { trust });
        const fault = faultOf(who, k);
        if (fault === undefined) {
          accepted += 1;
          if (outcome !== 'play') differed += 1;
        } else {
          scene.tally.judged(`${k} asked, signed by ${who.map(({ name }) => name).join(', ') || 'nobody'}`, outcome, [fault]);
        }
      }
    }
    scene.tally.control(`each of the ${accepted} subsets that the policy allows plays`, accepted > 0 && differed === 0);
  },
};

/** The policy model: why these may not, in the order in which an order is read; undefined when they may. */
function faultOf(who: readonly Signatory[], k: number): RefusalCode | undefined {
  const wrong = who.find(({ isApprover }) => !isApprover);
  if (wrong !== undefined) return wrong.person === 'author' ? 'REJ_APPROVER_IS_AUTHOR' : 'REJ_APPROVER_ROLE';
  if (new Set(who.map(({ person }) => person)).size < who.length) return 'REJ_APPROVER_REPEATED';
  if (who.length < k) return 'REJ_APPROVAL_MISSING';
  return who.some(({ isVerified }) => isVerified) ? undefined : 'REJ_VERIFICATION';
}

async function signatoriesOf({ lab: { world } }: Scene): Promise<readonly Signatory[]> {
  const one = (name: string, person: string, isApprover: boolean, key: TestKey): Signatory => ({ name, person, isApprover, isVerified: !SOFTWARE.includes(name), key });
  return [
    one('author', 'author', false, world.key('t1', 'author')), one('a', 'approver-a', true, world.key('t1', 'approver-a')),
    one('a with a second key', 'approver-a', true, await makeKey('es256')), one('b', 'approver-b', true, world.key('t1', 'approver-b')),
    one('c', 'approver-c', true, world.key('t1', 'approver-c')), one('d', 'auditor', true, await makeKey()), one('stopper', 'stopper', false, world.key('t1', 'stopper')),
  ];
}

/** Roster 2 of the township: the auditor becomes an approver, every signatory's keys stand in it, and k must sign. */
async function trustWith({ lab }: Scene, signatories: readonly Signatory[], k: number): Promise<TrustState> {
  const { world } = lab;
  const roster = world.rosterPayload('t1');
  const persons = roster.persons.map((person): Person => {
    const own = signatories.filter((one) => world.personId('t1', one.person) === person.id);
    return { ...person, roles: own.some(({ isApprover }) => isApprover) ? ['approver'] : person.roles, keys: own.length === 0 ? person.keys : own.map(({ key }) => key.record) };
  });
  const document = await world.roster('t1', { set: { version: 2, issuedAt: NOW, persons, policy: { version: 1, rules: [rule(['emergency'], ['actual'], [], k, 'none')] } } });
  const next = applyDocument(lab.trustOf('v1'), document, NOW);
  if (!next.ok) throw new Error(`the roster of the subsets: ${next.code} ${next.at ?? ''}`);
  return next.value;
}

/** Every choice of at most `most` of the numbers below `count`. */
function subsetsOf(count: number, most: number): readonly (readonly number[])[] {
  const all = Array.from({ length: 2 ** count }, (_, bits) => Array.from({ length: count }, (_unused, index) => index).filter((index) => (bits >> index) % 2 === 1));
  return all.filter((subset) => subset.length <= most);
}
