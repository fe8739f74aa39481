import { envelopeSchema } from '#libs/contracts';
import { isSignedDispatch } from '#libs/trust';
import { buildWorld, digestNamed, digestOf, platformOf } from '../../../support/trust-builder';

it('proof that a dispatcher\'s key is used is a dispatch of just this digest, by just this platform\'s key, and nothing else', async () => {
  const world = await buildWorld();
  const { dispatch, message } = await world.order('t1');
  const envelope = envelopeSchema.parse(dispatch);
  const proves = (value: typeof envelope, digest: string = digestOf(value), name: 't1' | 'd' = 't1') => isSignedDispatch(world.trust, value, digest, platformOf(name));
  expect(proves(envelope)).toBe(true);
  expect(proves(envelope, digestNamed('another'))).toBe(false);
  expect(proves(envelope, digestOf(dispatch), 'd')).toBe(false);
  expect(proves(envelopeSchema.parse(message))).toBe(false);
  const other = envelopeSchema.parse((await world.order('t1')).dispatch);
  expect(proves({ ...envelope, signatures: other.signatures })).toBe(false);
  expect(proves({ ...envelope, signatures: [...envelope.signatures, { keyid: world.stranger.record.keyId, sig: 'AAAA' as never }] })).toBe(false);
});
