import {
  approvalSchema, charterSchema, messageSchema, messageDetailSchema, trustViewSchema, type Approval, type Charter, type Message, type MessageDetail, type Person, type PolicyRule,
} from '#libs/contracts';
import { policyFactsOf, ruleFor, type Signed } from '#libs/domain';
import type { Api } from '../api';
import { areaNames, openSigned, PageRefusal, readDocuments, requireKnown, verifyBy, type Documents, type Opened, type Verdict } from '../trust';

/** Everything that an approver is shown, each from bytes that somebody signed; `told` alone is the platform's word. */
export interface SignedMessage {
  readonly message: Opened<Message>;
  /** What would take it back, approved together with it, in the order in which the message lists them. */
  readonly corrections: readonly Message[];
  readonly documents: Documents;
  readonly author: Person;
  /** Of the author's signature; and of the documents' chain. */
  readonly verdict: Verdict;
  readonly rule: PolicyRule;
  /** Approvals that count, from their signed bytes. */
  readonly given: readonly (Signed & { readonly approval: Approval })[];
  readonly areas: ReadonlyMap<string, string>;
  readonly told: MessageDetail;
}

/** Asks the platform and believes none of it that the bytes do not bear out. Refuses with ApiProblem and PageRefusal. */
export async function fetchSigned(api: Api, id: string): Promise<SignedMessage> {
  const told = await api.get(`/api/messages/${id}`, messageDetailSchema);
  const message = await openSigned('message', told.envelope, messageSchema);
  requireSame(id, told, message);
  const { value } = message;
  const narrow = await api.get(`/api/trust?platform=${value.platform}`, trustViewSchema);
  const documents = await readDocuments(narrow, value.platform);
  await requireKnown(documents);
  const { author, verdict } = await authorOf(message, documents);
  const [charter] = documents.charters;
  const rule = charter === undefined ? undefined : ruleFor(documents.roster.value.policy, policyFactsOf(value, charter.tier));
  if (rule === undefined) throw new PageRefusal('PAGE_STEP', 'policy');
  requireSteps(told, rule, documents.roster.value.policy.version);
  return {
    message, documents, author, rule, told,
    verdict: verdict === 'holds' ? documents.verdict : verdict,
    corrections: await correctionsOf(message, told),
    given: await givenOf(message, told, documents),
    areas: await namesOf(api, value, documents.charters),
  };
}

/** The words that the platform tells of a message, and those in its bytes, are the same, or somebody in between is lying. */
function requireSame(id: string, told: MessageDetail, { value, digest }: Opened<Message>): void {
  if (value.id !== id || told.id !== id) throw new PageRefusal('PAGE_OTHER_MESSAGE', value.id);
  if (told.messageDigest !== digest) throw new PageRefusal('PAGE_DIGEST', told.messageDigest);
  const [said] = value.texts;
  const pairs: Readonly<Record<string, readonly [unknown, unknown]>> = {
    title: [told.title, said?.title], text: [told.text, said?.text], platform: [told.platform, value.platform], unit: [told.unit, value.unit], author: [told.author, value.author],
    class: [told.class, value.class], severity: [told.severity, value.severity], mode: [told.mode, value.mode], eventType: [told.eventType, value.eventType],
    notBefore: [told.notBefore, value.notBefore], notAfter: [told.notAfter, value.notAfter], sourceUnit: [told.sourceUnit, value.sourceUnit],
    drill: [JSON.stringify(told.drill), JSON.stringify(value.drill)], readings: [JSON.stringify(told.readings), JSON.stringify(value.readings)], corrections: [JSON.stringify(told.corrections), JSON.stringify(value.corrections)],
  };
  const differing = Object.entries(pairs).filter(([, [platform, bytes]]) => platform !== bytes).map(([field]) => field);
  if (differing.length > 0) throw new PageRefusal('PAGE_WORDS_DIFFER', differing.join(', '));
}

async function authorOf({ value, envelope }: Opened<Message>, { roster }: Documents): Promise<{ readonly author: Person; readonly verdict: Verdict }> {
  const author = roster.value.persons.find(({ id }) => id === value.author);
  const key = author?.keys.find(({ keyId }) => envelope.signatures.some(({ keyid }) => keyid === keyId));
  if (author === undefined || key === undefined) throw new PageRefusal('PAGE_AUTHOR', value.author);
  const verdict = await verifyBy(key, envelope);
  if (verdict === 'fails') throw new PageRefusal('PAGE_AUTHOR', value.author);
  return { author, verdict };
}

/** The steps as the platform shows them are those of the signed policy. */
function requireSteps(told: MessageDetail, rule: PolicyRule, policyVersion: number): void {
  if (told.policyVersion !== policyVersion) throw new PageRefusal('PAGE_STEP', 'policyVersion');
  const word = (steps: readonly { readonly name: string; readonly role: string; readonly unit: string | null; readonly count: number; readonly order: number }[]): string =>
    JSON.stringify(steps.map(({ name, role, unit, count, order }) => [name, role, unit, count, order]));
  if (word(told.steps) !== word(rule.steps)) throw new PageRefusal('PAGE_STEP', told.steps.map(({ name }) => name).join(', '));
}

async function correctionsOf({ value }: Opened<Message>, told: MessageDetail): Promise<readonly Message[]> {
  const opened = await Promise.all(told.correctionEnvelopes.map((envelope) => openSigned('message', envelope, messageSchema)));
  return value.corrections.map(({ digest, kind }) => {
    const found = opened.find((one) => one.digest === digest);
    if (found === undefined || found.value.corrects !== kind) throw new PageRefusal('PAGE_CORRECTION', digest);
    return found.value;
  });
}

/** Earlier approvals, each by a key of the roster over this message; what does not hold is left out, as a terminal leaves it out. */
async function givenOf({ digest }: Opened<Message>, told: MessageDetail, { roster }: Documents): Promise<SignedMessage['given']> {
  const all = await Promise.all(told.approvals.map(async (envelope) => {
    const { value: approval } = await openSigned('approval', envelope, approvalSchema);
    const person = roster.value.persons.find(({ id }) => id === approval.person);
    const key = person?.keys.find(({ keyId }) => envelope.signatures.some(({ keyid }) => keyid === keyId));
    if (person === undefined || key === undefined || approval.messageDigest !== digest || (await verifyBy(key, envelope)) === 'fails') return [];
    return [{ person: person.id, roles: person.roles, unit: person.unit, alg: key.alg, step: approval.step, approval }];
  }));
  return all.flat();
}

/** From signed charters: those of the lineage, and only when they do not know an area those of everything in reach. */
async function namesOf(api: Api, { targets }: Message, charters: readonly Charter[]): Promise<ReadonlyMap<string, string>> {
  const names = areaNames(charters);
  if (targets.areas.every((id) => names.has(id))) return names;
  const all = await api.get('/api/trust', trustViewSchema);
  const wide = await Promise.all(targets.areas.filter((id) => !names.has(id)).map(async (id) => {
    for (const envelope of all.charters) {
      const { platform, areas } = (await openSigned('charter', envelope, charterSchema)).value;
      if (!areas.some((area) => area.id === id)) continue;
      const documents = await readDocuments(all, platform);
      await requireKnown(documents);
      return areaNames(documents.charters);
    }
    return new Map<string, string>();
  }));
  return new Map([...names, ...wide.flatMap((some) => [...some])]);
}
