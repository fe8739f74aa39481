import { envelopeSchema } from '#libs/contracts';
import { areaOf, makeKey, personOf } from '../../../support/trust-builder';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';

const DAY = 86_400_000;
const siren = tone(700, 2_000, 'siren');
const speech = tone(300, 3_000);
const scene = useTestScene(siren, speech);

async function playing(set: { readonly repeats?: number } = {}) {
  const terminal = await scene.ready();
  const order = await orderOf(scene.world, 't1', [siren, speech], { startAt: terminal.truth.now() + 700, ...set });
  await terminal.order(order.order);
  await terminal.truth.move(2_000);
  expect(terminal.agent.health().playing).toBe(order.digest);
  return { terminal, order };
}

describe('a stop', () => {
  it('silences what sounds within the fade, before the disk has said anything, and nothing of it follows', async () => {
    const { terminal, order } = await playing();
    const at = terminal.truth.now();
    terminal.disk.hold();
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: Math.floor(at) } }));
    expect(terminal.starts()[0]?.endedAt).toBeLessThanOrEqual(at + 50);
    terminal.disk.resume();
    await terminal.truth.move(20_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'failed 0 STOPPED']);
    await terminal.order(order.order);
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(1);
  });

  it('keeps silent for good what arrives after it, also after a restart and under a new dispatch', async () => {
    const terminal = await scene.ready();
    const now = Math.floor(terminal.truth.now());
    const order = await orderOf(scene.world, 't1', [siren], { startAt: now + 700 });
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: now, scope: { kind: 'messages', messages: [order.digest] } } }));
    terminal.crash();
    await terminal.boot();
    await terminal.goOnline();
    await terminal.order(order.order);
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(0);
    expect(terminal.refused.map(({ code }) => code)).toContain('REJ_STOPPED');
  });

  it('silences in the turn between disk and card', async () => {
    const terminal = await scene.ready();
    const now = Math.floor(terminal.truth.now());
    terminal.disk.hold();
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: now + 700 })).order);
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: now } }));
    terminal.disk.resume();
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(0);
    expect(terminal.told()).toContain('failed 0 STOPPED');
  });

  it('of a lower tier or another place ends nothing, and a stop by an approver is refused and reported', async () => {
    const { terminal } = await playing({ repeats: 1 });
    await terminal.stop(await scene.world.stop('t2'));
    await terminal.stop(await scene.world.stop('v1'));
    await terminal.stop(await scene.world.stop('t1', { by: [scene.world.key('t1', 'approver-a').signer] }));
    await terminal.truth.move(10_000);
    expect(terminal.starts().map((record) => Math.round((record.endedAt ?? 0) - record.startedAt))).toEqual([5_000]);
    expect(terminal.events().map(({ kind, code }) => `${kind} ${code ?? ''}`)).toEqual(['refused REJ_KEY_USAGE']);
  });

  it('of an upper platform for somebody else\'s area is no incident: the gateway sends every stop to everybody', async () => {
    const { terminal, order } = await playing();
    await terminal.stop(await scene.world.stop('d', { set: { area: areaOf('v3-area'), issuedAt: Math.floor(terminal.truth.now()) } }));
    await terminal.truth.move(500);
    expect(terminal.agent.health().playing).toBe(order.digest);
    expect(terminal.events()).toEqual([]);
  });

  it('for a place where it does not stand is not kept: what it says that it holds stays what the platform expects', async () => {
    const terminal = await scene.ready();
    const said = async () => {
      await terminal.truth.move(35_000);
      return terminal.link.of('exchange').at(-1)?.held;
    };
    const [own] = scene.world.charterPayload('t1').areas;
    if (own === undefined) throw new Error('t1 has an area');
    const areas = [own, { ...own, id: areaOf('t1-east'), parent: own.id, codes: ['360123009901'] }];
    terminal.give({ kind: 'document', document: envelopeSchema.parse(await scene.world.charter('t1', { set: { version: 2, areas } })) });
    expect(terminal.refused).toEqual([]);
    const before = await said();
    await terminal.stop(await scene.world.stop('d', { set: { area: areaOf('t1-east'), issuedAt: Math.floor(terminal.truth.now()) } }));
    expect(await said()).toBe(before);
    await terminal.stop(await scene.world.stop('d', { set: { issuedAt: Math.floor(terminal.truth.now()) } }));
    expect(await said()).not.toBe(before);
  });

  it('dated far ahead is kept as if given now, and does not outlive its day for that', async () => {
    const terminal = await scene.ready();
    await terminal.truth.move(0.3);
    const now = Math.floor(terminal.truth.now());
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: now + 86_400_000, notAfter: now + 10 * 86_400_000 } }));
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: now + 700 })).order);
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(0);
    expect(terminal.faults).toEqual([]);
    const later = await orderOf(scene.world, 't1', [speech], { startAt: now + 12_000, repeats: 1, message: { issuedAt: now + 10_000 }, dispatch: { issuedAt: now + 10_000 } });
    await terminal.truth.move(5_500);
    await terminal.order(later.order);
    await terminal.truth.move(8_000);
    expect(terminal.starts()).toHaveLength(1);
  });

  it('dated far ahead that comes while the time is unknown counts as given with the first beacon, not for its year', async () => {
    const terminal = await scene.ready({ batteryClock: false });
    terminal.crash();
    await terminal.boot();
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    const now = Math.floor(terminal.truth.now());
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: now + 365 * DAY, notAfter: now + 375 * DAY } }));
    await terminal.truth.move(1_100);
    await terminal.answerExchange({});
    const [before, after] = await Promise.all([now - 1_000, now + 20_000].map((issuedAt) => orderOf(scene.world, 't1', [siren], { startAt: now + 22_000, repeats: 1, message: { issuedAt }, dispatch: { issuedAt } })));
    await terminal.truth.move(20_000);
    for (const one of [before, after]) if (one !== undefined) await terminal.order(one.order);
    await terminal.truth.move(10_000);
    expect(terminal.starts().map(({ job }) => job.dispatchId)).toEqual([after?.dispatchId]);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_STOPPED']);
  });

  it('reaches what was issued before it also where the battery clock had fallen behind', async () => {
    const terminal = await scene.ready();
    terminal.crash();
    await terminal.truth.move(120_000);
    await terminal.boot({ ppm: 0, offsetMs: -60_000 });
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    const now = Math.floor(terminal.truth.now());
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: now } }));
    await terminal.truth.move(500);
    await terminal.answerExchange({});
    const order = await orderOf(scene.world, 't1', [siren], { startAt: now + 3_000, message: { issuedAt: now - 30_000 }, dispatch: { issuedAt: now - 30_000 } });
    await terminal.order(order.order);
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(0);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_STOPPED']);
  });

  it('of a stopper who has left since reaches what was kept before that, and nothing that was issued after it', async () => {
    const terminal = await scene.ready();
    const now = Math.floor(terminal.truth.now());
    const order = await orderOf(scene.world, 't1', [siren, speech], { startAt: now + 60_000, repeats: 2 });
    await terminal.order(order.order);
    await terminal.truth.move(1_000);
    terminal.crash();
    await terminal.truth.move(10_000);
    const stopper = scene.world.key('t1', 'stopper');
    const issuedAt = Math.floor(terminal.truth.now());
    const later = await orderOf(scene.world, 't1', [siren], { startAt: now + 90_000, repeats: 1, message: { issuedAt: issuedAt + 10_000 }, dispatch: { issuedAt: issuedAt + 10_000 } });
    const all = await scene.world.stop('t1', { by: [stopper.signer], set: { issuedAt } });
    const named = await scene.world.stop('t1', { by: [stopper.signer], set: { issuedAt, scope: { kind: 'messages', messages: [later.digest] } } });
    await terminal.truth.move(10_000);
    const left = await scene.world.revocation('t1', { set: { version: 1, entries: [{ keyId: stopper.record.keyId, reason: 'left', since: Math.floor(terminal.truth.now()) }] } });
    await terminal.boot();
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    await terminal.answerExchange({ documents: [envelopeSchema.parse(left)], stops: [all, named].map((stop) => envelopeSchema.parse(stop)) });
    await terminal.order(later.order);
    await terminal.truth.move(120_000);
    expect(terminal.starts().map(({ job }) => job.dispatchId)).toEqual([later.dispatchId]);
    expect(terminal.told()).toContain('failed 0 STOPPED');
  });

  it('that came before the documents counts once they are there', async () => {
    const terminal = await scene.make();
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: Math.floor(terminal.truth.now()) } }));
    await terminal.answerExchange({ documents: await terminal.documents() });
    await terminal.truth.move(1_100);
    await terminal.answerExchange({});
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700 })).order);
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(0);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_STOPPED']);
  });
});

