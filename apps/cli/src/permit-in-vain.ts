import { rootSchema, trustViewSchema, type PlatformId } from '#libs/contracts';
import type { PermitGround } from '#libs/domain';
import { unverifiedPayload, type Envelope } from '#libs/envelope';
import { permitRefusals, trustFromRoot, verifyPermit, type TrustState } from '#libs/trust';
import { CliError } from './cli-error';
import type { Context } from './command';
import { trustUnder } from './roster-in-force';

/** One reason why a permit would be refused: a field of it, the verifier's code, a sentence. */
export interface PermitFault { readonly path: string; readonly code: string; readonly message: string }

const SENTENCES: Readonly<Record<string, string>> = {
  platform: 'the server shows no such village: permits are of a village',
  clerk: 'is no author of that village by its roster in force',
  minimumApprovals: 'the charter of the village asks for more persons than sign a permit',
  notAfter: 'ends more than 400 days after it is issued or begins',
  issuedAt: 'is dated ahead: this machine\'s clock or the server\'s is wrong',
};

/**
 * The papers in force as the server gives them, for what a village's permit is tried on before somebody signs it. It is
 * the server that takes the permit or not, so its word suffices here. Undefined, and said, where it cannot be read now.
 */
export async function trustOfServer(context: Context, platform: PlatformId): Promise<TrustState | undefined> {
  const view = await context.api.get(`/api/trust?platform=${platform}`, trustViewSchema).catch(() => undefined);
  const root = rootSchema.safeParse(view === undefined ? undefined : unverifiedPayload(view.root));
  const trust = view !== undefined && root.success ? trustFromRoot(view.root, { demo: root.data.demo }) : undefined;
  if (view !== undefined && trust?.ok === true) return trustUnder(trust.value, view);
  context.say(`! not tried on the roster of ${platform}: the server does not give it now / 未能对照权责清单检查`);
  return undefined;
}

/** Everything for which every verifier would refuse these terms whoever signs them, and that they are over (REJ_EXPIRED). */
export function permitFaultsOf(trust: TrustState | undefined, terms: PermitGround, now: number): readonly PermitFault[] {
  const faults = trust === undefined ? [] : permitRefusals(trust, terms, now);
  return [
    ...faults.map(({ code, at = '' }) => ({ path: at, code, message: SENTENCES[at] ?? '' })),
    ...(terms.notAfter <= now ? [{ path: 'notAfter', code: 'REJ_EXPIRED', message: 'has ended by this machine\'s clock' }] : []),
  ];
}

/** Refuses WOULD_BE_REFUSED with every fault. */
export function refuseInVain(faults: readonly PermitFault[], what: string): void {
  if (faults.length === 0) return;
  throw new CliError('WOULD_BE_REFUSED', `The permit would be refused by everybody, whoever signs it: ${faults.map(({ code, path }) => `${code} at ${path}`).join(', ')}; ${what} / 该授权将被拒绝`, undefined, faults);
}

/** Refuses WOULD_BE_REFUSED where these signatures do not go together on it: the clerk's own, one person's twice, no approver's. */
export function refuseSigners(trust: TrustState | undefined, envelope: Envelope, now: number): void {
  const verified = trust === undefined ? undefined : verifyPermit(trust, envelope, now);
  if (verified === undefined || verified.ok || verified.code === 'REJ_THRESHOLD') return;
  throw new CliError('WOULD_BE_REFUSED', `With this signature the permit would be refused by everybody: ${verified.code}${verified.at === undefined ? '' : ` at ${verified.at}`}; nothing was written or sent / 此签名将被拒绝`);
}
