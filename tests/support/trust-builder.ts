import {
  dispatchIdSchema, isolateIdSchema, messageIdSchema, nonceSchema, orderSchema, permitIdSchema, restrictionIdSchema, stopIdSchema,
  type Approval, type Assignment, type Beacon, type Charter, type Consent, type Dispatch, type Head, type Isolate, type Message, type Order, type Permit, type PlatformId,
  type Receipt, type RestrictionPayload, type Revocation, type Root, type Segment, type Roster, type SecurityEvent, type Stop, type Versions,
} from '#libs/contracts';
import { messageDurationMs } from '#libs/domain';
import { encodePayload, type Envelope } from '#libs/envelope';
import { signEnvelope, type Signer } from '#libs/suites';
import { applyDocument, trustFromRoot, versionsFor, type TrustState } from '#libs/trust';
import {
  areaOf, charterPayload, digestNamed, digestOf, get, makeKey, makePlatform, MIXED, NOW, officerKeys, PARENT, payloadOf, personOf, platformOf, PLATFORMS, rootPayload,
  rosterPayload, terminalOf, unitOf, type PlatformName, type Suites, type TestKey, type TestPlatform,
} from './trust-people';

export * from './trust-people';

/**
 * A small district with fresh keys, made at test run time, for every test that needs signed documents:
 * district `d` (areas d-area), townships `t1` `t2`, villages `v1` `v2` under t1 and `v3` under t2.
 * `const world = await buildWorld()` gives people, keys, documents and a verified `world.trust`; `world.message(...)`,
 * `world.approval(...)`, `world.order(...)`, `world.stop(...)` and the rest sign whatever they are given, right or wrong:
 * every payload can be overridden field by field and every signer replaced, so that a test says only what is special.
 * Reuse it instead of making another; it is free of jest and may be imported by benches and integration tests.
 */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** UUIDv7 with the given time and a counter, so that runs repeat. */
