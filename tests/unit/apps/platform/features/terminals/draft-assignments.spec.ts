import { BATCH_TERMINALS, draftAssignments } from '../../../../../../apps/platform/src/features/terminals/draft-assignments';
import type { RegisteredTerminal } from '../../../../../../apps/platform/src/features/terminals/registry';
import { areaOf, chainOf, makeKey, NOW, platformOf, RESOURCE_CODE, terminalOf, type TestKey } from '../../../../../support/trust-builder';

describe('assignments drafted for an officer', () => {
  let key: TestKey;
  beforeAll(async () => {
    key = await makeKey();
  });
  const terminal = (id: string, set: Partial<RegisteredTerminal> = {}): RegisteredTerminal => ({
    id: terminalOf(id), name: id, platform: platformOf('v1'), area: areaOf('v1-area'), physicalCode: id, resourceCode: RESOURCE_CODE, latitude: 0, longitude: 0,
    horns: 1, households: 0, naturalVillage: '', state: 'enrolled', deviceKey: key.record, assignmentVersion: 0, assignment: null, ...set,
  });
  const draft = (terminals: readonly RegisteredTerminal[]) => draftAssignments(terminals, (area) => (area === 'v1-area' ? chainOf('v1') : undefined), NOW);

  it('name each enrolled terminal once, one version up, with its signed areas', () => {
    const [batch] = draft([terminal('a', { assignmentVersion: 4 })]);
    expect(batch).toEqual({ platform: 'v1', issuedAt: NOW, terminals: [{ terminal: 'a', deviceKeyId: key.record.keyId, areas: chainOf('v1'), resourceCode: RESOURCE_CODE, version: 5 }] });
  });

  it('leave out who has not enrolled, who is assigned, and who stands in no declared area', () => {
    expect(draft([terminal('a', { deviceKey: null, state: 'expected' }), terminal('b', { area: areaOf('nowhere') }), terminal('c', { state: 'retired' })])).toEqual([]);
  });

  it('take in again whoever lost the signature it stood under', () => {
    const [batch] = draft([terminal('a', { state: 'assigned', assignmentVersion: 1, assignment: null })]);
    expect(batch?.terminals).toHaveLength(1);
  });

  it('are cut into batches of at most 60', () => {
    const batches = draft(Array.from({ length: 2 * BATCH_TERMINALS + 1 }, (_, n) => terminal(`t-${n}`)));
    expect(batches.map(({ terminals }) => terminals.length)).toEqual([60, 60, 1]);
  });
});
