import type { LiveEvidence } from '#libs/contracts';
import { trustFromRoot, verifyLiveEvidence, verifyLiveRecord, type TrustState } from '#libs/trust';
import { liveMessage, spokenVoice, type SpokenVoice } from '../../../support/live-evidence';
import { sessionKey } from '../../../support/live-voice';
import { buildWorld, digestNamed, NOW, type World } from '../../../support/trust-builder';

let world: World;
let root: TrustState;
let voice: SpokenVoice;

beforeAll(async () => {
  world = await buildWorld();
  const begun = trustFromRoot(world.expected.rootEnvelope, { demo: true });
  if (!begun.ok) throw new Error(begun.code);
  root = begun.value;
  voice = await spokenVoice(world, 'v1');
});

function said({ evidence, blocks }: Pick<SpokenVoice, 'evidence' | 'blocks'>, under = root): string {
  const verdict = verifyLiveEvidence(under, evidence, blocks);
  return verdict.ok ? 'proven' : [verdict.code, verdict.at ?? (verdict.block === undefined ? [] : `block ${verdict.block}`)].flat().join(' ');
}
const changed = (set: Partial<LiveEvidence>): Pick<SpokenVoice, 'evidence' | 'blocks'> => ({ ...voice, evidence: { ...voice.evidence, ...set } });
const withOrder = (set: Partial<LiveEvidence['order']>) => changed({ order: { ...voice.evidence.order, ...set } });

describe('a recorded voice', () => {
  it('is proved under the root alone: who let it speak, and every block', () => {
    const verdict = verifyLiveEvidence(root, voice.evidence, voice.blocks);
    if (!verdict.ok) throw new Error(verdict.code);
    const { order, record, grant, isVoidSince } = verdict.value;
    expect(order.message.message).toMatchObject({ author: 'v1-author', platform: 'v1' });
    expect(order.approvals.map(({ approval }) => approval.person)).toEqual(['v1-approver-a']);
    expect(verifyLiveRecord(grant, voice.blocks)).toEqual({ ok: true, value: record });
    expect([record.lastSeq, record.ended, isVoidSince]).toEqual([21, true, false]);
  });

  it('is not, with other papers than its dispatch was made under, none, or another root', async () => {
    const { documents } = voice.evidence;
    expect(said(changed({ documents: documents.slice(0, -1) }))).toBe('REJ_VERSIONS documents');
    expect(said(changed({ documents: [] }))).toBe('REJ_VERSIONS documents');
    const other = await buildWorld();
    const foreign = trustFromRoot(other.expected.rootEnvelope, { demo: true });
    if (!foreign.ok) throw new Error(foreign.code);
    expect(said(voice, foreign.value)).toMatch(/^REJ_\w+ documents\.0$/);
  });

  it('is not without its approval, with one from elsewhere, or when its author alone said so', async () => {
    const { order } = voice.evidence;
    expect(said(withOrder({ approvals: [] }))).toMatch(/^REJ_APPROVAL/);
    const other = await spokenVoice(world, 'v1');
    expect(said(withOrder({ approvals: other.evidence.order.approvals }))).toMatch(/^REJ_APPROVAL_DIGEST order/);
    expect(said(withOrder({ message: other.evidence.order.message }))).toMatch(/^REJ_MESSAGE_DIGEST order/);
    expect(said(withOrder({ dispatch: { ...order.dispatch, signatures: other.evidence.order.dispatch.signatures } }))).toMatch(/^REJ_SIGNATURE order/);
    expect(said(await spokenVoice(world, 'v1', { approvers: [] }))).toMatch(/^REJ_APPROVAL_MISSING order/);
  });

  it('is not with blocks of another key, of another grant, or under another name', async () => {
    expect(said(await spokenVoice(world, 'v1', { blocksBy: sessionKey() }))).toBe('REJ_SIGNATURE block 0');
    const other = await spokenVoice(world, 'v1', { key: voice.key });
    expect(said({ ...voice, blocks: other.blocks })).toBe('REJ_STREAM block 0');
    expect(said(changed({ stream: other.evidence.stream }))).toBe('REJ_STREAM stream');
  });

  it('is not where the message is a recording, or not where it repeats or may wait for a day', async () => {
    const recorded = { body: { segments: [{ sha256: digestNamed('siren'), bytes: 900, role: 'chime' as const, durationMs: 500 }] } };
    expect(said(await spokenVoice(world, 'v1', { message: { set: recorded } }))).toBe('REJ_SCHEMA order.message.body');
    expect(said(await spokenVoice(world, 'v1', { message: { set: { repeats: 2 } } }))).toMatch(/^REJ_REPEATS order/);
    expect(said(await spokenVoice(world, 'v1', { message: { set: { notAfter: NOW + 5 * 3_600_000 } } }))).toMatch(/^REJ_WINDOW order/);
    expect(said(await spokenVoice(world, 'v1', { message: { set: liveMessage(voice.key, { maxDurationMs: 1_000 }) }, key: voice.key }))).toMatch(/^REJ_EXPIRED block/);
  });

  it('is still proved with what came later, which is said where a key of it was stolen, and has to hold itself', async () => {
    const roster = await world.roster('v1', { set: { version: 2, persons: world.rosterPayload('v1').persons.filter(({ id }) => id !== world.personId('v1', 'author')) } });
    expect(said(await spokenVoice(world, 'v1', { later: [roster] }))).toBe('proven');
    const stolen = await spokenVoice(world, 'v1', { later: [roster, await world.revocation('v1')] });
    const verdict = verifyLiveEvidence(root, stolen.evidence, stolen.blocks);
    expect(verdict.ok && verdict.value.isVoidSince).toBe(true);
    expect(said(await spokenVoice(world, 'v1', { later: [await world.roster('v1', { by: [world.stranger.signer], set: { version: 2 } })] }))).toMatch(/^REJ_\w+ documents\.6$/);
  });
});
