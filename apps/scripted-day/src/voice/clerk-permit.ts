import { LIMITS, permitIdSchema, permitSchema, permitViewSchema, platformIdSchema, type Digest, type KeyRecord, type Roster } from '#libs/contracts';
import { inDayBand } from '#libs/domain';
import { encodePayload } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import type { Actor } from '../actor';
import { publishRoster, type RosterScene } from './publish-roster';

const DAY_MS = 86_400_000;
/** What is said under a permit has to be over before its day is. */
const SPARE_MINUTES = 10;
const DAYLIGHT = { fromMinute: LIMITS.permitFromMinute, toMinute: LIMITS.permitToMinute } as const;

/** Whether anything may begin under a permit at this hour: none is good at night. */
export function isPermitHour(at: number): boolean {
  return inDayBand({ ...DAYLIGHT, toMinute: DAYLIGHT.toMinute - SPARE_MINUTES }, at);
}

/** Those who give it: approvers of the village or above. */
export interface PermitGivers extends RosterScene {
  readonly village: string;
  readonly signers: readonly [Actor, Actor];
  /** Keys that the same roster gives the clerk besides. */
  readonly keys?: readonly KeyRecord[];
}

/** A live permit for a village's clerk, signed by two and listed by the officers. */
export async function givePermit({ village, signers, keys = [], ...scene }: PermitGivers): Promise<Digest> {
  const [first] = signers;
  const now = first.context.clock.now();
  const clerk = `${village}-clerk`;
  const permit = permitSchema.parse({
    permitId: permitIdSchema.parse(first.context.clock.uuid7()), platform: platformIdSchema.parse(village), clerk, classes: ['governance'], dayBand: DAYLIGHT,
    maxDurationMs: LIMITS.permitDurationMs, perDay: LIMITS.permitPerDay, volume: 'normal', notBefore: now - 60_000, notAfter: now + DAY_MS, issuedAt: now - 60_000,
  });
  const envelope = await signEnvelope('permit', encodePayload(permit), signers.map(({ signer }) => signer));
  const { digest } = await first.context.api.post('/api/permits', permitViewSchema, { permit: envelope });
  await publishRoster(scene, village, (roster) => ({ permits: [...roster.permits ?? [], digest], persons: withKeys(roster, clerk, keys) }));
  return digest;
}

function withKeys({ persons }: Roster, person: string, keys: readonly KeyRecord[]): Roster['persons'] {
  return persons.map((one) => (one.id === person ? { ...one, keys: [...one.keys, ...keys] } : one));
}
