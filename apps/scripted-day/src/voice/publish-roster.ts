import { documentsAnswerSchema, rosterSchema, trustViewSchema, type EnvelopeShape, type Roster } from '#libs/contracts';
import { encodePayload, fromBase64, parseStrictJson } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { DemoKeyFolder, systemClock } from '../../../cli/src';
import type { Actor } from '../actor';

export interface RosterScene {
  /** Where the demo people's keys lie. */
  readonly demoKeysDir: string;
  readonly officer: Actor;
}

/** The next roster of a village, changed, signed by its township's two officers and published. */
export async function publishRoster({ demoKeysDir, officer }: RosterScene, village: string, change: (roster: Roster) => Partial<Roster>): Promise<void> {
  const { rosters } = await officer.context.api.get('/api/trust', trustViewSchema);
  const roster = rosters.map(rosterOf).find((candidate) => candidate.platform === village);
  if (roster === undefined) throw new Error(`no roster of ${village}`);
  const township = village.replace(/-[0-9]+$/, '');
  const folder = await DemoKeyFolder.open(demoKeysDir, systemClock);
  const signers = await Promise.all([1, 2].map((number) => folder.signer(`officers/${township}/${township}-officer-${number}`)));
  const next = await signEnvelope('roster', encodePayload({ ...roster, ...change(roster), version: roster.version + 1, issuedAt: systemClock.now() }), signers);
  await officer.context.api.post('/api/trust/documents', documentsAnswerSchema, { documents: [next] });
}

function rosterOf(envelope: EnvelopeShape): Roster {
  const json = parseStrictJson(fromBase64(envelope.payload) ?? new Uint8Array());
  return rosterSchema.parse(json.ok ? json.value : undefined);
}
