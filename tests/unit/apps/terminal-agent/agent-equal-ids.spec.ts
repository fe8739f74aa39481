import { envelopeSchema } from '#libs/contracts';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';

const siren = tone(700, 2_000, 'siren');
const scene = useTestScene(siren);

describe('whoever holds one platform\'s dispatcher and guesses or sees an id', () => {
  it('cannot keep out the order of another platform that has it, by an order of long ago', async () => {
    const terminal = await scene.ready();
    const { world } = scene;
    const now = Math.floor(terminal.truth.now());
    const district = await orderOf(world, 'd', [siren], { startAt: now + 3_000, repeats: 1, message: { issuedAt: now - 60_000 }, dispatch: { issuedAt: now } });
    const old = await orderOf(world, 't1', [siren], { startAt: now - 3_600_000, notAfter: now - 1_000, repeats: 1, message: { issuedAt: now - 7_200_000, notBefore: now - 7_200_000 }, dispatch: { dispatchId: district.dispatchId, notBefore: now - 7_200_000 } });
    await terminal.order(old.order);
    await terminal.truth.move(500);
    await terminal.order(district.order);
    await terminal.truth.move(10_000);
    expect(terminal.receipts().filter(({ messageDigest }) => messageDigest === old.digest).map(({ reason }) => reason)).toEqual(['EXPIRED']);
    expect(terminal.starts().map(({ job }) => job.messageDigest)).toEqual([district.digest]);
  });

  it('cannot take the effect of a stop away, by one of the same id that says less', async () => {
    const terminal = await scene.ready();
    const { world } = scene;
    const now = Math.floor(terminal.truth.now());
    const order = await orderOf(world, 't1', [siren], { startAt: now + 500, repeats: 3, message: { issuedAt: now - 1_000 }, dispatch: { issuedAt: now } });
    await terminal.order(order.order);
    await terminal.truth.move(1_000);
    const genuine = await world.stop('t1', { by: [world.key('t1', 'stopper').signer], set: { issuedAt: Math.floor(terminal.truth.now()) } });
    const { stopId } = JSON.parse(Buffer.from(genuine.payload, 'base64').toString()) as { stopId: never };
    await terminal.stop(await world.stop('t1', { set: { stopId, issuedAt: now - 3_600_000 } }));
    await terminal.stop(genuine);
    await terminal.stop(genuine);
    await terminal.truth.move(10_000);
    expect(terminal.receipts().map(({ reason }) => reason)).toContain('STOPPED');
    expect(terminal.starts()).toHaveLength(1);
    // The same bytes again are nothing new, whatever their date.
    const ahead = envelopeSchema.parse(await world.stop('t1', { set: { issuedAt: now + 300_000 } }));
    await terminal.stop(ahead);
    await terminal.truth.move(60_000);
    const later = Math.floor(terminal.truth.now());
    const next = await orderOf(world, 't1', [siren], { startAt: later + 500, repeats: 1, message: { issuedAt: later - 1_000 }, dispatch: { issuedAt: later } });
    await terminal.order(next.order);
    await terminal.stop(ahead);
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(2);
  });
});
