import { envelopeSchema } from '#libs/contracts';
import { FakeMedia, tone } from '../support/terminal-agent/fake-media';
import { orderOf, type TestOrder } from '../support/terminal-agent/orders';
import { TestTerminal } from '../support/terminal-agent/test-terminal';
import { buildWorld, type PlatformName, type World } from '../support/trust-builder';

/**
 * District and township are gone for three days: no link, no beacon, nobody of theirs to be reached. In the village stand
 * its own dispatcher, its clerk and its head. Halfway the power fails. The two of them still alert the village, at any
 * hour of those days, and nobody else does.
 */
const HOUR = 3_600_000;
const siren = tone(700, 1_000, 'siren');
const chime = tone(500, 1_000);
const media = new FakeMedia();
for (const sound of [siren, chime]) media.put(sound);

let world: World;
beforeAll(async () => { world = await buildWorld(); });

/** What the village's own server answers when the terminal asks: a beacon of its own dispatcher, and nothing from above. */
async function villageAnswers(terminal: TestTerminal): Promise<void> {
  const asked = terminal.link.of('exchange').at(-1);
  const nonce = asked?.nonce ?? null;
  const beacon = await world.beacon('v1', { set: {
    at: Math.floor(terminal.truth.now()), nonce, terminal: nonce === null ? null : terminal.id, counter: nonce === null ? null : asked?.counter ?? 0,
  } });
  terminal.give({ kind: 'exchange', beacon: envelopeSchema.parse(beacon), documents: [], stops: [], isolates: [], orders: [] });
  await terminal.truth.move(1_000);
}

/** An hour of it in a few steps: the village's dispatcher is heard now and then; the upper platforms never. */
async function hours(terminal: TestTerminal, count: number): Promise<void> {
  for (let hour = 0; hour < count; hour += 1) {
    terminal.truth.jump(HOUR - 60_000);
    await terminal.truth.move(60_000);
    await villageAnswers(terminal);
  }
}

async function alert(terminal: TestTerminal, issuer: PlatformName = 'v1', approvers?: readonly string[]): Promise<TestOrder> {
  const now = Math.floor(terminal.truth.now());
  const message = { issuedAt: now - 60_000, notBefore: now - 60_000 };
  const dispatch = { issuedAt: now, notBefore: now - 60_000, notAfter: now + 600_000, startAt: now + 2_000, repeats: 1 };
  const whole = await orderOf(world, issuer, [siren], { startAt: now + 2_000, notAfter: now + 600_000, repeats: 1, message, dispatch });
  if (approvers === undefined) return whole;
  const approvals = [];
  for (const who of approvers) approvals.push(await world.approval(issuer, whole.parts.message, who));
  const { order } = world.bind(whole.parts.message, approvals, await world.dispatch(issuer, whole.parts.message, approvals, { set: dispatch }));
  return { ...whole, order, dispatchId: (JSON.parse(Buffer.from(order.dispatch.payload, 'base64').toString()) as { dispatchId: TestOrder['dispatchId'] }).dispatchId };
}

async function sounds(terminal: TestTerminal, { order, dispatchId }: TestOrder): Promise<boolean> {
  await terminal.order(order);
  await terminal.truth.move(15_000);
  return terminal.starts().some(({ job }) => job.dispatchId === dispatchId);
}

/** Power off and on; what answers is the village alone. */
async function powerFails(terminal: TestTerminal, offMs: number, batteryClock: boolean): Promise<void> {
  terminal.crash();
  terminal.truth.jump(offMs);
  await terminal.boot(batteryClock ? undefined : { ppm: 0, offsetMs: -40 * HOUR });
  terminal.agent.connect(0);
  await terminal.truth.move(1);
  await terminal.greet();
  await terminal.truth.move(500);
  await villageAnswers(terminal);
  await terminal.truth.move(1_500);
}

describe.each([{ clock: 'a battery clock', batteryClock: true }, { clock: 'no clock of its own', batteryClock: false }])('a village that is alone for 72 hours, with $clock in its loudspeaker', ({ batteryClock }) => {
  it('is alerted by two people of its own before and after the power fails, and by nobody else', async () => {
    const terminal = await TestTerminal.ready(world, { platform: 'v1', media, batteryClock });
    await hours(terminal, 30);
    expect(terminal.agent.health().state).toBe('ready');
    expect(await sounds(terminal, await alert(terminal))).toBe(true);

    await powerFails(terminal, 6 * HOUR, batteryClock);
    expect(terminal.agent.health().state).toBe('ready');
    expect(await sounds(terminal, await alert(terminal))).toBe(true);

    await hours(terminal, 36);
    // The village knows its own rules still: nobody speaks alone, and nobody signs twice.
    for (const approvers of [[], ['author'], ['stopper'], ['auditor']]) expect(await sounds(terminal, await alert(terminal, 'v1', approvers))).toBe(false);
    const refused = terminal.refused.map(({ code }) => code);
    expect(refused).toEqual(['REJ_APPROVAL_MISSING', 'REJ_APPROVER_IS_AUTHOR', 'REJ_APPROVER_ROLE', 'REJ_APPROVER_ROLE']);
    // A neighbour's people and dispatcher mean nothing here.
    expect(await sounds(terminal, await alert(terminal, 'v2'))).toBe(false);
    expect(await sounds(terminal, await alert(terminal))).toBe(true);
    expect(terminal.incidents.filter((kind) => kind === 'sound-without-dispatch')).toEqual([]);
  });

  it('knows that the beacons of its own dispatcher are enough: routine goes on as well, and without them it does not', async () => {
    const terminal = await TestTerminal.ready(world, { platform: 'v1', media, batteryClock });
    const notice = async (): Promise<boolean> => {
      const now = Math.floor(terminal.truth.now());
      const body = { segments: [{ ...chime.segment, role: 'chime' as const }] };
      return sounds(terminal, await orderOf(world, 'v1', [chime], {
        startAt: now + 2_000, notAfter: now + 600_000, repeats: 1, message: { class: 'notice', severity: 'none', body, issuedAt: now - 60_000, notBefore: now - 60_000 }, dispatch: { issuedAt: now, notBefore: now - 60_000 },
      }));
    };
    await hours(terminal, 25);
    expect(await notice()).toBe(true);
    // The village's dispatcher is silent, too: after a day emergencies alone.
    terminal.truth.jump(25 * HOUR);
    await terminal.truth.move(1_000);
    await terminal.greet();
    expect(terminal.agent.health().state).toBe('emergency-only');
    expect(await notice()).toBe(false);
    expect(terminal.refused.at(-1)?.code).toBe('REJ_TIME_STALE');
    expect(await sounds(terminal, await alert(terminal))).toBe(true);
  });
});
