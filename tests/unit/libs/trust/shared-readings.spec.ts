import { createVerificationCache } from '#libs/suites';
import { openEnvelope, payloadReader } from '../../../../libs/trust/open-envelope';
import { messageSchema } from '#libs/contracts';
import { buildWorld } from '../../../support/trust-builder';

describe('readings shared by the terminals of one simulator', () => {
  it('opens and reads the very same object once, and another object of the same bytes again', async () => {
    const world = await buildWorld();
    const message = await world.message('d');
    const cache = createVerificationCache(10);
    const read = payloadReader(messageSchema);
    const first = openEnvelope(message, 'message', cache);
    const again = openEnvelope(message, 'message', cache);
    const copy = openEnvelope({ ...message }, 'message', cache);
    expect(again).toBe(first);
    expect(copy).not.toBe(first);
    expect(copy).toEqual(first);
    if (!first.ok || !copy.ok) throw new Error('the message opens');
    expect(read(first.value, cache)).toBe(read(first.value, cache));
    expect(read(first.value)).not.toBe(read(first.value, cache));
  });

  it('never takes one kind for another because the object is known', async () => {
    const world = await buildWorld();
    const message = await world.message('d');
    const cache = createVerificationCache(10);
    expect(openEnvelope(message, 'message', cache).ok).toBe(true);
    expect(openEnvelope(message, 'dispatch', cache)).toMatchObject({ ok: false, code: 'REJ_TYPE' });
  });

  it('shares nothing between caches, and nothing without one', async () => {
    const world = await buildWorld();
    const message = await world.message('d');
    const one = openEnvelope(message, 'message', createVerificationCache(10));
    expect(openEnvelope(message, 'message', createVerificationCache(10))).not.toBe(one);
    expect(openEnvelope(message, 'message')).not.toBe(openEnvelope(message, 'message'));
  });
});
