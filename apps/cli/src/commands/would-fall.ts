import { z } from 'zod';
import { charterSchema, platformIdSchema, rosterSchema, terminalViewSchema, type EnvelopeShape, type KeyId, type PlatformId } from '#libs/contracts';
import { unverifiedPayload } from '#libs/envelope';
import { applyDocument, lineageOf, officersOf, strandedIn, type Stranded, type TrustState } from '#libs/trust';
import { namesOf } from '../ceremony/publish-papers';
import { CliError } from '../cli-error';
import type { Context } from '../command';
import type { TrustView } from '../roster-in-force';

/** What a revocation takes besides the key. */
export interface WouldFall {
  /** As `alsoFalls` names them: `charter:<platform>`, `roster:<platform>`. */
  readonly falls: readonly string[];
  readonly platforms: readonly PlatformId[];
  /** What others have revoked and a new terminal could not read any more. */
  readonly stranded: readonly Stranded[];
}

/** Tried here, as every verifier will judge it. Refuses with the verifier's code. */
export function wouldFall(before: TrustState, revocation: EnvelopeShape, now: number): WouldFall {
  const after = applyDocument(before, revocation, now);
  if (!after.ok) throw new CliError(after.code, `Everybody would refuse it${after.at === undefined ? '' : ` for its ${after.at}`}; nothing was sent`);
  const still = namesOf(after.value);
  const falls = [...namesOf(before)].filter((name) => !still.has(name));
  const known = strandedIn(before);
  const stranded = strandedIn(after.value).filter(({ platform, entries }) => {
    const had = known.find((one) => one.platform === platform);
    return had === undefined || entries.some(({ keyId }) => !had.entries.some((entry) => entry.keyId === keyId));
  });
  return { falls, platforms: [...new Set(falls.map((name) => platformIn(name)))], stranded };
}

/** Which papers fall, who must sign each anew, and which terminals then hear nothing from their own platform. */
export async function sayFalls(context: Context, before: TrustState, { falls, platforms }: WouldFall, keyId: KeyId): Promise<void> {
  const terminals = (await context.api.get('/api/terminals', z.array(terminalViewSchema))).filter(({ platform }) => platforms.includes(platform));
  context.say(`‼ ${falls.length} papers fall with this key, and ${platforms.join(', ')} can say and stop nothing until they are signed anew / 以下文件随之失效，重新签署前这些平台不能播出也不能停播:`);
  for (const name of falls) {
    const platform = platformIn(name);
    const charter = before.charters.get(platform)?.value;
    const version = (name.startsWith('charter:') ? charter : before.rosters.get(platform)?.value)?.version ?? 0;
    const signing = name.startsWith('charter:') ? charter?.parent ?? platform : platform;
    const { threshold, signers } = staying(before, signing, keyId);
    context.say(`  ${name.replace(':', ' of ')}: version ${version + 1}, signed by ${threshold} of ${signers.join(', ')}${signers.length < threshold ? `; TOO FEW ARE LEFT, a new charter of ${signing} first / 人数不足` : ''}`);
  }
  context.say(`  ${terminals.length} terminals are theirs, and go on hearing those above whose papers stand / 涉及终端 ${terminals.length} 台，仍收听文件有效的上级平台${terminals.length === 0 ? '' : `: ${terminals.slice(0, 12).map(({ id }) => id).join(' ')}${terminals.length > 12 ? ' ...' : ''}`}`);
}

/** Without --anyway: nothing is sent, and the way on which nothing falls is named. */
export function unseated({ falls, platforms }: WouldFall): CliError {
  return new CliError('WOULD_UNSEAT', `${falls.length} papers of ${platforms.join(', ')} would fall. First let other officers sign these papers anew (docs/ceremonies.md, section 6): then the same revocation takes nothing. If the key is being misused now, --anyway revokes it at once; nothing was sent`);
}

/** What helps where new terminals could not learn of it. */
export function strandedRefusal(stranded: readonly Stranded[]): CliError {
  return new CliError('REVOCATION_STRANDED', `New terminals could not read what ${stranded.map(({ platform }) => platform).join(', ')} has revoked, for whoever signed it falls with this key: bring the district's root along with --root FILE, and this list says those keys again; nothing was sent`);
}

/** Every place that a key has in what the server shows: officers of charters, persons, dispatchers and logs of rosters, of this platform and those below it. */
export function holdersIn(view: TrustView, before: TrustState, platform: PlatformId, keyId: KeyId): readonly string[] {
  const reach = (one: PlatformId): boolean => one === platform || lineageOf(before, one).includes(platform);
  const charters = view.charters.flatMap((envelope) => charterSchema.safeParse(unverifiedPayload(envelope)).data ?? []).filter((one) => reach(one.platform));
  const rosters = [...view.rosters, ...view.fallen ?? []].flatMap((envelope) => rosterSchema.safeParse(unverifiedPayload(envelope)).data ?? []).filter((one) => reach(one.platform));
  const officer = charters.flatMap((charter) => charter.officers.filter(({ key }) => key.keyId === keyId).map(({ person }) => ({ person, platform: charter.platform })));
  const offices = [...new Set(officer.map(({ person }) => person))].map((person) => `${person}, an officer of ${officer.filter((one) => one.person === person).map((one) => one.platform).join(', ')}`);
  return [
    ...offices,
    ...rosters.flatMap((roster) => [
      ...roster.persons.filter(({ keys }) => keys.some((key) => key.keyId === keyId)).map(({ id, roles }) => `${id} (${roles.join(' ')}) of ${roster.platform}`),
      ...(roster.dispatcher.keyId === keyId ? [`the dispatcher of ${roster.platform}: nothing of ${roster.platform} is dispatched without it`] : []),
      ...(roster.logKey.keyId === keyId ? [`the log of ${roster.platform}`] : []),
    ]),
  ];
}

function staying(state: TrustState, platform: PlatformId, keyId: KeyId): { readonly threshold: number; readonly signers: readonly string[] } {
  const charter = state.charters.get(platform)?.value;
  return officersOf(state, platform, charter === undefined ? undefined : { ...charter, officers: charter.officers.filter(({ key }) => key.keyId !== keyId) });
}

function platformIn(name: string): PlatformId {
  return platformIdSchema.parse(name.slice(name.indexOf(':') + 1));
}