describe('a revocation', () => {
  it('as compromised ends within a second what the key signed, and tells why', async () => {
    const { terminal } = await playing();
    const at = terminal.truth.now();
    terminal.give({ kind: 'document', document: (await scene.world.revocation('t1')) as never });
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(1);
    expect((terminal.starts()[0]?.endedAt ?? Infinity) - at).toBeLessThan(1_000);
    expect(terminal.told()).toContain('failed 0 SIG_REJECT');
  });

  it('of the officers behind its platform\'s roster as compromised ends what was admitted under that roster, and nothing under the next one', async () => {
    const { terminal } = await playing({ repeats: 4 });
    const { world } = scene;
    const [first, second] = world.platform('t1').officers;
    const at = Math.floor(terminal.truth.now());
    const entries = [first, second].flatMap((officer) => (officer === undefined ? [] : [{ keyId: officer.key.record.keyId, reason: 'compromised' as const, since: 1 }]));
    const fresh = [await makeKey('ed25519'), await makeKey('ed25519')];
    const officers = fresh.map(({ record }, index) => ({ person: personOf(`t1-new-officer-${index}`), key: record }));
    const documents = [
      await world.charter('t1', { set: { version: 2, officers, threshold: 2 } }),
      await world.revocation('d', { set: { version: 1, entries } }),
      await world.roster('t1', { set: { version: 2 }, by: fresh.map(({ signer }) => signer) }),
    ];
    terminal.give({ kind: 'exchange', beacon: null, documents: documents.map((document) => envelopeSchema.parse(document)), stops: [], isolates: [], orders: [] });
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(1);
    expect((terminal.starts()[0]?.endedAt ?? Infinity) - at).toBeLessThan(1_000);
    expect(terminal.told()).toContain('failed 0 SIG_REJECT');
    const now = Math.floor(terminal.truth.now());
    const minVersions = { ...world.versions('t1') };
    const later = await orderOf(world, 't1', [speech], { startAt: now + 700, repeats: 1, dispatch: { issuedAt: now, minVersions: { ...minVersions, rosters: { ...minVersions.rosters, t1: 2 } } as never } });
    await terminal.order(later.order);
    await terminal.truth.move(1_500);
    expect(terminal.agent.health().playing).toBe(later.digest);
    terminal.give({ kind: 'document', document: envelopeSchema.parse(await world.revocation('d', { set: { version: 2, entries: [...entries, { keyId: world.stranger.record.keyId, reason: 'left', since: 1 }] } })) });
    await terminal.truth.move(10_000);
    expect(terminal.told().at(-1)).toBe('done 1');
  });

  it('as left does not touch what was admitted', async () => {
    const { terminal } = await playing();
    const { keyId } = scene.world.key('t1', 'approver-a').record;
    terminal.give({ kind: 'document', document: (await scene.world.revocation('t1', { set: { entries: [{ keyId, reason: 'left', since: 1 }] } })) as never });
    await terminal.truth.move(15_000);
    expect(terminal.starts()).toHaveLength(2);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1', 'audible 2', 'done 2']);
  });
});
