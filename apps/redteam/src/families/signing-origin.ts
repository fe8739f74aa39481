import type { Approval, Message, RefusalCode } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import type { Signer } from '#libs/suites';
import { admit } from '#libs/trust';
import type { Envelope } from '#libs/envelope';
import { codeOf, factsFor } from '../../../../tests/support/admit-facts';
import { makePasskey, type Lies, type Passkey } from '../../../../tests/support/passkey';
import { buildWorld, digestNamed, MIXED, type PlatformName, type World } from '../../../../tests/support/trust-builder';
import type { Family, Scene } from '../attack';

const PLATFORMS = ['d', 't1', 'v1'] as const;
const CLASSES = ['emergency', 'advisory', 'notice'] as const;
const APPROVERS = ['approver-a', 'approver-b', 'approver-c'] as const;
const EACH = 40;

/** A district where people sign in pages: author and two approvers with a browser's own keys, the third with a passkey, everybody under the shipped policy. */
interface PagesWorld {
  readonly world: World;
  readonly passkeys: ReadonlyMap<PlatformName, Passkey>;
}

/**
 * The signing page is the attacker's while people really sign: each does one thing and gives the attacker signatures of
 * that person, a passkey exactly one for each touch. The attacker has the dispatcher's key, the database and every wire
 * besides. What the policy asks of persons is what it takes of hijacked persons; one fewer and nothing sounds.
 */
export const SIGNING_ORIGIN: Family = {
  family: 'a hijacked signing origin', threat: 'T22 T23 T15', where: 'admit',
  run: async (scene) => {
    const pages = await pagesWorld();
    await whoSigned(scene, pages);
    await oneTouch(scene, pages);
    await otherOrigins(scene, pages);
  },
};

async function pagesWorld(): Promise<PagesWorld> {
  const passkeys = new Map<PlatformName, Passkey>();
  for (const platform of PLATFORMS) passkeys.set(platform, await makePasskey());
  const world = await buildWorld({
    suites: { ...MIXED, person: (who) => (who.startsWith('a') && who !== 'auditor' ? 'es256' : 'ed25519') },
    rosters: (roster) => ({ ...roster, persons: roster.persons.map((person) => {
      const passkey = PLATFORMS.find((platform) => person.id === `${platform}-approver-c`);
      const key = passkey === undefined ? undefined : passkeys.get(passkey)?.key;
      return key === undefined ? person : { ...person, keys: [key] };
    }) }),
  });
  return { world, passkeys };
}

const trusts = new WeakMap<World, Map<PlatformName, ReturnType<World['trustOf']>>>();
function judge(world: World, at: PlatformName, order: unknown): string {
  const known = trusts.get(world) ?? new Map<PlatformName, ReturnType<World['trustOf']>>();
  trusts.set(world, known);
  const trust = known.get(at) ?? world.trustOf(at);
  known.set(at, trust);
  return codeOf(admit(factsFor(world, at, order, { trust })));
}

function signerOf({ world, passkeys }: PagesWorld, platform: PlatformName, who: string): Signer {
  const passkey = who === 'approver-c' ? passkeys.get(platform) : undefined;
  return passkey ?? world.key(platform, who).signer;
}

/** What the attacker wants said, in the author's name; a siren only where the class has one. */
function evil({ world }: PagesWorld, platform: PlatformName, kind: Message['class'], by?: readonly Signer[]): Promise<Envelope> {
  const segments = filesOf(world.messagePayload(platform).body);
  const body = { segments: segments.map((segment, index) => (index === 0 && kind !== 'emergency' ? { ...segment, role: 'chime' as const } : segment)) };
  return world.message(platform, { set: { class: kind, body, texts: [{ language: 'zh-CN', title: '假', text: '全体立即出村。' }] }, ...(by === undefined ? {} : { by }) });
}

/** How many approvers each must have (design 2), said once more here: what is tried must not say itself what is right. */
const ASKED = { d: { emergency: 2, advisory: 2, notice: 1 }, t1: { emergency: 2, advisory: 2, notice: 1 }, v1: { emergency: 1, advisory: 1, notice: 1 } } as const;

/**
 * What refuses it when these pages are hijacked; undefined where nothing does. Author and approvers a and b sign with
 * keys of a browser, c with a passkey: an emergency needs c, a village's urgent message nobody without verification.
 */
function faultOf(platform: (typeof PLATFORMS)[number], kind: (typeof CLASSES)[number], isAuthor: boolean, hijacked: readonly string[]): RefusalCode | undefined {
  if (!isAuthor) return 'REJ_KEY_UNKNOWN';
  if (hijacked.length < ASKED[platform][kind]) return 'REJ_APPROVAL_MISSING';
  const isTouched = hijacked.includes('approver-c');
  return (platform === 'v1' && kind !== 'notice') || (kind === 'emergency' && !isTouched) ? 'REJ_VERIFICATION' : undefined;
}