export function makeIds(): (at?: number) => string {
  let count = 0;
  return (at = NOW) => {
    count += 1;
    const time = at.toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${count.toString(16).padStart(12, '0')}`;
  };
}

/** What a test may replace in what it signs. */
export interface Signing<T> {
  readonly set?: Partial<T>;
  readonly by?: readonly Signer[];
  /** The kind written on the envelope, when it is to lie. */
  readonly word?: string;
}

export interface OrderParts {
  readonly order: Order;
  readonly message: Envelope;
  readonly approvals: readonly Envelope[];
  readonly dispatch: Envelope;
}

/** A correction with everything it stands on; `original` is the complete order that was heard before. */
export interface CorrectionParts {
  readonly order: Order;
  readonly original: OrderParts;
  readonly message: Envelope;
  readonly consent: Envelope;
  readonly dispatch: Envelope;
}

/** What a clerk says under a permit, with the trust of those who hold the roster that lists it. */
export interface PermitParts extends OrderParts {
  readonly permit: Envelope;
  readonly roster: Envelope;
  readonly trust: TrustState;
}

/** A resumption: the stopped message again, with a stopper's consent. */
export interface ResumeParts {
  readonly order: Order;
  readonly consent: Envelope;
  readonly dispatch: Envelope;
}

/** The words with which a drill begins. */
function drillMarker(mode: Message['mode'] | undefined): readonly Segment[] {
  return mode === 'drill' ? [{ sha256: digestNamed('drill'), bytes: 6_000, role: 'speech', durationMs: 3_000 }] : [];
}

export class World {
  readonly nextId = makeIds();
  private sequence = 0;

  private constructor(
    readonly rootKeys: readonly TestKey[],
    readonly platforms: ReadonlyMap<string, TestPlatform>,
    readonly device: TestKey,
    readonly stranger: TestKey,
    readonly expected: { readonly rootEnvelope: Envelope; readonly documents: readonly Envelope[] },
    /** Holds every document of the district. */
    readonly trust: TrustState,
    readonly suites: Suites,
  ) {}

  static async build(set: { readonly rosters?: (roster: Roster) => Roster; readonly charters?: (charter: Charter) => Charter; readonly suites?: Suites; readonly beforeReading?: (root: Envelope, documents: readonly Envelope[]) => void } = {}): Promise<World> {
    const suites = set.suites ?? MIXED;
    const fresh = (): Promise<TestKey> => makeKey(suites.servers);
    const rootKeys = [await fresh(), await fresh(), await fresh()];
    const platforms = new Map<string, TestPlatform>();
    for (const name of PLATFORMS) platforms.set(name, await makePlatform(name, platforms, suites));
    const rootEnvelope = await signEnvelope('root', encodePayload(rootPayload(rootKeys, suites.profile)), rootKeys.slice(0, 2).map((key) => key.signer));
    const documents: Envelope[] = [];
    for (const name of PLATFORMS) {
      const parent = PARENT[name];
      const signers = parent === null ? rootKeys.slice(0, 2) : officerKeys(get(platforms, parent)).slice(0, 2);
      const charter = (set.charters ?? same)(charterPayload(get(platforms, name)));
      const roster = (set.rosters ?? same)(rosterPayload(get(platforms, name)));
      documents.push(await signEnvelope('charter', encodePayload(charter), signers.map((key) => key.signer)));
      documents.push(await signEnvelope('roster', encodePayload(roster), officerKeys(get(platforms, name)).slice(0, 2).map((key) => key.signer)));
    }
    set.beforeReading?.(rootEnvelope, documents);
    const trust = readAll(rootEnvelope, documents);
    return new World(rootKeys, platforms, await fresh(), await fresh(), { rootEnvelope, documents }, trust, suites);
  }

  platform(name: string): TestPlatform {
    return get(this.platforms, name);
  }
  /** A person's key: `key('t1', 'approver-a')`. */
  key(platform: string, who: string): TestKey {
    return get(this.platform(platform).people, who);
  }
  officers(platform: string): readonly Signer[] {
    return officerKeys(this.platform(platform)).map((key) => key.signer);
  }
  personId(platform: string, who: string) {
    return personOf(`${platform}-${who}`);
  }

  /** Trust as a terminal of this platform holds it: root and the documents of its lineage only. */
  trustOf(name: PlatformName): TrustState {
    const lineage: string[] = [];
    for (let at: PlatformName | null = name; at !== null; at = PARENT[at]) lineage.push(at);
    const wanted = this.expected.documents.filter((_, index) => lineage.includes(PLATFORMS[Math.floor(index / 2)] ?? ''));
    return readAll(this.expected.rootEnvelope, wanted);
  }

  root(signing: Signing<Root> = {}): Promise<Envelope> {
    return sign('root', rootPayload(this.rootKeys, this.suites.profile), signing, this.rootKeys.slice(0, 2).map((key) => key.signer));
  }
  charter(name: PlatformName, signing: Signing<Charter> = {}): Promise<Envelope> {
    const parent = PARENT[name];
    const by = parent === null ? this.rootKeys.map((key) => key.signer) : this.officers(parent);
    return sign('charter', charterPayload(this.platform(name)), signing, by.slice(0, 2));
  }
  charterPayload(name: PlatformName): Charter {
    return charterPayload(this.platform(name));
  }
  roster(name: PlatformName, signing: Signing<Roster> = {}): Promise<Envelope> {
    return sign('roster', rosterPayload(this.platform(name)), signing, this.officers(name).slice(0, 2));
  }
  rosterPayload(name: PlatformName): Roster {
    return rosterPayload(this.platform(name));
  }
  revocation(name: PlatformName, signing: Signing<Revocation> = {}): Promise<Envelope> {
    const payload: Revocation = {
      platform: platformOf(name), version: 1, issuedAt: NOW,
      entries: [{ keyId: this.key(name, 'approver-a').record.keyId, reason: 'compromised', since: NOW }],
    };
    return sign('revocation', payload, signing, this.officers(name).slice(0, 1));
  }

  /** An assignment of terminal `<platform>-term-1` standing in the platform's area. */
  assignment(name: PlatformName, signing: Signing<Assignment> = {}): Promise<Envelope> {
    const payload: Assignment = {
      platform: platformOf(name), issuedAt: NOW,
      terminals: [{ terminal: terminalOf(`${name}-term-1`), deviceKeyId: this.device.record.keyId, areas: chainOf(name), resourceCode: RESOURCE_CODE, maxVolume: 'full', version: 1 }],
    };
    return sign('assignment', payload, signing, this.officers(name).slice(0, 1));
  }

  /** A drill opens, unless the test says otherwise, with the words that say so. */
  messagePayload(name: PlatformName, set: Partial<Message> = {}): Message {
    return {
      id: messageIdSchema.parse(this.nextId()), platform: platformOf(name), unit: unitOf(`${name}-office`), author: this.personId(name, 'author'),
      class: 'emergency', severity: 'red', mode: 'actual', drill: null, eventType: 'rainstorm',
      texts: [{ language: 'zh-CN', title: '暴雨红色预警', text: '请立即转移到安全地带。' }], readings: [],
      body: { segments: [
        ...drillMarker(set.mode),
        { sha256: digestNamed('siren'), bytes: 9_000, role: 'siren', durationMs: 5_000 },
        { sha256: digestNamed('speech'), bytes: 12_000, role: 'speech', durationMs: 10_000 },
      ] },
      targets: { areas: [areaOf(`${name}-area`)], terminals: [] }, notBefore: NOW - 60_000, notAfter: NOW + 2 * HOUR, repeats: 2, gapMs: 1_000,
      volume: 'full', whenPreempted: 'resume', issuedAt: NOW - 60_000, sourceUnit: null, sourceRef: null, replaces: null, corrects: null, corrections: [], ...set,
    };
  }
  message(name: PlatformName, signing: Signing<Message> = {}): Promise<Envelope> {
    return sign('message', this.messagePayload(name, signing.set), signing, [this.key(name, 'author').signer]);
  }
  approval(name: PlatformName, message: Envelope, who: string, signing: Signing<Approval> = {}): Promise<Envelope> {
    const digest = digestOf(message);
    const payload: Approval = {
      messageDigest: digest, platform: platformOf(name), person: this.personId(name, who), step: 'issue', decision: 'approve', reason: '',
      policyVersion: 1, displayedDigest: digest, listenedPermille: 1000, signedAt: this.readMessage(message).issuedAt,
    };
    return sign('approval', payload, signing, signing.by ?? [this.key(name, who).signer]);
  }
  dispatch(name: PlatformName, message: Envelope, approvals: readonly Envelope[], signing: Signing<Dispatch> = {}): Promise<Envelope> {
    this.sequence += 1;
    const of = this.readMessage(message);
    const payload: Dispatch = {
      dispatchId: dispatchIdSchema.parse(this.nextId()), platform: platformOf(name), messageDigest: digestOf(message),
      approvals: approvals.map(digestOf).sort(), epoch: 1, seq: this.sequence, targets: { ...of.targets, heard: null }, notBefore: of.notBefore, notAfter: of.notAfter,
      startAt: NOW + 700, repeats: of.repeats, maxDurationMs: messageDurationMs(of), issuedAt: NOW, minVersions: this.versions(name), resumes: null, consent: null,
    };
    return sign('dispatch', payload, signing, [this.platform(name).dispatcher.signer]);
  }
  /** A complete, correct order unless told otherwise: author, approver-a and approver-b, dispatcher. */
  async order(name: PlatformName, set: {
    readonly message?: Signing<Message>; readonly approvers?: readonly string[]; readonly dispatch?: Signing<Dispatch>;
  } = {}): Promise<OrderParts> {
    const message = await this.message(name, set.message);
    const approvals: Envelope[] = [];
    for (const who of set.approvers ?? (name.startsWith('v') ? ['approver-a'] : ['approver-a', 'approver-b'])) approvals.push(await this.approval(name, message, who));
    return this.bind(message, approvals, await this.dispatch(name, message, approvals, set.dispatch));
  }
  bind(message: Envelope, approvals: readonly Envelope[], dispatch: Envelope): OrderParts {
    return { order: orderSchema.parse({ dispatch, message, approvals }), message, approvals, dispatch };
  }
  stop(name: PlatformName, signing: Signing<Stop> = {}): Promise<Envelope> {
    const payload: Stop = {
      stopId: stopIdSchema.parse(this.nextId()), platform: platformOf(name), issuedAt: NOW, notAfter: NOW + DAY, area: areaOf(`${name}-area`), scope: { kind: 'all' },
    };
    return sign('stop', payload, signing, [this.platform(name).dispatcher.signer]);
  }
  /** By the stopper, now. */
  consent(name: PlatformName, act: Consent['act'], signing: Signing<Consent> = {}): Promise<Envelope> {
    return sign('consent', { platform: platformOf(name), person: this.personId(name, 'stopper'), act, signedAt: NOW }, signing, [this.key(name, 'stopper').signer]);
  }
  /** By two officers, for an hour from now. */
  isolate(name: PlatformName, signing: Signing<Isolate> = {}): Promise<Envelope> {
    const payload: Isolate = {
      isolateId: isolateIdSchema.parse(this.nextId()), platform: platformOf(name), area: areaOf(`${name}-area`), reason: '上级平台疑似被入侵', issuedAt: NOW, notAfter: NOW + HOUR,
    };
    return sign('isolate', payload, signing, this.officers(name).slice(0, 2));
  }
  /** A posture by the dispatcher, for an hour from now; of kind `period` by two officers. No notice, governance or daily sounds. */
  restriction(name: PlatformName, signing: Signing<RestrictionPayload> = {}): Promise<Envelope> {
    const payload: RestrictionPayload = {
      restrictionId: restrictionIdSchema.parse(this.nextId()), platform: platformOf(name), area: areaOf(`${name}-area`), kind: 'posture', classes: ['notice', 'governance', 'daily'],
      approvals: null, reason: '有人以本平台密钥发出未经签发的指令', notBefore: NOW, notAfter: NOW + HOUR, issuedAt: NOW,
    };
    return sign('restriction', payload, signing, signing.set?.kind === 'period' ? this.officers(name).slice(0, 2) : [this.platform(name).dispatcher.signer]);
  }
  /**
   * A complete, correct correction unless told otherwise: the original lists it and was approved, a stopper consents. It
   * is of the original's class, severity, mode, drill and targets; `isListed` false leaves it out of the original.
   */
  async correctionOrder(name: PlatformName, set: {
    readonly correction?: Signing<Message>; readonly original?: Signing<Message>; readonly isListed?: boolean;
    readonly consent?: Signing<Consent>; readonly dispatch?: Signing<Dispatch>;
  } = {}): Promise<CorrectionParts> {
    const of = this.messagePayload(name, set.original?.set);
    const { severity, mode, drill, targets } = of;
    const message = await this.message(name, {
      ...set.correction,
      set: {
        class: of.class, severity, mode, drill, targets, corrects: 'correction', notAfter: of.notAfter + 12 * HOUR, texts: [{ language: 'zh-CN', title: '更正', text: '刚才播出的警报是误发。' }],
        body: { segments: [...drillMarker(set.correction?.set?.mode ?? mode), { sha256: digestNamed('chime'), bytes: 3_000, role: 'chime', durationMs: 2_000 }, { sha256: digestNamed('correction'), bytes: 9_000, role: 'speech', durationMs: 6_000 }] },
        ...set.correction?.set,
      },
    });
    const listed = set.isListed === false ? [] : [{ kind: 'correction' as const, digest: digestOf(message) }];
    const original = await this.order(name, {
      message: { ...set.original, set: { corrections: listed, ...set.original?.set } },
    });
    const ofMessage = digestOf(original.message);
    const consent = await this.consent(name, { kind: 'correct', correction: digestOf(message), ofMessage }, set.consent);
    const dispatch = await this.dispatch(name, message, [], {
      ...set.dispatch, set: { targets: { ...this.readMessage(message).targets, heard: ofMessage }, consent: digestOf(consent), ...set.dispatch?.set },
    });
    const order = orderSchema.parse({ dispatch, message, approvals: [], original: original.message, consent });
    return { order, original, message, consent, dispatch };
  }
  /** What was stopped, once more, a second after the stop. */
  async resumeOrder(name: PlatformName, stopped: OrderParts, stop: Envelope, set: { readonly also?: readonly Envelope[]; readonly consent?: Signing<Consent>; readonly dispatch?: Signing<Dispatch> } = {}): Promise<ResumeParts> {
    const read = (envelope: Envelope) => JSON.parse(new TextDecoder().decode(payloadOf(envelope))) as Stop;
    const { stopId, issuedAt } = read(stop);
    const also = (set.also ?? []).map((one) => read(one).stopId);
    const act: Consent['act'] = { kind: 'resume', message: digestOf(stopped.message), stop: stopId, ...(also.length === 0 ? {} : { also }) };
    const consent = await this.consent(name, act, { ...set.consent, set: { signedAt: issuedAt + 1_000, ...set.consent?.set } });
    const dispatch = await this.dispatch(name, stopped.message, stopped.approvals, { ...set.dispatch, set: { resumes: stopId, consent: digestOf(consent), ...set.dispatch?.set } });
    return { order: orderSchema.parse({ dispatch, message: stopped.message, approvals: stopped.approvals, consent }), consent, dispatch };
  }
  /** For the village's author, twice a day from eight to eight, signed by an approver of the village and one of its township. */
  permit(name: PlatformName, signing: Signing<Permit> = {}): Promise<Envelope> {
    const payload: Permit = {
      permitId: permitIdSchema.parse(this.nextId()), platform: platformOf(name), clerk: this.personId(name, 'author'), classes: ['governance'],
      dayBand: { fromMinute: 480, toMinute: 1_200 }, maxDurationMs: 300_000, perDay: 2, volume: 'normal', notBefore: NOW - DAY, notAfter: NOW + 300 * DAY, issuedAt: NOW - DAY,
    };
    return sign('permit', payload, signing, [this.key(name, 'approver-a').signer, this.key('t1', 'approver-b').signer]);
  }
  /** A recording that may be said under a permit. */
  recordingPayload(permit: Envelope, set: Partial<Message> = {}): Partial<Message> {
    return {
      class: 'governance', severity: 'none', volume: 'normal', permit: digestOf(permit),
      body: { segments: [{ sha256: digestNamed('chime'), bytes: 3_000, role: 'chime', durationMs: 2_000 }, { sha256: digestNamed('recording'), bytes: 90_000, role: 'recording', durationMs: 60_000 }] },
      ...set,
    };
  }
  /** A complete, correct order under a permit that the village's second roster lists, unless told otherwise. */
  async permitOrder(name: PlatformName, set: {
    readonly permit?: Signing<Permit>; readonly message?: Signing<Message>; readonly dispatch?: Signing<Dispatch>; readonly isListed?: boolean; readonly under?: Envelope;
  } = {}): Promise<PermitParts> {
    const permit = set.under ?? await this.permit(name, set.permit);
    const roster = await this.roster(name, { set: { version: 2, permits: set.isListed === false ? [] : [digestOf(permit)] } });
    const message = await this.message(name, { ...set.message, set: this.recordingPayload(permit, set.message?.set) });
    const dispatch = await this.dispatch(name, message, [], { ...set.dispatch, set: { permit: digestOf(permit), ...set.dispatch?.set } });
    return { order: orderSchema.parse({ dispatch, message, approvals: [], permit }), message, approvals: [], dispatch, permit, roster, trust: readMore(this.trust, [roster]) };
  }
  beacon(name: PlatformName, signing: Signing<Beacon> = {}): Promise<Envelope> {
    const payload: Beacon = {
      platform: platformOf(name), at: NOW, epoch: 1, versions: this.versions(name), terminal: null, nonce: null, counter: null, head: null,
    };
    return sign('beacon', payload, signing, [this.platform(name).dispatcher.signer]);
  }
  head(name: PlatformName, signing: Signing<Head> = {}): Promise<Envelope> {
    return sign('head', { platform: platformOf(name), treeSize: 7, rootHash: digestNamed('tree'), at: NOW }, signing, [this.platform(name).log.signer]);
  }
  receipt(terminal: string, signing: Signing<Receipt> = {}): Promise<Envelope> {
    const payload: Receipt = {
      terminal: terminalOf(terminal), counter: 1, at: NOW, head: null, dispatchId: dispatchIdSchema.parse(this.nextId()), messageDigest: digestNamed('message'),
      repetition: 0, state: 'acked', reason: null, fromMs: 0, startedAt: null, endedAt: null, playedDigest: null, levelCentiDbfs: null,
    };
    return sign('receipt', payload, signing, [this.device.signer]);
  }
  event(terminal: string, signing: Signing<SecurityEvent> = {}): Promise<Envelope> {
    const payload: SecurityEvent = {
      terminal: terminalOf(terminal), counter: 1, at: NOW, head: null, kind: 'refused', code: 'REJ_SIGNATURE', subject: digestNamed('subject'), payloadType: null, keyIds: [],
    };
    return sign('event', payload, signing, [this.device.signer]);
  }

  versions(name: PlatformName): Versions {
    const lineage: PlatformId[] = [];
    for (let at: PlatformName | null = name; at !== null; at = PARENT[at]) lineage.push(platformOf(at));
    return versionsFor(this.trust, lineage);
  }
  private readMessage(message: Envelope): Message {
    return JSON.parse(new TextDecoder().decode(payloadOf(message))) as Message;
  }
}

export const buildWorld = World.build;
export const RESOURCE_CODE = '43601230000000101010101' as Assignment['terminals'][number]['resourceCode'];
export const NONCE = nonceSchema.parse('00112233445566778899aabbccddeeff');

/** The areas a terminal of this platform stands in, from its own up to the district's. */
export function chainOf(name: PlatformName): Assignment['terminals'][number]['areas'] {
  const parent = PARENT[name];
  const own = { id: areaOf(`${name}-area`), parent: parent === null ? null : areaOf(`${parent}-area`) };
  return parent === null ? [own] : [own, ...chainOf(parent)];
}

/** Signs a payload with fields replaced. */
export function sign<T extends object>(word: string, payload: T, signing: Signing<T>, by: readonly Signer[]): Promise<Envelope> {
  return signEnvelope(signing.word ?? word, encodePayload({ ...payload, ...signing.set }), signing.by ?? by);
}

/** Trust after reading these documents in order; throws with the code of the first that is refused. */
export function readAll(root: Envelope, documents: readonly Envelope[]): TrustState {
  const start = trustFromRoot(root, { demo: true });
  if (!start.ok) throw new Error(`root: ${start.code} ${start.at ?? ''}`);
  return readMore(start.value, documents);
}

function readMore(before: TrustState, documents: readonly Envelope[]): TrustState {
  return documents.reduce((state: TrustState, document) => {
    const next = applyDocument(state, document, NOW);
    if (!next.ok) throw new Error(`${document.payloadType}: ${next.code} ${next.at ?? ''}`);
    return next.value;
  }, before);
}

function same<T>(value: T): T {
  return value;
}
