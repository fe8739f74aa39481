import { Documents } from '../../../../libs/audit/documents';
import { Standing } from '../../../../libs/audit/standing';
import { buildWorld, digestOf } from '../../../support/trust-builder';

const MINUTE = 60_000;

describe('who could sign at a place of a log', () => {
  it('no longer counts a key that a platform above revoked, a minute after that one\'s log took the revocation', async () => {
    const world = await buildWorld();
    const documents = new Documents();
    const key = world.key('v1', 'approver-a').record;
    const revocation = await world.revocation('d', { set: { entries: [{ keyId: key.keyId, reason: 'left', since: 0 }] } });
    const all = [world.expected.rootEnvelope, ...world.expected.documents, revocation];
    expect(all.every((envelope, place) => documents.take(envelope, place))).toBe(true);
    const roster = documents.all().find(({ word, platform }) => word === 'roster' && platform === 'v1')?.digest ?? '';
    const counts = (standing: Standing, at: number): boolean => standing.accept(roster, 0) && standing.personKeys(at, 'v1-approver-a', null).some(({ keyId }) => keyId === key.keyId);
    expect(documents.above('v1')).toEqual(['t1', 'd']);
    const accepted = new Map([[digestOf(revocation), 1_000]]);
    expect(counts(new Standing(documents, 'v1', accepted), 1_000 + MINUTE)).toBe(true);
    expect(counts(new Standing(documents, 'v1', accepted), 1_001 + MINUTE)).toBe(false);
    // The log above was not in the file.
    expect(counts(new Standing(documents, 'v1'), 1_001 + MINUTE)).toBe(true);
    // A platform beside it has no say.
    const beside = await world.revocation('t2', { set: { entries: [{ keyId: key.keyId, reason: 'left', since: 0 }] } });
    expect(documents.take(beside, 99)).toBe(true);
    expect(counts(new Standing(documents, 'v1', new Map([[digestOf(beside), 0]])), 1_001 + MINUTE)).toBe(true);
  });
});
