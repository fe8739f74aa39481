import { envelopeSchema, type PlatformId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { applyDocument, documentsSince, type TrustState } from '#libs/trust';
import { FakeMedia, tone } from '../support/terminal-agent/fake-media';
import { orderOf } from '../support/terminal-agent/orders';
import { TestTerminal } from '../support/terminal-agent/test-terminal';
import { buildWorld, makeKey, NOW, platformOf, type TestKey, type World } from '../support/trust-builder';

/** A loudspeaker that lay in a store for five years: every paper that it holds has ended, and the root went on five times without it. */
const YEAR = 365 * 86_400_000;
const LINEAGE: readonly PlatformId[] = [platformOf('v1'), platformOf('t1'), platformOf('d')];
const siren = tone(700, 1_000, 'siren');
const media = new FakeMedia();
media.put(siren);

let world: World;
beforeAll(async () => { world = await buildWorld(); });

function taken(state: TrustState, document: Envelope): TrustState {
  const next = applyDocument(state, document, null);
  if (!next.ok) throw new Error(`${document.payloadType}: ${next.code} ${next.at ?? ''}`);
  return next.value;
}

/**
 * What the district did in those years: each year one root key is replaced by a new one (`lost`: two of three at once, so
 * that what the old ones signed falls), and every charter and roster is signed anew.
 */
async function yearsOf(replaced: 1 | 2): Promise<{ readonly state: TrustState; readonly keys: readonly TestKey[] }> {
  let state = world.trust;
  let keys: readonly TestKey[] = world.rootKeys;
  for (let year = 1; year <= 5; year += 1) {
    const issuedAt = NOW + year * YEAR - YEAR / 12;
    const fresh = await Promise.all(Array.from({ length: replaced }, () => makeKey()));
    const next = [...keys.slice(replaced), ...fresh];
    const by = [...new Set([...keys.slice(1), ...next])].map(({ signer }) => signer);
    const times = { issuedAt, expiresAt: issuedAt + 399 * 86_400_000 };
    state = taken(state, await world.root({ set: { version: year + 1, keys: next.map(({ record }) => record), ...times, expiresAt: issuedAt + 800 * 86_400_000 }, by }));
    keys = next;
    state = taken(state, await world.charter('d', { set: { version: year + 1, ...times }, by: keys.slice(0, 2).map(({ signer }) => signer) }));
    for (const name of ['t1', 'v1'] as const) state = taken(state, await world.charter(name, { set: { version: year + 1, ...times } }));
    for (const name of ['d', 't1', 'v1'] as const) state = taken(state, await world.roster(name, { set: { version: year + 1, ...times } }));
  }
  return { state, keys };
}

/** Off for so long, then on and greeted; no exchange has been answered yet. */
async function onAfter(terminal: TestTerminal, ms: number): Promise<void> {
  terminal.crash();
  terminal.truth.jump(ms);
  await terminal.boot();
  terminal.agent.connect(0);
  await terminal.truth.move(1);
  await terminal.greet();
  await terminal.truth.move(500);
}

/** The platform as it answers an exchange: what the terminal says that it lacks. Until it lacks nothing, at most `most` times. */
async function walkUp(terminal: TestTerminal, state: TrustState, most: number): Promise<number> {
  for (let exchange = 1; exchange <= most; exchange += 1) {
    const held = terminal.link.of('exchange').at(-1)?.versions ?? null;
    const missing = documentsSince(state, LINEAGE, held);
    if (missing.length === 0) return exchange;
    await terminal.answerExchange({ documents: missing.map((document) => envelopeSchema.parse(document)) });
    await terminal.truth.move(45_000);
  }
  throw new Error(`not there after ${most} exchanges`);
}

describe.each([
  { replaced: 1, what: 'one of its keys' }, { replaced: 2, what: 'two of its keys, so that all below it fell and was published again' },
] as const)('a terminal that was away for five years, while each year the root replaced $what', ({ replaced }) => {
  it('walks up root by root, believes nothing on the way that it should not, and sounds again', async () => {
    const { state, keys } = await yearsOf(replaced);
    const terminal = await TestTerminal.ready(world, { platform: 'v1', media });
    await onAfter(terminal, 5 * YEAR);
    const now = (): number => Math.floor(terminal.truth.now());
    const order = async () => orderOf(world, 'v1', [siren], {
      startAt: now() + 2_000, notAfter: now() + 600_000, repeats: 1, message: { issuedAt: now() - 60_000, notBefore: now() - 60_000 }, dispatch: { issuedAt: now(), notBefore: now() - 60_000 },
    });
    // One key of five years ago and a stranger's lead it nowhere.
    const stranger = await makeKey();
    const forged = await world.root({ set: { version: 6, keys: [stranger.record, ...world.rootKeys.slice(0, 2).map(({ record }) => record)], issuedAt: NOW, expiresAt: NOW + 9 * YEAR }, by: [world.rootKeys[0]?.signer, stranger.signer].flatMap((one) => one ?? []) });
    await terminal.answerExchange({ documents: [envelopeSchema.parse(forged)] });
    await terminal.truth.move(45_000);
    expect(terminal.link.of('exchange').at(-1)?.versions).toMatchObject({ root: 1 });
    await terminal.order((await order()).order);
    await terminal.truth.move(8_000);
    expect([terminal.starts().length, terminal.refused.at(-1)?.code]).toEqual([0, 'REJ_CHARTER_EXPIRED']);

    expect(await walkUp(terminal, state, 4)).toBeLessThanOrEqual(3);
    expect(terminal.link.of('exchange').at(-1)?.versions).toEqual({ root: 6, charters: { d: 6, t1: 6, v1: 6 }, rosters: { d: 6, t1: 6, v1: 6 }, revocations: {} });
    await terminal.order((await order()).order);
    await terminal.truth.move(8_000);
    expect(terminal.starts()).toHaveLength(1);

    // And no way back: not by power, not by what it once believed.
    await onAfter(terminal, 60_000);
    await terminal.answerExchange({ documents: [envelopeSchema.parse(world.expected.rootEnvelope), ...world.expected.documents.map((document) => envelopeSchema.parse(document))] });
    await terminal.truth.move(45_000);
    expect(terminal.link.of('exchange').at(-1)?.versions).toMatchObject({ root: 6, rosters: { v1: 6 } });
    expect(keys).toHaveLength(3);
  });
});
