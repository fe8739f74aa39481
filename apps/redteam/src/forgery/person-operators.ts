import type { Approval, Message } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { areaOf, digestNamed, NOW, unitOf } from '../../../../tests/support/trust-builder';
import { changed, overOther, randomBase64, rebound, withParts, type Bench, type Forged, type Operator } from './operator';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The message and its approvals, bound by a stolen dispatcher: what one or two dishonest persons add to it. */
export const PERSON_OPERATORS: readonly Operator[] = [
  { name: 'the message changed under its author\'s signature', codes: ['REJ_SIGNATURE'], forge: (bench) => withParts(bench.genuine, { message: overOther(bench.genuine.message, changed(bench.genuine.said, bench.random)) }) },
  { name: 'the message signed by the thief', codes: ['REJ_KEY_UNKNOWN'], forge: async (bench) => rebound(bench, { message: await said(bench, {}, 'stranger') }) },
  { name: 'the message signed by an approver in the author\'s name', codes: ['REJ_AUTHOR'], forge: (bench) => approvedAnew(bench, {}, { author: 'approver-c' }) },
  { name: 'a unit that the author is not of', codes: ['REJ_UNIT'], forge: (bench) => approvedAnew(bench, { unit: unitOf(`other-${bench.random.int(100)}`) }) },
  { name: 'no siren before an emergency', codes: ['REJ_CEILING'], forge: (bench) => approvedAnew(bench, { class: 'emergency', body: { segments: filesOf(bench.genuine.said.body).slice(1) } }) },
  { name: 'a class that this tier may not originate', codes: ['REJ_CEILING'], forge: async (bench) => approvedAnew({ ...bench, genuine: await ofDistrict(bench) }, { class: 'governance' }) },
  { name: 'a window longer than the class allows', codes: ['REJ_WINDOW'], forge: (bench) => approvedAnew(bench, { notAfter: bench.genuine.said.notBefore + 3 * DAY + 1 + bench.random.int(DAY) }) },
  { name: 'a message dated ahead', codes: ['REJ_NOT_YET'], forge: (bench) => approvedAnew(bench, { issuedAt: NOW + 5_001 + bench.random.int(DAY) }) },
  { name: 'areas outside the platform\'s', codes: ['REJ_AREA', 'REJ_CEILING'], forge: async (bench) => approvedAnew({ ...bench, genuine: await ofVillage(bench) }, { targets: { areas: [areaOf(bench.random.pick(['t1-area', 'd-area']))], terminals: [] } }) },
  { name: 'a test that is to sound', codes: ['REJ_MODE_TEST'], forge: (bench) => approvedAnew(bench, { mode: 'test' }, { approvers: ['approver-a'] }) },
  { name: 'a message of nobody\'s target', codes: ['REJ_SCHEMA'], forge: (bench) => approvedAnew(bench, { targets: { areas: [], terminals: [] } }) },
  { name: 'a correction sent as a message of its own', codes: ['REJ_CORRECTION', 'REJ_CEILING'], forge: (bench) => approvedAnew(bench, { corrects: 'correction', body: { segments: filesOf(bench.genuine.said.body).map((segment, index) => (index === 0 ? { ...segment, role: 'chime' as const } : segment)) } }) },
  { name: 'an approval changed under its signature', codes: ['REJ_SIGNATURE'], forge: (bench) => {
    const [first, ...rest] = bench.genuine.approvals;
    return first === undefined ? rebound(bench, { approvals: [] }) : rebound(bench, { approvals: [overOther(first, changed(bench.genuine.granted[0], bench.random)), ...rest] });
  } },
  { name: 'an approval signed by the thief', codes: ['REJ_KEY_UNKNOWN'], forge: (bench) => approvedBy(bench, {}, 'stranger') },
  { name: 'an approval with a random signature', codes: ['REJ_SIGNATURE'], forge: (bench) => {
    const [first, ...rest] = bench.genuine.approvals;
    return first === undefined ? rebound(bench, { approvals: [] })
      : rebound(bench, { approvals: [{ ...first, signatures: first.signatures.map(({ keyid }) => ({ keyid, sig: randomBase64(bench.random, 64) })) }, ...rest] });
  } },
  { name: 'an approval by the dispatcher', codes: ['REJ_KEY_USAGE'], forge: (bench) => approvedBy(bench, {}, 'dispatcher') },
  { name: 'an approval by somebody of another platform', codes: ['REJ_KEY_USAGE', 'REJ_KEY_UNKNOWN'], forge: (bench) => approvedBy(bench, {}, bench.genuine.platform === 't1' ? 'd-approver-a' : 't1-approver-a') },
  { name: 'an approval in somebody else\'s name', codes: ['REJ_APPROVER_ROLE', 'REJ_KEY_USAGE'], forge: (bench) => approvedBy(bench, { person: bench.lab.world.personId(bench.genuine.platform, 'approver-b') }, 'approver-c') },
  { name: 'an approval by somebody without the role', codes: ['REJ_APPROVER_ROLE'], forge: (bench) => approvedBy(bench, {}, bench.random.pick(['auditor', 'stopper'])) },
  { name: 'the author approves', codes: ['REJ_APPROVER_IS_AUTHOR'], forge: (bench) => approvedBy(bench, {}, 'author') },
  { name: 'a refusal counted as an approval', codes: ['REJ_APPROVAL_DECISION'], forge: (bench) => approvedBy(bench, { decision: 'return' }, 'approver-a') },
  { name: 'something else was shown', codes: ['REJ_DISPLAYED'], forge: (bench) => approvedBy(bench, { displayedDigest: digestNamed(`shown ${bench.random.int(1_000)}`) }, 'approver-a') },
  { name: 'another policy', codes: ['REJ_POLICY_VERSION'], forge: (bench) => approvedBy(bench, { policyVersion: 2 + bench.random.int(9) }, 'approver-a') },
  { name: 'a step that there is not', codes: ['REJ_APPROVAL_STEP'], forge: (bench) => approvedBy(bench, { step: bench.random.pick(['review', 'express', 'second']) }, 'approver-a') },
  { name: 'approved before it was written', codes: ['REJ_WINDOW'], forge: (bench) => approvedBy(bench, { signedAt: bench.genuine.said.issuedAt - 300_001 - bench.random.int(DAY) }, 'approver-a') },
  { name: 'approved in the future', codes: ['REJ_NOT_YET'], forge: (bench) => approvedBy(bench, { signedAt: NOW + 300_001 + bench.random.int(DAY) }, 'approver-a') },
  { name: 'one person twice', codes: ['REJ_APPROVER_REPEATED', 'REJ_APPROVAL_STEP'], forge: async (bench) => {
    const { lab: { world }, genuine } = bench;
    const again = await Promise.all([1, 2].map((n) => world.approval(genuine.platform, genuine.message, 'approver-a', { set: { signedAt: genuine.said.issuedAt + n } })));
    return rebound(bench, { approvals: again });
  } },
  { name: 'a genuine approval of another platform\'s same step', codes: ['REJ_KEY_USAGE', 'REJ_LINEAGE', 'REJ_KEY_UNKNOWN', 'REJ_APPROVAL_DIGEST'], forge: (bench) => {
    const foreign = bench.random.pick(bench.lab.recorded.filter(({ platform }) => platform !== bench.genuine.platform));
    return rebound(bench, { approvals: [...bench.genuine.approvals.slice(0, 1), ...foreign.approvals.slice(0, 1)] });
  } },
];

