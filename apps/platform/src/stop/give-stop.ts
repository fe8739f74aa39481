import { envelopeSchema, LIMITS, stopIdSchema, stopSchema, type AreaId, type PlatformId, type Stop, type StopAnswer, type StopFacts, type StopId, type StopRequest, type TokenClaims } from '#libs/contracts';
import { isWithin, outermost } from '#libs/domain';
import { encodePayload, parseEnvelope, parseStrictJson, wordOf, type Envelope } from '#libs/envelope';
import { registrationOf, signEnvelope, verifiedSignatures, type Signer } from '#libs/suites';
import type { Gateway } from '../internal/gateway-client';
import type { Clock } from '../kernel/clock';
import { ClarionError, operationalError, userError } from '../kernel/errors';
import type { Log } from '../kernel/log';
import { SharedStops } from './shared-stops';
import { SingleStops } from './single-stops';

/** What giving a stop stands on; each works without database and API server. */
export interface StopPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly gateway: Gateway;
  /** Undefined before the API server ever ran here. */
  readonly facts: () => Promise<StopFacts | undefined>;
  readonly dispatcherOf: (platform: PlatformId) => Promise<Signer>;
  /** Durable when it resolves. */
  readonly keep: (id: StopId, content: { readonly stop: Envelope; readonly notAfter: number; readonly receivedAt: number; readonly by: string }) => Promise<void>;
  /** How long the file is waited for before the gateway is told all the same. Milliseconds. */
  readonly keepMs?: number;
}

const KEEP_MS = 300;
/** Signed stops remembered, so that sending one again is nobody's attempt. */
const MOST_KNOWN = 10_000;

interface SignedStop {
  readonly stop: Stop;
  readonly envelope: Envelope;
}

/**
 * Silences: signs a stop with the dispatcher of the caller's platform, or takes one that a stopper signed, writes it
 * to a file first and tells the gateway. A disk that hangs or is full keeps nobody waiting: the answer then says that
 * the stop is not kept (yet). Refuses AREA_FOREIGN, AREA_NEEDED, FORBIDDEN, STOP_FORM, STOP_SIGNATURE, STOP_OVER, STOP_ID_TAKEN, and of single
 * messages TOO_MANY_REQUESTS and STOPS_FULL: a stop of everything is never one too many. Fails with STOP_FAILED only when neither the file nor the gateway took it.
 */
export class GiveStop {
  /** Payloads of signed stops given since this process began, the oldest forgotten first. */
  private readonly known = new Set<string>();
  private readonly single = new SingleStops();
  private readonly shared = new SharedStops<StopAnswer>();

  constructor(private readonly ports: StopPorts) {}

  /** By a signed-in stopper or duty operator: one stop for each area that lies in no other. `admit` is asked with the account. */
  async byToken(claims: TokenClaims, request: StopRequest, admit: (account: string) => boolean = () => true): Promise<StopAnswer> {
    if (!claims.roles.includes('stopper') && !claims.roles.includes('duty')) throw userError('FORBIDDEN', 'Only a stopper or the duty operator may stop.');
    const facts = await this.ports.facts();
    const chartered = facts?.platforms.find(({ id }) => id === claims.platform)?.areas;
    const areas = request.area === undefined ? outermost(facts?.areas ?? [], chartered ?? []) : [request.area];
    // A platform's name is no area's name: guessing one would silence nothing and look as if it had.
    if (areas.length === 0) throw operationalError('AREA_NEEDED', 'What areas your platform holds is not known here; name one.');
    if (facts !== undefined && !areas.every((area) => isInside(facts, chartered ?? [], area))) {
      throw userError('AREA_FOREIGN', 'This area is not of your platform.', { fields: [{ path: 'area', code: 'AREA_FOREIGN', sentence: 'This area is not of your platform.' }] });
    }
    const isGeneral = request.messages === undefined || request.messages.length === 0;
    const isSoon = !admit(claims.account);
    const give = () => this.signAndGive(claims, request, areas);
    if (isGeneral) return isSoon ? this.shared.ask(`${claims.account} ${request.area ?? ''}`, this.ports.clock.now(), give) : give();
    if (isSoon) throw tooSoon();
    this.count(claims.account, areas.length);
    return give();
  }

  private async signAndGive(claims: TokenClaims, request: StopRequest, areas: readonly AreaId[]): Promise<StopAnswer> {
    const signer = await this.ports.dispatcherOf(claims.platform);
    const issuedAt = Math.trunc(this.ports.clock.now());
    const signed: SignedStop[] = [];
    for (const area of areas) {
      const stop: Stop = {
        stopId: stopIdSchema.parse(this.ports.clock.uuid()),
        platform: claims.platform,
        issuedAt,
        notAfter: issuedAt + LIMITS.stopKeepMs,
        area,
        scope: request.messages === undefined || request.messages.length === 0 ? { kind: 'all' } : { kind: 'messages', messages: request.messages },
      };
      signed.push({ stop, envelope: await signEnvelope('stop', encodePayload(stop), [signer]) });
    }
    return this.give(signed, claims.account);
  }