/** Every choice of hijacked persons: below what the policy asks nothing sounds; exactly what it asks sounds, and is said. */
async function whoSigned({ tally }: Scene, pages: PagesWorld): Promise<void> {
  const { world } = pages;
  for (const platform of PLATFORMS) {
    for (const kind of CLASSES) {
      for (let bits = 0; bits < 2 ** (APPROVERS.length + 1); bits += 1) {
        const isAuthor = bits % 2 === 1;
        const hijacked = APPROVERS.filter((_, index) => (bits >> (index + 1)) % 2 === 1);
        // Without the author's page the message is one that the thief signed himself.
        const message = await evil(pages, platform, kind, isAuthor ? undefined : [world.stranger.signer]);
        const approvals = await Promise.all(hijacked.map((who) => world.approval(platform, message, who, { by: [signerOf(pages, platform, who)] })));
        const outcome = judge(world, 'v1', { dispatch: await world.dispatch(platform, message, approvals), message, approvals });
        const name = `${kind} of ${platform}: ${[...(isAuthor ? ['author'] : []), ...hijacked].join(', ') || 'nobody'} hijacked, and the dispatcher's key`;
        const fault = faultOf(platform, kind, isAuthor, hijacked);
        const asked = ASKED[platform][kind];
        if (fault !== undefined) tally.judged(name, outcome, [fault]);
        // More than the step counts sound as fewer do (a restriction may ask for more).
        else if (hijacked.length > asked) tally.control(name, outcome === 'play');
        else tally.admitted(`${kind} of ${platform} with the author's page and those of ${asked} approver${asked === 1 ? '' : 's'} hijacked${kind === 'emergency' ? ', a passkey touched once among them' : ''}`, outcome === 'play');
      }
    }
  }
}

/** A passkey was touched once, for one digest: what that assertion is worth for anything else. */
async function oneTouch({ tally, random, thin }: Scene, pages: PagesWorld): Promise<void> {
  const { world } = pages;
  const shown = await evil(pages, 'd', 'emergency');
  const touched = await world.approval('d', shown, 'approver-c', { by: [signerOf(pages, 'd', 'approver-c')] });
  const other = await world.approval('d', shown, 'approver-a', { by: [signerOf(pages, 'd', 'approver-a')] });
  tally.control('what was touched for sounds with a second hijacked approver', judge(world, 'v1', { dispatch: await world.dispatch('d', shown, [touched, other]), message: shown, approvals: [touched, other] }) === 'play');
  const changes: readonly Partial<Approval>[] = [{ listenedPermille: 0 }, { reason: 'x' }, { step: 'second' }, { decision: 'return' }, { policyVersion: 2 }];
  for (let n = 0; n < Math.max(4, Math.floor(EACH / thin)); n += 1) {
    const message = await evil(pages, 'd', 'emergency');
    const own = await world.approval('d', message, 'approver-a', { by: [signerOf(pages, 'd', 'approver-a')] });
    const attempt = async (name: string, approval: Envelope, codes: readonly string[]): Promise<void> => {
      tally.judged(name, judge(world, 'v1', { dispatch: await world.dispatch('d', message, [approval, own]), message, approvals: [approval, own] }), codes);
    };
    await attempt('the touch for one message, laid on another', touched, ['REJ_APPROVAL_DIGEST']);
    const wanted = await world.approval('d', message, 'approver-c', { by: [world.stranger.signer], set: random.pick([{}, ...changes]) });
    await attempt('the touch under bytes that name the other message', { ...wanted, signatures: touched.signatures }, ['REJ_SIGNATURE']);
    await attempt('shown one digest, signed another', await world.approval('d', message, 'approver-c', { by: [signerOf(pages, 'd', 'approver-c')], set: { displayedDigest: digestNamed('another message') } }), ['REJ_DISPLAYED']);
  }
}

const PHISHING: readonly (readonly [string, Lies])[] = [
  ['a page of another site', { clientData: { origin: 'https://sign.example.com' } }], ['a site whose name begins like ours', { clientData: { origin: 'https://sign.example.cn.example.com' } }],
  ['the console\'s own origin', { clientData: { origin: 'https://console.example.cn' } }], ['the site without encryption', { clientData: { origin: 'http://sign.example.cn' } }],
  ['in a frame of another site', { clientData: { crossOrigin: true } }], ['under another page', { clientData: { topOrigin: 'https://console.example.cn' } }],
  ['another relying party', { rpId: 'example.cn' }], ['nobody was verified', { flags: 0x19 }], ['nobody touched it', { flags: 0x1c }], ['a registration in place of a signature', { clientData: { type: 'webauthn.create' } }],
];

/** The browser says from which page a passkey was asked; the terminal itself believes none but those of the roster. */
async function otherOrigins({ tally }: Scene, pages: PagesWorld): Promise<void> {
  const { world, passkeys } = pages;
  for (const platform of PLATFORMS) {
    const passkey = passkeys.get(platform);
    if (passkey === undefined) throw new Error(`no passkey of ${platform}`);
    const kind = platform === 'v1' ? 'notice' : 'emergency';
    const message = await evil(pages, platform, kind);
    const beside = platform === 'v1' ? [] : [await world.approval(platform, message, 'approver-a', { by: [signerOf(pages, platform, 'approver-a')] })];
    const outcomeOf = async (lies: Lies): Promise<string> => {
      const lying: Signer = { key: passkey.key, sign: (bytes) => Promise.resolve(passkey.signLying(bytes, lies)) };
      const approvals = [await world.approval(platform, message, 'approver-c', { by: [lying] }), ...beside];
      return judge(world, 'v1', { dispatch: await world.dispatch(platform, message, approvals), message, approvals });
    };
    for (const [name, lies] of PHISHING) tally.judged(`${name}, for ${platform}`, await outcomeOf(lies), ['REJ_SIGNATURE']);
    tally.control(`the same from the pinned origin sounds for ${platform}`, (await outcomeOf({})) === 'play');
  }
}
