import { dispatchSchema, type Dispatch } from '#libs/contracts';
import { EMPTY_SEQ_WINDOW, messageDurationMs, withSeq } from '#libs/domain';
import { areaOf, digestNamed, NOW, platformOf, terminalOf } from '../../../../tests/support/trust-builder';
import { rebound, signText, textOf, type Bench, type Forged, type Operator } from './operator';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** By a stolen dispatcher, with every genuine message and approval there is. */
export const DISPATCH_OPERATORS: readonly Operator[] = [
  {
    name: 'JSON that is no strict JSON', codes: ['REJ_JSON'],
    forge: (bench) => written(bench, (text, { random }) => random.pick<string | Uint8Array>([
      `${text} `.concat('x'), `\uFEFF${text}`, text.replace('"seq":', '"seq":1,"seq":'), text.replace('"repeats":', '"repeats":1.0,"x":'), text.replace('"epoch":1', '"epoch":1e0'),
      text.replace('{', '{"__proto__":{},'), text.replace('{', '{"constructor":1,'), text.slice(0, -1), text.replace('{', `{"deep":${'['.repeat(17)}${']'.repeat(17)},`), text.replace('"epoch":1', '"epoch":9007199254740993'),
      Uint8Array.from([...new TextEncoder().encode(text.slice(0, -2)), 0xff, 0x22, 0x7d]), text.replace('"epoch":1', '"epoch":-0'),
    ])),
  },
  {
    name: 'fields that a dispatch does not have, or lacks', codes: ['REJ_SCHEMA'],
    forge: (bench) => written(bench, (text, { random }) => {
      const value = fieldsOf(text);
      const name = random.pick(Object.keys(value));
      return textOf(random.pick<unknown>([{ ...value, mandate: null }, { ...value, mode: 'actual' }, Object.fromEntries(Object.entries(value).filter(([key]) => key !== name)), { ...value, [name]: true }, [value], { ...value, seq: 0 }, { ...value, seq: -1 }]));
    }),
  },
  { name: 'a number far ahead', codes: ['REJ_SEQ_JUMP'], forge: (bench) => bound(bench, { seq: bench.random.pick([Number.MAX_SAFE_INTEGER, 1_000_001 + bench.random.int(1_000_000_000)]) }) },
  { name: 'a number used before', codes: ['REJ_SEQ_REPLAY'], forge: (bench) => bound(bench, { seq: 7 }, { epoch: 1, used: [3, 7, 900] }) },
  { name: 'a number older than the window', codes: ['REJ_SEQ_OLD'], forge: (bench) => bound(bench, { seq: 1 + bench.random.int(3_000) }, { epoch: 1, used: [5_000] }) },
  { name: 'an epoch that is over', codes: ['REJ_EPOCH'], forge: (bench) => bound(bench, { epoch: 1 + bench.random.int(8) }, { epoch: 9, used: [1] }) },
  {
    name: 'an id seen before', codes: ['REJ_ID_SEEN'],
    forge: async (bench) => ({ ...await bound(bench, { dispatchId: bench.genuine.bound.dispatchId }), facts: { seenDispatches: new Set([bench.genuine.bound.dispatchId]) } }),
  },
  {
    name: 'documents that nobody has', codes: ['REJ_VERSIONS'],
    forge: async (bench) => {
      const { minVersions } = bench.genuine.bound;
      const set = bench.random.pick([{ ...minVersions, root: 2 + bench.random.int(9) }, { ...minVersions, rosters: { ...minVersions.rosters, [bench.genuine.platform]: 2 + bench.random.int(9) } }]);
      return { ...await bound(bench, { minVersions: set }), facts: { heldForMs: 10_001 } };
    },
  },
  { name: 'a window before the message\'s own', codes: ['REJ_WINDOW'], forge: (bench) => bound(bench, { notBefore: bench.genuine.said.notBefore - 1 - bench.random.int(DAY) }) },
  { name: 'a window after the message\'s own', codes: ['REJ_WINDOW'], forge: (bench) => bound(bench, { notAfter: bench.genuine.said.notAfter + 1 + bench.random.int(DAY) }) },
  { name: 'a start outside its window', codes: ['REJ_WINDOW'], forge: (bench) => bound(bench, { startAt: bench.random.pick([bench.genuine.said.notBefore - 1 - bench.random.int(HOUR), bench.genuine.said.notAfter + bench.random.int(HOUR)]) }) },
  { name: 'an empty window', codes: ['REJ_WINDOW'], forge: (bench) => bound(bench, { notBefore: NOW - 1_000, notAfter: NOW - 1_000 - bench.random.int(1_000), startAt: NOW - 1_000 }) },
  { name: 'dated ahead', codes: ['REJ_NOT_YET'], forge: (bench) => bound(bench, { issuedAt: NOW + 5_001 + bench.random.int(DAY) }) },
  { name: 'before its window begins', codes: ['REJ_NOT_YET'], forge: (bench) => bound(bench, { notBefore: NOW + 5_001 + bench.random.int(HOUR), startAt: NOW + HOUR + 5_001 }) },
  { name: 'after its window', codes: ['REJ_EXPIRED'], forge: async (bench) => {
    const now = bench.genuine.said.notAfter + bench.random.int(30 * DAY);
    return { ...await bound(bench, {}), facts: { now, beaconAt: now } };
  } },
  { name: 'areas that the message does not name', codes: ['REJ_TARGETS_EXCEED'], forge: (bench) => bound(bench, { targets: { areas: [...bench.genuine.said.targets.areas, areaOf(bench.genuine.platform === 'd' ? 'x-area' : bench.random.pick(['d-area', 'v3-area', 't2-area']))], terminals: [], heard: null } }) },
  { name: 'longer than the message', codes: ['REJ_DURATION'], forge: (bench) => bound(bench, { maxDurationMs: messageDurationMs(bench.genuine.said) + 1 + bench.random.int(HOUR) }) },
  { name: 'more often than the message', codes: ['REJ_REPEATS'], forge: (bench) => bound(bench, { repeats: Math.min(10, bench.genuine.said.repeats + 1 + bench.random.int(7)) }) },
  { name: 'the digest of something else', codes: ['REJ_MESSAGE_DIGEST'], forge: (bench) => bound(bench, { messageDigest: digestNamed(`else ${bench.random.int(1_000_000)}`) }) },
  { name: 'another genuine message under these approvals', codes: ['REJ_APPROVAL_DIGEST', 'REJ_LINEAGE', 'REJ_KEY_USAGE', 'REJ_POLICY_VERSION'], forge: (bench) => rebound(bench, { message: kin(bench).message }) },
  { name: 'another genuine message\'s approvals', codes: ['REJ_APPROVAL_DIGEST'], forge: (bench) => rebound(bench, { approvals: kin(bench).approvals }) },
  { name: 'one genuine approval, one of another message', codes: ['REJ_APPROVAL_DIGEST'], forge: (bench) => rebound(bench, { approvals: [...bench.genuine.approvals.slice(0, 1), ...kin(bench).approvals.slice(-1)] }) },
  {
    name: 'other approvals named than carried', codes: ['REJ_APPROVAL_DIGEST'],
    forge: (bench) => bound(bench, { approvals: bench.random.pick([[], kin(bench).bound.approvals, [...bench.genuine.bound.approvals, digestNamed('one more')], [...bench.genuine.bound.approvals, ...bench.genuine.bound.approvals].slice(0, 8)]) }),
  },
  { name: 'too few approvals', codes: ['REJ_APPROVAL_MISSING'], forge: (bench) => rebound(bench, { approvals: bench.genuine.approvals.slice(1) }) },
  { name: 'a message of another platform', codes: ['REJ_LINEAGE'], forge: async (bench) => {
    const { lab: { world }, genuine, other } = bench;
    const by = genuine.platform === other.platform ? 't1' : genuine.platform;
    const from = other.platform === by ? 'd' : other.platform;
    const foreign = from === other.platform ? other : await world.order('d').then((parts) => bench.lab.read('d', 'v1', parts));
    return { order: { ...foreign.order, dispatch: await world.dispatch(by, foreign.message, foreign.approvals) } };
  } },
  { name: 'a platform outside the lineage', codes: ['REJ_LINEAGE', 'REJ_KEY_USAGE'], forge: (bench) => bound(bench, { platform: platformOf(bench.random.pick(['v3', 't2', 'nobody'])) }) },
  { name: 'places that the terminal does not stand in', codes: ['REJ_NOT_TARGETED'], forge: (bench) => bound(bench, { targets: { areas: [], terminals: [terminalOf(`someone-${bench.random.int(1_000)}`)], heard: null } }) },
  { name: 'a resumption without a stopper', codes: ['REJ_CONSENT', 'REJ_RESUME'], forge: (bench) => written(bench, (text) => textOf({ ...fieldsOf(text), resumes: bench.genuine.bound.dispatchId })) },
  { name: 'a correction that nobody listed', codes: ['REJ_CORRECTION'], forge: (bench) => bound(bench, { targets: { ...bench.genuine.bound.targets, heard: bench.random.pick([bench.genuine.bound.messageDigest, digestNamed('heard')]) } }) },
  { name: 'a consent named that does not come', codes: ['REJ_CONSENT'], forge: (bench) => bound(bench, { consent: digestNamed(`consent ${bench.random.int(1_000)}`) }) },
];

