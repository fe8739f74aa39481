import { LIMITS } from '#libs/contracts';
import { payloadTypeOf, toBase64 } from '#libs/envelope';
import { addSignature } from '#libs/suites';
import { changed, overOther, randomBase64, randomHex, rebound, signText, textOf, withParts, type Operator } from './operator';

/** Forged around the payload: keys, signatures, types, spelling. The thief has nothing but what went over the air. */
export const ENVELOPE_OPERATORS: readonly Operator[] = [
  { name: 'signed by a key that nobody knows', codes: ['REJ_KEY_UNKNOWN'], forge: (bench) => rebound(bench, { by: [bench.lab.world.stranger.signer] }) },
  {
    name: 'a thief\'s signature under the genuine key id', codes: ['REJ_SIGNATURE'],
    forge: async ({ genuine, lab: { world } }) => {
      const [signature] = (await world.dispatch(genuine.platform, genuine.message, genuine.approvals, { by: [world.stranger.signer] })).signatures;
      const dispatch = await world.dispatch(genuine.platform, genuine.message, genuine.approvals);
      return withParts(genuine, { dispatch: { ...dispatch, signatures: dispatch.signatures.map(({ keyid }) => ({ keyid, sig: signature?.sig })) } });
    },
  },
  {
    name: 'a random signature', codes: ['REJ_SIGNATURE'],
    forge: ({ genuine, random }) => withParts(genuine, { dispatch: { ...genuine.dispatch, signatures: genuine.dispatch.signatures.map(({ keyid }) => ({ keyid, sig: randomBase64(random, 64) })) } }),
  },
  {
    name: 'a signature of another length', codes: ['REJ_SIGNATURE'],
    forge: ({ genuine, random }) => withParts(genuine, { dispatch: { ...genuine.dispatch, signatures: genuine.dispatch.signatures.map(({ keyid }) => ({ keyid, sig: randomBase64(random, 1 + random.int(63)) })) } }),
  },
  {
    name: 'the signature of another genuine dispatch', codes: ['REJ_SIGNATURE', 'REJ_KEY_UNKNOWN'],
    forge: ({ genuine, other }) => withParts(genuine, { dispatch: { ...genuine.dispatch, signatures: genuine.dispatch.signatures.map(({ keyid }, index) => ({ keyid, sig: other.dispatch.signatures[index]?.sig })) } }),
  },
  { name: 'no signature', codes: ['REJ_SHAPE'], forge: ({ genuine }) => withParts(genuine, { dispatch: { ...genuine.dispatch, signatures: [] } }) },
  { name: 'the signature twice', codes: ['REJ_SHAPE'], forge: ({ genuine }) => withParts(genuine, { dispatch: { ...genuine.dispatch, signatures: [...genuine.dispatch.signatures, ...genuine.dispatch.signatures] } }) },
  {
    name: 'a thief\'s signature beside the genuine one', codes: ['REJ_SHAPE'],
    forge: async ({ genuine, lab: { world } }) => withParts(genuine, { dispatch: await addSignature(genuine.dispatch, world.stranger.signer) }),
  },
  { name: 'a random key id', codes: ['REJ_KEY_UNKNOWN'], forge: ({ genuine, random }) => withParts(genuine, { dispatch: { ...genuine.dispatch, signatures: genuine.dispatch.signatures.map(({ sig }) => ({ keyid: randomHex(random, 64), sig })) } }) },
  { name: 'a key id in capitals', codes: ['REJ_SHAPE'], forge: ({ genuine }) => withParts(genuine, { dispatch: { ...genuine.dispatch, signatures: genuine.dispatch.signatures.map(({ keyid, sig }) => ({ keyid: `A${keyid.slice(1).toUpperCase()}`, sig })) } }) },
  { name: 'a message in the place of a dispatch', codes: ['REJ_TYPE'], forge: ({ genuine }) => withParts(genuine, { dispatch: genuine.message }) },
  { name: 'an approval in the place of the message', codes: ['REJ_TYPE'], forge: ({ genuine }) => withParts(genuine, { message: genuine.approvals[0] }) },
  {
    name: 'another signed word re-labelled as a dispatch', codes: ['REJ_SIGNATURE', 'REJ_KEY_USAGE', 'REJ_KEY_UNKNOWN'],
    forge: async ({ genuine, random, lab: { world } }) => {
      const envelope = await random.pick([() => world.stop(genuine.platform), () => world.beacon(genuine.platform), () => world.head(genuine.platform), () => world.receipt('v1-term-1')])();
      return withParts(genuine, { dispatch: { ...envelope, payloadType: payloadTypeOf('dispatch') } });
    },
  },
  {
    name: 'another version of the type', codes: ['REJ_TYPE'],
    forge: ({ genuine, random }) => withParts(genuine, { dispatch: { ...genuine.dispatch, payloadType: `application/vnd.clarion.dispatch.v${random.pick([0, 2, 10])}+json` } }),
  },
  {
    name: 'a type in another spelling', codes: ['REJ_TYPE'],
    forge: ({ genuine, random }) => withParts(genuine, { dispatch: { ...genuine.dispatch, payloadType: random.pick(['application/json', 'application/vnd.clarion.Dispatch.v1+json', 'application/vnd.clarion.dispatch.v1+json ', 'dispatch', 'application/vnd.clarion.mandate.v1+json']) } }),
  },
  { name: 'one field changed under the old signature', codes: ['REJ_SIGNATURE'], forge: ({ genuine, random }) => withParts(genuine, { dispatch: overOther(genuine.dispatch, changed(genuine.bound, random)) }) },
  {
    name: 'the same payload written in another way', codes: ['REJ_SIGNATURE'],
    forge: ({ genuine, random }) => withParts(genuine, { dispatch: { ...genuine.dispatch, payload: toBase64(new TextEncoder().encode(`${' '.repeat(1 + random.int(9))}${textOf(genuine.bound)}`)) } }),
  },
  {
    name: 'base64 that is not canonical', codes: ['REJ_SHAPE'],
    forge: ({ genuine, random }) => {
      const { payload } = genuine.dispatch;
      const at = 1 + random.int(payload.length - 4);
      const spelled = random.pick([`${payload.slice(0, at)}\n${payload.slice(at)}`, `${payload}====`, `${payload}=`, ` ${payload}`, `${payload.slice(0, at)}-${payload.slice(at + 1)}`]);
      return withParts(genuine, { dispatch: { ...genuine.dispatch, payload: spelled } });
    },
  },
  {
    name: 'a field too many, or one too few', codes: ['REJ_SHAPE'],
    forge: ({ genuine, random }) => {
      const { order } = genuine;
      return { order: random.pick([
        { ...order, mandate: {} }, { ...order, dispatch: { ...order.dispatch, alg: 'none' } }, { dispatch: order.dispatch, message: order.message }, { dispatch: order.dispatch, approvals: order.approvals },
        { ...order, dispatch: { payload: order.dispatch.payload, payloadType: order.dispatch.payloadType } }, { ...order, approvals: {} }, [order], null, 'play', { ...order, dispatch: null },
      ]) };
    },
  },
  { name: 'more approvals than an order may have', codes: ['REJ_SHAPE'], forge: ({ genuine }) => withParts(genuine, { approvals: Array.from({ length: 9 }, () => genuine.approvals[0]) }) },
  { name: 'larger than an order may be', codes: ['REJ_SIZE'], forge: ({ genuine, random }) => ({ order: genuine.order, facts: { bytes: LIMITS.orderBytes + 1 + random.int(1_000_000) } }) },
  { name: 'more orders in a second than are examined', codes: ['REJ_RATE'], forge: ({ genuine, random }) => ({ order: genuine.order, facts: { examinedThisSecond: LIMITS.ordersPerSecond + random.int(1000) } }) },
  { name: 'an approver\'s key in the place of the dispatcher\'s', codes: ['REJ_KEY_USAGE'], forge: (bench) => rebound(bench, { by: [bench.lab.world.key(bench.genuine.platform, bench.random.pick(['author', 'approver-a', 'approver-b', 'stopper'])).signer] }) },
  { name: 'the log key in the place of the dispatcher\'s', codes: ['REJ_KEY_USAGE'], forge: (bench) => rebound(bench, { by: [bench.lab.world.platform(bench.genuine.platform).log.signer] }) },
  { name: 'an officer\'s key in the place of the dispatcher\'s', codes: ['REJ_KEY_USAGE'], forge: (bench) => rebound(bench, { by: [bench.random.pick(bench.lab.world.officers(bench.genuine.platform))] }) },
  { name: 'a root key in the place of the dispatcher\'s', codes: ['REJ_KEY_USAGE'], forge: (bench) => rebound(bench, { by: [bench.random.pick(bench.lab.world.rootKeys).signer] }) },
  { name: 'the dispatcher of a platform outside the lineage', codes: ['REJ_KEY_UNKNOWN'], forge: (bench) => rebound(bench, { by: [bench.lab.world.platform('v3').dispatcher.signer] }) },
  {
    name: 'the dispatcher of another platform of the lineage', codes: ['REJ_KEY_USAGE'],
    forge: (bench) => rebound(bench, { by: [bench.lab.world.platform(bench.genuine.platform === 't1' ? 'd' : 't1').dispatcher.signer] }),
  },
  { name: 'the terminal\'s own key in the place of the dispatcher\'s', codes: ['REJ_KEY_UNKNOWN'], forge: (bench) => rebound(bench, { by: [bench.lab.world.device.signer] }) },
  {
    name: 'an unsigned order', codes: ['REJ_SHAPE'],
    forge: ({ genuine, random }) => ({ order: random.pick<unknown>([genuine.bound, { dispatch: genuine.bound, message: genuine.said, approvals: genuine.granted }, { ...genuine.order, dispatch: genuine.bound }]) }),
  },
  { name: 'a message under a signature of the dispatcher', codes: ['REJ_KEY_USAGE'], forge: async (bench) => {
    const { lab: { world }, genuine } = bench;
    return rebound(bench, { message: await signText('message', textOf({ ...genuine.said, repeats: 1 }), world.platform(genuine.platform).dispatcher.signer) });
  } },
];
