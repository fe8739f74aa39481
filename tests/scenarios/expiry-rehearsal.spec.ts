import { envelopeSchema, type Charter, type Message, type Roster } from '#libs/contracts';
import { expiryAlarms } from '#libs/trust';
import { FakeMedia, tone } from '../support/terminal-agent/fake-media';
import { orderOf, type TestOrder } from '../support/terminal-agent/orders';
import { TestTerminal } from '../support/terminal-agent/test-terminal';
import { buildWorld, NOW, type PlatformName, type World } from '../support/trust-builder';

/**
 * The rehearsal: a village's terminal while the clock goes past the end of every document of its chain, one after the
 * other. It is asked by village, township and district, for what is routine and for an emergency, before each end, in
 * the grace, and after it. What should sound is told by a model of four lines; what did sound is what its card recorded.
 */
const DAY = 86_400_000;
const GRACE_DAYS = 180;
const siren = tone(700, 1_000, 'siren');
const chime = tone(500, 1_000);
const media = new FakeMedia();
for (const sound of [siren, chime]) media.put(sound);

const ISSUERS = ['v1', 't1', 'd'] as const;
/** Days from NOW on which documents end. The root of the test district ends on day 370. */
type Ends = Readonly<Partial<Record<`${'charter' | 'roster'} ${PlatformName}`, number>>>;
const ROOT_ENDS = 370;
const LAST = 375;

function worldEnding(ends: Ends): Promise<World> {
  const end = <T extends Charter | Roster>(word: 'charter' | 'roster') => (document: T): T => {
    const name = document.platform as unknown as PlatformName;
    return { ...document, issuedAt: NOW - 10 * DAY, expiresAt: NOW + (ends[`${word} ${name}`] ?? LAST) * DAY };
  };
  return buildWorld({ charters: end('charter'), rosters: end('roster') });
}

/** The whole rule: routine until the issuer's own papers end, emergency for the grace on; of the district the root's end counts, too. */
function shouldSound(ends: Ends, issuer: PlatformName, kind: Message['class'], day: number): boolean {
  const own = [ends[`charter ${issuer}`] ?? LAST, ends[`roster ${issuer}`] ?? LAST, ...(issuer === 'd' ? [ROOT_ENDS] : [])];
  return day < Math.min(...own) + (kind === 'emergency' ? GRACE_DAYS : 0);
}

async function asked(world: World, issuer: PlatformName, kind: 'emergency' | 'notice', now: number): Promise<TestOrder> {
  const sound = kind === 'emergency' ? siren : chime;
  const body = { segments: [{ ...sound.segment, role: kind === 'emergency' ? 'siren' as const : 'chime' as const }] };
  return orderOf(world, issuer, [sound], {
    startAt: now + 2_000, notAfter: now + 600_000, repeats: 1,
    message: { class: kind, severity: kind === 'emergency' ? 'red' : 'none', body, issuedAt: now - 60_000, notBefore: now - 60_000 }, dispatch: { issuedAt: now, notBefore: now - 60_000 },
  });
}

/** Off until that day, and then on: greeted, with a beacon of the day. */
async function wakeOn(terminal: TestTerminal, day: number, documents: readonly Parameters<typeof envelopeSchema.parse>[0][] = []): Promise<void> {
  terminal.crash();
  terminal.truth.jump(Math.max(0, NOW + day * DAY - terminal.truth.now()));
  await terminal.boot();
  terminal.agent.connect(0);
  await terminal.truth.move(1);
  await terminal.greet();
  await terminal.truth.move(500);
  await terminal.answerExchange({ documents: documents.map((document) => envelopeSchema.parse(document)), counter: terminal.receipts().at(-1)?.counter ?? 0 });
  await terminal.truth.move(1_500);
}

/** `issuer kind`: what sounded and, of what did not, why. */
async function hears(terminal: TestTerminal, world: World): Promise<ReadonlyMap<string, string>> {
  const heard = new Map<string, string>();
  for (const issuer of ISSUERS) {
    for (const kind of ['notice', 'emergency'] as const) {
      const order = await asked(world, issuer, kind, Math.floor(terminal.truth.now()));
      terminal.refused.length = 0;
      await terminal.order(order.order);
      await terminal.truth.move(8_000);
      const sounded = terminal.starts().some(({ job }) => job.dispatchId === order.dispatchId);
      heard.set(`${issuer} ${kind}`, sounded ? 'sounds' : terminal.refused[0]?.code ?? 'silent');
    }
  }
  return heard;
}

const CHAINS: readonly { readonly name: string; readonly ends: Ends; readonly days: readonly number[] }[] = [
  {
    name: 'from the village upwards', ends: { 'roster v1': 60, 'charter v1': 90, 'roster t1': 120, 'charter t1': 150, 'roster d': 180, 'charter d': 210 },
    days: [59, 61, 91, 121, 151, 181, 211, 241, 301, 361],
  },
  { name: 'from the district downwards', ends: { 'charter d': 20, 'roster d': 40, 'charter t1': 60, 'roster t1': 80, 'charter v1': 100, 'roster v1': 120 }, days: [19, 21, 41, 61, 81, 101, 121, 201, 241, 281] },
  { name: 'the root alone', ends: {}, days: [ROOT_ENDS - 1, ROOT_ENDS + 1] },
];

describe.each(CHAINS)('past every end, $name', ({ ends, days }) => {
  it('routine stops where the issuer\'s papers end, emergencies go on for the grace, and nobody is silenced by a paper above', async () => {
    const world = await worldEnding(ends);
    const terminal = await TestTerminal.ready(world, { platform: 'v1', media });
    for (const day of days) {
      await wakeOn(terminal, day);
      const heard = await hears(terminal, world);
      for (const issuer of ISSUERS) {
        for (const kind of ['notice', 'emergency'] as const) {
          const expected = shouldSound(ends, issuer, kind, day) ? 'sounds' : expect.stringMatching(/^REJ_(CHARTER|ROSTER)_EXPIRED$/);
          expect([day, issuer, kind, heard.get(`${issuer} ${kind}`)]).toEqual([day, issuer, kind, expected]);
        }
      }
      // Nobody is surprised: whoever's routine stops was named by an alarm before.
      const alarms = expiryAlarms(world.trust, NOW + (day - 1) * DAY);
      for (const issuer of ISSUERS) if (!shouldSound(ends, issuer, 'notice', day)) expect(alarms.some(({ platform }) => platform === issuer)).toBe(true);
    }
  });
});

describe('papers that are signed anew', () => {
  it('bring routine back at the next exchange, whether they come in the grace or long after it', async () => {
    const ends: Ends = { 'roster v1': 10, 'charter v1': 20 };
    const world = await worldEnding(ends);
    for (const day of [30, 220]) {
      const terminal = await TestTerminal.ready(world, { platform: 'v1', media });
      await wakeOn(terminal, day);
      expect((await hears(terminal, world)).get('v1 emergency')).toEqual(day < 10 + GRACE_DAYS ? 'sounds' : expect.stringMatching(/EXPIRED/));
      const issuedAt = NOW + (day - 1) * DAY;
      const renewed = [await world.charter('v1', { set: { version: 2, issuedAt, expiresAt: issuedAt + 399 * DAY } }), await world.roster('v1', { set: { version: 2, issuedAt, expiresAt: issuedAt + 399 * DAY } })];
      await wakeOn(terminal, day + 1, renewed);
      const heard = await hears(terminal, world);
      expect([heard.get('v1 notice'), heard.get('v1 emergency')]).toEqual(['sounds', 'sounds']);
    }
  });
});