async function bound(bench: Bench, set: Partial<Dispatch>, floor?: { readonly epoch: number; readonly used: readonly number[] }): Promise<Forged> {
  const forged = await rebound(bench, { set });
  if (floor === undefined) return forged;
  const keyId = bench.lab.world.platform(bench.genuine.platform).dispatcher.record.keyId;
  return { ...forged, facts: { floors: new Map([[keyId, { epoch: floor.epoch, window: floor.used.reduce(withSeq, EMPTY_SEQ_WINDOW) }]]) } };
}

/** A dispatch's text as the thief writes it, under the stolen key. */
async function written(bench: Bench, write: (text: string, bench: Bench) => string | Uint8Array): Promise<Forged> {
  const { lab: { world }, genuine } = bench;
  const fresh = dispatchSchema.parse({ ...genuine.bound, dispatchId: world.nextId(), epoch: 1 });
  const dispatch = await signText('dispatch', write(textOf(fresh), bench), world.platform(genuine.platform).dispatcher.signer);
  return { order: { ...genuine.order, dispatch } };
}

/** Another genuine order of the same platform. */
function kin({ lab, genuine, random }: Bench) {
  return random.pick(lab.recorded.filter((one) => one.platform === genuine.platform && one.bound.messageDigest !== genuine.bound.messageDigest));
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  return dispatchSchema.loose().parse(JSON.parse(text));
}