  /**
   * A stop that a stopper signed: the signature is the authority, nobody needs to be signed in. `admit` is asked once the
   * signature holds, with the name of who signed; for a stop that was given before, with the name of that stop. So
   * strangers cannot use up a stopper's attempts, neither with stops of their own nor with his.
   */
  async bySignature(value: unknown, admit: (name: string) => boolean = () => true): Promise<StopAnswer> {
    const parsed = parseEnvelope(value);
    if (!parsed.ok || wordOf(parsed.envelope.payloadType) !== 'stop') throw userError('STOP_FORM', 'This is not a signed stop.');
    const facts = await this.ports.facts();
    if (facts === undefined) throw operationalError('STOP_NOT_READY', 'Nobody\'s keys are known here yet; stop through the gateway (--via gateway).');
    const stoppers = facts.platforms.flatMap((platform) => platform.stoppers.map(({ person, key }) => ({ platform, person, key })));
    const holding = verifiedSignatures(parsed.envelope, parsed.payload, stoppers.map(({ key }) => key)).map(registrationOf);
    const json = holding.length === 0 ? undefined : parseStrictJson(parsed.payload);
    const stop = json?.ok === true ? stopSchema.safeParse(json.value) : undefined;
    const by = stoppers.find(({ platform, key }) => stop?.success === true && platform.id === stop.data.platform && holding.includes(registrationOf(key)));
    if (stop?.success !== true || by === undefined) throw userError('STOP_SIGNATURE', 'The stop is not signed by a stopper of its platform.', { status: 403 });
    if (!isInside(facts, by.platform.areas, stop.data.area)) throw userError('AREA_FOREIGN', 'This area is not of the stopper\'s platform.');
    if (stop.data.notAfter <= this.ports.clock.now()) throw userError('STOP_OVER', 'This stop is over; sign a new one.');
    const isKnown = this.known.has(parsed.envelope.payload);
    const name = `${by.platform.id} ${by.person}`;
    const isSoon = !admit(isKnown ? `stop ${stop.data.stopId}` : name);
    const signed = { stop: stop.data, envelope: parsed.envelope };
    const give = (): Promise<StopAnswer> => {
      this.remember(signed.envelope.payload);
      return this.give([signed], by.person);
    };
    // One that was given before is nobody's new stop: it is told again, or not.
    if (stop.data.scope.kind === 'all' && !isKnown) return isSoon ? this.shared.ask(`${name} ${stop.data.area}`, stop.data.issuedAt, give) : give();
    if (isSoon) throw tooSoon();
    if (!isKnown) this.count(name, 1);
    return give();
  }

  private count(name: string, stops: number): void {
    if (this.single.take(name, stops, this.ports.clock.now())) return;
    throw userError('STOPS_FULL', 'So many single messages are stopped by you already that no more can be kept; stop everything in the area instead.', { status: 409 });
  }

  private remember(payload: string): void {
    this.known.add(payload);
    if (this.known.size <= MOST_KNOWN) return;
    for (const oldest of this.known) {
      this.known.delete(oldest);
      return;
    }
  }

  private async give(signed: readonly SignedStop[], by: string): Promise<StopAnswer> {
    const receivedAt = Math.trunc(this.ports.clock.now());
    // Side by side: a gateway that does not answer costs its time once, however many areas are stopped.
    const given = await Promise.all(signed.map((one) => this.giveOne(one, receivedAt, by)));
    // No area of one stop lies in another's, so nobody is counted twice.
    const written = given.reduce((sum, { told }) => sum + (told ?? 0), 0);
    const [first] = signed;
    if (first === undefined || given.some(({ kept, told }) => !kept && told === undefined)) {
      throw operationalError('STOP_FAILED', 'The stop could neither be written nor sent. Use the command line with a stopper\'s key.');
    }
    if (written === 0) this.ports.log.error('stop.reached-nobody', { stopId: first.stop.stopId });
    this.ports.log.info('stop.given', { stopId: first.stop.stopId, platform: first.stop.platform, area: first.stop.area, scope: first.stop.scope.kind, written });
    return { stopId: first.stop.stopId, issuedAt: first.stop.issuedAt, stop: envelopeSchema.parse(first.envelope), written, kept: given.every(({ kept }) => kept), at: Math.trunc(this.ports.clock.now()) };
  }

  /** `kept`: durable by the time of the answer. `told` undefined: the gateway did not take it. */
  private async giveOne({ stop, envelope }: SignedStop, receivedAt: number, by: string): Promise<{ readonly kept: boolean; readonly told?: number }> {
    const file: { kept: boolean; taken?: ClarionError } = { kept: false };
    const keeping = this.ports.keep(stop.stopId, { stop: envelope, notAfter: stop.notAfter, receivedAt, by }).then(
      () => { file.kept = true; },
      (cause: unknown) => {
        if (cause instanceof ClarionError && cause.code === 'STOP_ID_TAKEN') file.taken = cause;
        this.ports.log.error('stop.file', { stopId: stop.stopId }, cause);
      },
    );
    // The file is first asked for, but a disk that is full or hangs must not keep terminals waiting.
    if (!await endsWithin(keeping, this.ports.keepMs ?? KEEP_MS)) this.ports.log.error('stop.file-waits', { stopId: stop.stopId });
    if (file.taken !== undefined) throw file.taken;
    const [told] = await Promise.allSettled([this.ports.gateway.stop(envelope, stop.notAfter)]);
    if (told.status === 'rejected') this.ports.log.error('stop.gateway', { stopId: stop.stopId }, told.reason);
    return { kept: file.kept, ...(told.status === 'fulfilled' ? { told: told.value } : {}) };
  }
}

function tooSoon(): Error {
  return userError('TOO_MANY_REQUESTS', 'That was enough stops of single messages for ten seconds; a stop of everything is taken at any time.');
}

/** Whether it ended in this time; it goes on either way. */
async function endsWithin(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => { timer = setTimeout(resolve, ms, false); });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

function isInside(facts: StopFacts, chartered: readonly AreaId[], area: AreaId): boolean {
  return chartered.some((top) => isWithin(facts.areas, area, top));
}
