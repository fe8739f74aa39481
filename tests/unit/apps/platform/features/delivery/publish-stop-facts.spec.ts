import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { applyDocument } from '#libs/trust';
import { PublishStopFacts } from '../../../../../../apps/platform/src/features/delivery/publish-stop-facts';
import { readStopFacts } from '../../../../../../apps/platform/src/internal/stop-facts';
import { silentLog } from '../../../../../../apps/platform/src/kernel/log';
import { buildWorld, NOW } from '../../../../../support/trust-builder';

describe('what the STOP process is told of stoppers', () => {
  it('leaves a revoked key out as soon as trust changes', async () => {
    const world = await buildWorld();
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'clarion-stop-facts-'));
    const listeners: (() => Promise<void> | void)[] = [];
    let state = world.trust;
    const trust = { isReady: () => true, state: () => state, onChange: (listener: () => Promise<void> | void) => void listeners.push(listener) };
    const publish = new PublishStopFacts({ dataDir } as never, silentLog, trust as never);
    publish.onModuleInit();
    await publish.onApplicationBootstrap();
    const keyIds = async () => (await readStopFacts(dataDir))?.platforms.flatMap(({ stoppers }) => stoppers.map(({ key }) => key.keyId)) ?? [];
    const { keyId } = world.key('t1', 'stopper').record;
    const before = await keyIds();
    expect(before).toContain(keyId);
    const next = applyDocument(state, await world.revocation('t1', { set: { entries: [{ keyId, reason: 'left', since: NOW }] } }), NOW);
    if (!next.ok) throw new Error(next.code);
    state = next.value;
    for (const listener of listeners) await listener();
    expect(await keyIds()).toEqual(before.filter((id) => id !== keyId));
    rmSync(dataDir, { recursive: true, force: true });
  });
});
