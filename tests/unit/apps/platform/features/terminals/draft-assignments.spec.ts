import { BATCH_TERMINALS, draftAssignments } from '../../../../../../apps/platform/src/features/terminals/draft-assignments';
import type { RegisteredTerminal } from '../../../../../../apps/platform/src/features/terminals/registry';
import type { VolumeBand } from '#libs/contracts';
import { areaOf, chainOf, makeKey, NOW, platformOf, RESOURCE_CODE, terminalOf, type TestKey } from '../../../../../support/trust-builder';

describe('assignments drafted for an officer', () => {
  let key: TestKey;
  beforeAll(async () => {
    key = await makeKey();
  });
  const terminal = (id: string, set: Partial<RegisteredTerminal> = {}): RegisteredTerminal => ({
    id: terminalOf(id), name: id, platform: platformOf('v1'), area: areaOf('v1-area'), physicalCode: id, resourceCode: RESOURCE_CODE, latitude: 0, longitude: 0,
    horns: 1, households: 0, naturalVillage: '', state: 'enrolled', deviceKey: key.record, wantedMaxVolume: null, assignmentVersion: 0, assignment: null, ...set,
  });
  const draft = (terminals: readonly RegisteredTerminal[]) => draftAssignments(terminals, (area) => (area === 'v1-area' ? chainOf('v1') : undefined), NOW);

  it('name each enrolled terminal once, one version up, with its signed areas', () => {
    const [batch] = draft([terminal('a', { assignmentVersion: 4 })]);
    expect(batch).toEqual({ platform: 'v1', issuedAt: NOW, terminals: [{ terminal: 'a', deviceKeyId: key.record.keyId, areas: chainOf('v1'), resourceCode: RESOURCE_CODE, maxVolume: 'full', version: 5 }] });
  });

  it('leave out who has not enrolled, who is assigned, and who stands in no declared area', () => {
    expect(draft([terminal('a', { deviceKey: null, state: 'expected' }), terminal('b', { area: areaOf('nowhere') }), terminal('c', { state: 'retired' })])).toEqual([]);
  });

  it('take in again whoever lost the signature it stood under', () => {
    const [batch] = draft([terminal('a', { state: 'assigned', assignmentVersion: 1, assignment: null })]);
    expect(batch?.terminals).toHaveLength(1);
  });

  it('carry the greatest volume that was asked for, and ask for a signature until it is signed', () => {
    const signed = (maxVolume: VolumeBand, wantedMaxVolume: VolumeBand | null, needsSigning = false): RegisteredTerminal => terminal('a', {
      state: 'assigned', assignmentVersion: 4, wantedMaxVolume,
      assignment: {
        envelope: { payloadType: '', payload: '', signatures: [] }, needsSigning,
        entry: { terminal: terminalOf('a'), platform: platformOf('v1'), deviceKeyId: key.record.keyId, areas: [...chainOf('v1')], resourceCode: RESOURCE_CODE, maxVolume, version: 4 },
      },
    });
    expect(draft([terminal('a', { wantedMaxVolume: 'low' })])[0]?.terminals[0]).toMatchObject({ maxVolume: 'low', version: 1 });
    expect(draft([signed('full', 'low')])[0]?.terminals[0]).toMatchObject({ maxVolume: 'low', version: 5 });
    expect(draft([signed('low', 'full')])[0]?.terminals[0]).toMatchObject({ maxVolume: 'full', version: 5 });
    expect(draft([signed('low', 'low'), signed('full', null)])).toEqual([]);
    // Nobody asked for another: what was signed by hand is kept, never raised.
    expect(draft([signed('low', null)])).toEqual([]);
    expect(draft([signed('low', null, true)])[0]?.terminals[0]?.maxVolume).toBe('low');
  });

  it('are cut into batches of at most 60', () => {
    const batches = draft(Array.from({ length: 2 * BATCH_TERMINALS + 1 }, (_, n) => terminal(`t-${n}`)));
    expect(batches.map(({ terminals }) => terminals.length)).toEqual([60, 60, 1]);
  });
});