async function ofDistrict({ lab, genuine }: Bench) {
  return lab.recorded.find(({ platform }) => platform === 'd') ?? Promise.resolve(genuine);
}

async function ofVillage({ lab, genuine }: Bench) {
  return lab.recorded.find(({ platform }) => platform === 'v1') ?? Promise.resolve(genuine);
}

function signerOf({ lab: { world }, genuine }: Bench, who: string) {
  if (who === 'stranger') return world.stranger.signer;
  if (who === 'dispatcher') return world.platform(genuine.platform).dispatcher.signer;
  const [platform, ...rest] = who.split('-');
  return platform === 't1' || platform === 'd' ? world.key(platform, rest.join('-')).signer : world.key(genuine.platform, who).signer;
}

function said(bench: Bench, set: Partial<Message>, by = 'author'): Promise<Envelope> {
  return bench.lab.world.message(bench.genuine.platform, { set: { ...bench.genuine.said, ...set }, by: [signerOf(bench, by)] });
}

/** A changed message that its approvers really approved: only the rules about the message stand in the way. */
async function approvedAnew(bench: Bench, set: Partial<Message>, { author = 'author', approvers }: { readonly author?: string; readonly approvers?: readonly string[] } = {}): Promise<Forged> {
  const { lab: { world }, genuine } = bench;
  const message = await said(bench, set, author);
  const approvals: Envelope[] = [];
  for (const who of approvers ?? ['approver-a', 'approver-b'].slice(0, Math.max(1, genuine.approvals.length))) approvals.push(await world.approval(genuine.platform, message, who));
  const window = { notBefore: set.notBefore ?? genuine.said.notBefore, notAfter: set.notAfter ?? genuine.said.notAfter };
  return rebound(bench, { message, approvals, set: window });
}

/** The genuine message under one approval by `who`, beside the genuine ones that are still needed. */
async function approvedBy(bench: Bench, set: Partial<Approval>, who: string): Promise<Forged> {
  const { lab: { world }, genuine } = bench;
  const one = await world.approval(genuine.platform, genuine.message, ['stranger', 'dispatcher'].includes(who) || /^(t1|d)-/.test(who) ? 'approver-a' : who, { set, by: [signerOf(bench, who)] });
  return rebound(bench, { approvals: [one, ...genuine.approvals.slice(1)] });
}
