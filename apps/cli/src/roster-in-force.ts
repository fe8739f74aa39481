import { charterSchema, rosterSchema, trustViewSchema, type Charter, type EnvelopeShape, type PlatformId, type Roster } from '#libs/contracts';
import { parseEnvelope, parseStrictJson, type Envelope } from '#libs/envelope';
import { verifiedSignatures, type Signer } from '#libs/suites';
import type { z } from 'zod';
import { CliError, EXIT } from './cli-error';
import type { Context } from './command';

/** A roster as the server gave it: believed only once `checkSigners` vouched for it. */
export interface GivenRoster {
  readonly roster: Roster;
  readonly envelope: Envelope;
  readonly payload: Uint8Array;
  readonly charter: Charter;
}

/** The roster and charter of a platform that are in force, by what the server says. Refuses a platform that it does not show (PLATFORM_UNKNOWN). */
export async function rosterInForce(context: Context, platform: PlatformId): Promise<GivenRoster> {
  const view = await context.api.get('/api/trust', trustViewSchema);
  const roster = view.rosters.map((envelope) => read(envelope, rosterSchema)).find((held) => held?.value.platform === platform);
  const charter = view.charters.map((envelope) => read(envelope, charterSchema)).find((held) => held?.value.platform === platform);
  if (roster === undefined || charter === undefined) throw new CliError('PLATFORM_UNKNOWN', `You see no roster of ${platform}; the platforms below your own are the ones you see`);
  return { roster: roster.value, envelope: roster.envelope, payload: roster.payload, charter: charter.value };
}

/**
 * Whether these officers may sign the next one. What is signed again is a whole roster with every person in it, and a
 * server could hand out one of its own making: so each of them must find their own signature on it.
 * Refuses NOT_AN_OFFICER, OFFICERS_TOO_FEW (persons are counted, not keys), ROSTER_NOT_YOURS.
 */
export function checkSigners({ roster, envelope, payload, charter }: GivenRoster, signers: readonly Signer[]): void {
  const persons = new Set(signers.map(({ key }) => {
    const officer = charter.officers.find((known) => known.key.keyId === key.keyId);
    if (officer === undefined) throw new CliError('NOT_AN_OFFICER', `The key ${key.keyId.slice(0, 16)} is no officer's of ${roster.platform}`, EXIT.refused);
    return officer.person;
  }));
  if (persons.size < charter.threshold) {
    throw new CliError('OFFICERS_TOO_FEW', `${roster.platform} wants ${charter.threshold} officers, and these keys are of ${persons.size}: --key FILE, once for each`, EXIT.refused);
  }
  const signed = new Set(verifiedSignatures(envelope, payload, new Map(signers.map(({ key }) => [key.keyId, key]))).map(({ keyId }) => keyId));
  const stranger = signers.find(({ key }) => !signed.has(key.keyId));
  if (stranger === undefined) return;
  throw new CliError('ROSTER_NOT_YOURS', `Roster ${roster.version} of ${roster.platform} does not carry the signature of ${stranger.key.keyId.slice(0, 16)}: whoever signed it must sign the next one`, EXIT.refused);
}

function read<S extends z.ZodType>(given: EnvelopeShape, schema: S): { readonly value: z.output<S>; readonly envelope: Envelope; readonly payload: Uint8Array } | undefined {
  const parsed = parseEnvelope(given);
  const json = parsed.ok ? parseStrictJson(parsed.payload) : undefined;
  if (!parsed.ok || json?.ok !== true) return undefined;
  const value = schema.safeParse(json.value);
  return value.success ? { value: value.data, envelope: parsed.envelope, payload: parsed.payload } : undefined;
}
