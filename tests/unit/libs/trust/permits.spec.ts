import { keyIdSchema, messageIdSchema, type Dispatch, type KeyRecord, type Message, type Permit } from '#libs/contracts';
import { keyIdOf } from '#libs/suites';
import { admit, judgeOrder, openPermit, permitRefusals, restrictionOf, verifyPermit, verifyRestriction, type AdmitFacts, type Result } from '#libs/trust';
import { codeOf, factsFor, Memory, trustAfter } from '../../../support/admit-facts';
import { makePasskey } from '../../../support/passkey';
import { areaOf, buildWorld, digestNamed, digestOf, NOW, personOf, platformOf, terminalOf, type PermitParts, type Signing, type World } from '../../../support/trust-builder';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** NOW is noon in China. */
const EIGHT_IN_THE_EVENING = NOW + 8 * HOUR;
let world: World;
beforeAll(async () => { world = await buildWorld(); });

type Changes = Parameters<World['permitOrder']>[1];

function decide({ order, trust }: Pick<PermitParts, 'order' | 'trust'>, set: Partial<AdmitFacts> = {}): string {
  const decision = admit(factsFor(world, 'v1', order, { trust, ...set }));
  return [codeOf(decision), 'at' in decision ? decision.at : null].filter((part) => part !== null).join(' ');
}
async function said(changes: Changes, set: Partial<AdmitFacts> = {}): Promise<string> {
  return decide(await world.permitOrder('v1', changes), set);
}
const judgedAs = (result: Result<unknown>): string => (result.ok ? 'ok' : `${result.code} ${result.at ?? ''}`);
const by = (...signers: readonly (readonly [string, string])[]): Signing<Permit> => ({ by: signers.map(([platform, who]) => world.key(platform, who).signer) });
const written = (set: Partial<Message>): Changes => ({ message: { set } });
const placed = (set: Partial<Dispatch>): Changes => ({ dispatch: { set } });
const allowed = (set: Partial<Permit>): Changes => ({ permit: { set } });
const recording = (durationMs: number) => ({ segments: [{ sha256: digestNamed('recording'), bytes: 90_000, role: 'recording' as const, durationMs }] });

describe('what a clerk says under a permit', () => {
  it('plays with the clerk\'s signature alone, and stands on the keys of those who signed the permit', async () => {
    const parts = await world.permitOrder('v1');
    const judged = judgeOrder(parts.trust, parts.order, NOW);
    if (!judged.ok) throw new Error(`${judged.code} ${judged.at ?? ''}`);
    expect(judged.value.permit?.digest).toBe(digestOf(parts.permit));
    expect(judged.value.keyIds).toEqual([
      world.platform('v1').dispatcher.record.keyId, ...[['v1', 'author'], ['v1', 'approver-a'], ['t1', 'approver-b']].map(([platform, who]) => world.key(platform ?? '', who ?? '').record.keyId),
    ]);
    expect(decide(parts)).toBe('play');
  });

  it('plays only while the roster in force lists the permit: the next roster without it withdraws it', async () => {
    const parts = await world.permitOrder('v1');
    expect(await said({ isListed: false })).toBe('REJ_PERMIT roster');
    const without = trustAfter(parts.trust, await world.roster('v1', { set: { version: 3 } }));
    expect(decide({ ...parts, trust: without })).toBe('REJ_PERMIT roster');
    expect(decide({ ...parts, trust: world.trust })).toBe('REJ_PERMIT roster');
  });

  const beyond: readonly (readonly [string, () => Changes, string])[] = [
    ['by another author', () => ({ permit: { set: { clerk: personOf('v1-approver-c') } } }), 'REJ_PERMIT permit.clerk'],
    ['as an emergency', () => written({ class: 'emergency', body: { segments: [{ sha256: digestNamed('siren'), bytes: 9, role: 'siren', durationMs: 2_000 }] } }), 'REJ_PERMIT classes'],
    ['as a notice', () => written({ class: 'notice' }), 'REJ_PERMIT classes'],
    ['as daily programme', () => written({ class: 'daily' }), 'REJ_PERMIT classes'],
    ['with a siren', () => written({ body: { segments: [{ sha256: digestNamed('siren'), bytes: 9, role: 'siren', durationMs: 2_000 }] } }), 'REJ_PERMIT body'],
    ['with words that a machine speaks', () => written({ body: { segments: [{ sha256: digestNamed('speech'), bytes: 9, role: 'speech', durationMs: 2_000 }] } }), 'REJ_PERMIT body'],
    ['louder', () => written({ volume: 'high' }), 'REJ_PERMIT volume'],
    ['longer, its repetitions counted', () => written({ body: recording(149_000), repeats: 2, gapMs: 1_000 }), 'REJ_PERMIT maxDurationMs'],
    ['in a window of more than a day', () => ({ ...written({ notBefore: NOW - 60_000, notAfter: NOW + DAY }), ...placed({ notAfter: NOW + HOUR }) }), 'REJ_PERMIT window'],
    ['in the place of another message', () => written({ replaces: digestNamed('other') }), 'REJ_PERMIT replaces'],
    ['with a correction', () => written({ corrections: [{ kind: 'correction', digest: digestNamed('correction') }] }), 'REJ_PERMIT corrections'],
    ['before the permit begins', () => allowed({ notBefore: NOW + 701 }), 'REJ_PERMIT notBefore'],
    ['after the permit has ended', () => allowed({ notAfter: NOW + 700 }), 'REJ_PERMIT notAfter'],
    ['with a dispatch that outlives the permit', () => allowed({ notAfter: NOW + 2 * HOUR - 1 }), 'REJ_PERMIT notAfter'],
    ['before the hours of the permit', () => allowed({ dayBand: { fromMinute: 721, toMinute: 1_200 } }), 'REJ_PERMIT dayBand'],
    ['after the hours of the permit', () => allowed({ dayBand: { fromMinute: 480, toMinute: 720 } }), 'REJ_PERMIT dayBand'],
    ['so that it ends after them', () => ({ ...allowed({ dayBand: { fromMinute: 480, toMinute: 722 } }), ...placed({ notAfter: NOW + 1_000 }) }), 'REJ_PERMIT dayBand'],
    ['with a dispatch of which a late part would sound after them', () => allowed({ dayBand: { fromMinute: 480, toMinute: 841 - 1 } }), 'REJ_PERMIT dayBand'],
    ['with approvals named', () => placed({ approvals: [digestNamed('approval')] }), 'REJ_APPROVAL_DIGEST approvals'],
    ['under a permit that the message does not name', () => written({ permit: digestNamed('other') }), 'REJ_PERMIT permit'],
    ['that it names and the dispatch does not', () => placed({ permit: undefined }), 'REJ_PERMIT permit'],
    ['with a dispatch that names another', () => placed({ permit: digestNamed('other') }), 'REJ_PERMIT permit'],
    ['to a longer dispatch than the message is', () => placed({ maxDurationMs: 127_001 }), 'REJ_DURATION maxDurationMs'],
    ['outside the village', () => written({ targets: { areas: [areaOf('t1-area')], terminals: [] } }), 'REJ_AREA targets.areas.0'],
    ['to the neighbours as well', () => written({ targets: { areas: [areaOf('v1-area'), areaOf('v2-area')], terminals: [] } }), 'REJ_AREA targets.areas.1'],
    ['under a permit of the neighbours', () => allowed({ platform: platformOf('v2'), clerk: personOf('v2-author') }), 'REJ_KEY_USAGE permit.signatures'],
    ['under a township\'s permit', () => allowed({ platform: platformOf('t1'), clerk: personOf('t1-author') }), 'REJ_PERMIT permit.platform'],
    ['under a permit of more than 400 days', () => allowed({ notAfter: NOW + 399 * DAY + 1 }), 'REJ_PERMIT permit.notAfter'],
    ['under a permit that began before it was issued, and lasts more than 400 days from there', () => allowed({ notBefore: NOW - 2 * DAY, notAfter: NOW + 398 * DAY + 1 }), 'REJ_PERMIT permit.notAfter'],
    ['under a permit dated ahead', () => allowed({ issuedAt: NOW + 300_001 }), 'REJ_NOT_YET permit.issuedAt'],
    ['for a clerk who is no author', () => allowed({ clerk: personOf('v1-auditor') }), 'REJ_PERMIT permit.clerk'],
  ];
  it.each(beyond)('is refused %s', async (_name, changes, expected) => {
    expect(await said(changes())).toBe(expected);
  });

  it('is refused as a drill or a test', async () => {
    const { permit } = await world.permitOrder('v1');
    expect(await said({ under: permit, message: { set: { mode: 'test' } } })).toBe('REJ_PERMIT mode');
  });

  it('is refused where the message comes from another author of the village', async () => {
    expect(await said({ message: { by: [world.key('v1', 'approver-a').signer], set: { author: personOf('v1-approver-a') } } })).toBe('REJ_AUTHOR');
  });

  it('is refused where another author of the village uses it', async () => {
    const { permit } = await world.permitOrder('v1');
    const persons = world.rosterPayload('v1').persons.map((person) => (person.id === personOf('v1-approver-c') ? { ...person, roles: ['author' as const] } : person));
    const trust = trustAfter(world.trust, await world.roster('v1', { set: { version: 2, persons, permits: [digestOf(permit)] } }));
    const { order } = await world.permitOrder('v1', { under: permit, message: { by: [world.key('v1', 'approver-c').signer], set: { author: personOf('v1-approver-c') } } });
    expect(decide({ order, trust })).toBe('REJ_PERMIT clerk');
  });

  it('is refused with another permit than the one that is named, though the roster lists both', async () => {
    const loud = await world.permit('v1', { set: { volume: 'full' } });
    const named = await world.permitOrder('v1');
    const trust = trustAfter(world.trust, await world.roster('v1', { set: { version: 2, permits: [digestOf(loud), digestOf(named.permit)] } }));
    expect(decide({ order: named.order, trust })).toBe('play');
    expect(decide({ order: { ...named.order, permit: loud as never }, trust })).toBe('REJ_PERMIT permit');
  });

  it('has no approvals, not even genuine ones', async () => {
    const { permit, trust, message } = await world.permitOrder('v1');
    const approval = await world.approval('v1', message, 'approver-a');
    const dispatch = await world.dispatch('v1', message, [approval], { set: { permit: digestOf(permit) } });
    expect(decide({ order: { ...world.bind(message, [approval], dispatch).order, permit: permit as never }, trust })).toBe('REJ_APPROVAL_DIGEST approvals');
  });

  it('is refused with a permit that came without being named, and without one that is named', async () => {
    const parts = await world.permitOrder('v1');
    const ordinary = await world.order('v1');
    expect(decide({ order: { ...ordinary.order, permit: parts.order.permit }, trust: parts.trust })).toBe('REJ_PERMIT permit');
    expect(decide({ order: { ...parts.order, permit: undefined }, trust: parts.trust })).toBe('REJ_SHAPE permit.envelope-shape');
  });

  it('is refused where the dispatch puts what was handed in to be approved under a permit', async () => {
    const { permit, trust } = await world.permitOrder('v1');
    const message = await world.message('v1', { set: { ...world.recordingPayload(permit), permit: undefined } });
    const dispatch = await world.dispatch('v1', message, [], { set: { permit: digestOf(permit) } });
    expect(decide({ order: { ...world.bind(message, [], dispatch).order, permit: permit as never }, trust })).toBe('REJ_PERMIT permit');
  });

  it('is no correction', async () => {
    const { permit, trust } = await world.permitOrder('v1');
    const { order } = await world.correctionOrder('v1', { dispatch: { set: { permit: digestOf(permit) } } });
    expect(decide({ order: { ...order, permit: permit as never }, trust })).toBe('REJ_PERMIT permit');
  });
});

describe('a permit', () => {
  const signed: readonly (readonly [string, () => Signing<Permit>, string])[] = [
    ['two approvers of the village', () => by(['v1', 'approver-a'], ['v1', 'approver-b']), 'play'],
    ['two of the district', () => by(['d', 'approver-a'], ['d', 'approver-b']), 'play'],
    ['one approver', () => by(['v1', 'approver-a']), 'REJ_THRESHOLD permit.signatures'],
    ['three', () => by(['v1', 'approver-a'], ['v1', 'approver-b'], ['v1', 'approver-c']), 'REJ_SHAPE permit.signatures'],
    ['two browsers and nobody verified', () => by(['v1', 'approver-b'], ['t1', 'approver-b']), 'REJ_VERIFICATION permit.signatures'],
    ['the clerk and an approver', () => by(['v1', 'author'], ['t1', 'approver-a']), 'REJ_APPROVER_ROLE permit.signatures'],
    ['a stopper and an approver', () => by(['v1', 'stopper'], ['t1', 'approver-a']), 'REJ_APPROVER_ROLE permit.signatures'],
    ['an approver of the neighbours', () => by(['v1', 'approver-a'], ['v2', 'approver-a']), 'REJ_KEY_USAGE permit.signatures'],
    ['an approver of another township', () => by(['v1', 'approver-a'], ['t2', 'approver-a']), 'REJ_KEY_USAGE permit.signatures'],
    ['an approver and the dispatcher', () => ({ by: [world.key('v1', 'approver-a').signer, world.platform('v1').dispatcher.signer] }), 'REJ_KEY_USAGE permit.signatures'],
    ['an approver and a stranger', () => ({ by: [world.key('v1', 'approver-a').signer, world.stranger.signer] }), 'REJ_KEY_USAGE permit.signatures'],
    ['officers', () => ({ by: world.officers('v1').slice(0, 2) }), 'REJ_KEY_USAGE permit'],
    ['strangers', () => ({ by: [world.stranger.signer] }), 'REJ_KEY_UNKNOWN permit'],
  ];
  it.each(signed)('signed by %s', async (_name, signing, expected) => {
    expect(await said({ permit: signing() })).toBe(expected);
  });

  it('falls with a key behind it, whether compromised or left, and with the clerk\'s', async () => {
    const parts = await world.permitOrder('v1');
    for (const [platform, who] of [['v1', 'approver-a'], ['t1', 'approver-b'], ['v1', 'author']] as const) {
      for (const reason of ['compromised', 'left'] as const) {
        const { keyId } = world.key(platform, who).record;
        const trust = trustAfter(parts.trust, await world.revocation(platform, { set: { entries: [{ keyId, reason, since: NOW }] } }));
        expect(decide({ ...parts, trust })).toMatch(/^REJ_KEY_REVOKED /);
      }
    }
  });

  it('falls with a key that is revoked at one of two places where it stands', async () => {
    const shared = world.key('v1', 'approver-a').record;
    const persons = world.rosterPayload('t1').persons.map((person) => (person.id === personOf('t1-approver-c') ? { ...person, keys: [shared] } : person));
    const parts = await world.permitOrder('v1');
    const both = trustAfter(parts.trust, await world.roster('t1', { set: { persons, version: 2 } }));
    expect(decide({ ...parts, trust: both })).toBe('play');
    const trust = trustAfter(both, await world.revocation('v1', { set: { entries: [{ keyId: shared.keyId, reason: 'left', since: NOW }] } }));
    expect(decide({ ...parts, trust })).toBe(`REJ_KEY_REVOKED permit.${shared.keyId}`);
  });

  it('counts one person with two names, or one key in two rosters, once', async () => {
    const shared = world.key('v1', 'approver-a').record;
    const roster = world.rosterPayload('t1');
    const persons = roster.persons.map((person) => (person.id === personOf('t1-approver-c') ? { ...person, keys: [shared] } : person.id === personOf('t1-approver-a') ? { ...person, id: personOf('v1-approver-a') } : person));
    const parts = await world.permitOrder('v1', { permit: by(['v1', 'approver-a'], ['t1', 'approver-a']) });
    const trust = trustAfter(parts.trust, await world.roster('t1', { set: { persons, version: 2 } }));
    expect(decide({ ...parts, trust })).toBe('REJ_APPROVER_REPEATED permit.signatures');
    const alone = await world.permitOrder('v1', { permit: by(['v1', 'approver-a']) });
    expect(decide({ ...alone, trust: trustAfter(alone.trust, await world.roster('t1', { set: { persons, version: 2 } })) })).toBe('REJ_THRESHOLD permit.signatures');
  });

  it('is not signed by its clerk under another name', async () => {
    const persons = world.rosterPayload('t1').persons.map((person) => (person.id === personOf('t1-approver-c') ? { ...person, keys: [world.key('v1', 'author').record] } : person));
    const parts = await world.permitOrder('v1', { permit: by(['v1', 'approver-a'], ['v1', 'author']) });
    const trust = trustAfter(parts.trust, await world.roster('t1', { set: { persons, version: 2 } }));
    expect(decide({ ...parts, trust })).toBe('REJ_APPROVER_IS_AUTHOR permit.signatures');
  });

  it('is not signed by its clerk with the same key under another suite and another name', async () => {
    const passkey = await makePasskey();
    const { rp: _, ...record } = passkey.key;
    const bare: KeyRecord = { ...record, alg: 'es256', keyId: keyIdSchema.parse(keyIdOf('es256', Buffer.from(record.spki, 'base64'))) };
    const held = (name: 'v1' | 't1', who: string, keys: readonly KeyRecord[]) =>
      world.rosterPayload(name).persons.map((person) => (person.id === personOf(`${name}-${who}`) ? { ...person, keys: [...keys] } : person));
    const above = trustAfter(world.trust, await world.roster('t1', { set: { version: 2, persons: held('t1', 'approver-c', [passkey.key]) } }));
    const permit = await world.permit('v1', { by: [world.key('v1', 'approver-a').signer, passkey] });
    expect(judgedAs(verifyPermit(above, permit, NOW))).toBe('ok');
    const both = trustAfter(above, await world.roster('v1', { set: { version: 2, persons: held('v1', 'author', [bare]) } }));
    expect(judgedAs(verifyPermit(both, permit, NOW))).toBe('REJ_APPROVER_IS_AUTHOR signatures');
  });

  it('names everything for which it would be refused whoever signs it, in the order in which verifiers do', () => {
    const ground = { platform: platformOf('v1'), clerk: 'v1-author', notBefore: NOW, notAfter: NOW + 400 * DAY, issuedAt: NOW };
    expect(permitRefusals(world.trust, ground, NOW)).toEqual([]);
    expect(permitRefusals(world.trust, { ...ground, clerk: 'nobody', notAfter: NOW + 500 * DAY, issuedAt: NOW + 300_001 }, NOW).map(({ code, at }) => `${code} ${at ?? ''}`))
      .toEqual(['REJ_PERMIT clerk', 'REJ_PERMIT notAfter', 'REJ_NOT_YET issuedAt']);
    expect(permitRefusals(world.trust, { ...ground, platform: platformOf('t1'), clerk: 't1-auditor' }, NOW)).toMatchObject([{ at: 'platform' }, { at: 'clerk' }]);
    expect(permitRefusals(world.trust, { ...ground, platform: platformOf('v9') }, NOW)).toMatchObject([{ code: 'REJ_LINEAGE' }]);
  });

  it('does not count where the charter asks for more persons than sign one', async () => {
    const strict = await buildWorld({
      charters: (charter) => ({ ...charter, minimumApprovals: [{ class: 'governance', tier: 'village', approvals: 3 }] }),
      rosters: (roster) => ({ ...roster, policy: { ...roster.policy, rules: roster.policy.rules.map((rule) => ({ ...rule, steps: rule.steps.map((step) => ({ ...step, count: 3 })) })) } }),
    });
    expect(verifyPermit(strict.trust, await strict.permit('v1'), NOW)).toMatchObject({ ok: false, code: 'REJ_PERMIT', at: 'minimumApprovals' });
  });

  it('can be read half signed, and is not whole then', async () => {
    const half = await world.permit('v1', by(['t1', 'approver-b']));
    const opened = openPermit(world.trust, half, NOW);
    expect(opened.ok && opened.value.signers.map(({ person }) => person)).toEqual(['t1-approver-b']);
    expect(verifyPermit(world.trust, half, NOW)).toMatchObject({ ok: false, code: 'REJ_THRESHOLD' });
  });
});

describe('so many a day', () => {
  /** Message number `count` under this permit, to begin at this time. */
  async function another(permit: PermitParts['permit'], startAt: number, message: Partial<Message> = {}): Promise<PermitParts> {
    return world.permitOrder('v1', {
      under: permit, message: { set: { id: messageIdSchema.parse(world.nextId()), notBefore: startAt - HOUR, notAfter: startAt + HOUR, issuedAt: startAt - HOUR, ...message } },
      dispatch: { set: { startAt, issuedAt: startAt } },
    });
  }
  function keep(memory: Memory, { order, trust }: PermitParts, now: number): string {
    const decision = admit(factsFor(world, 'v1', order, { trust, now, beaconAt: now, floors: memory.floors, seenDispatches: memory.seenDispatches, journal: memory.journal }));
    if (decision.kind === 'play') memory.keep(decision);
    return 'at' in decision ? `${codeOf(decision)} ${decision.at ?? ''}` : codeOf(decision);
  }

  it('the third of a permit for two is refused, on the next day it is not, and a day is one of China', async () => {
    const permit = await world.permit('v1', { set: { dayBand: { fromMinute: 360, toMinute: 1_320 } } });
    const memory = new Memory();
    const morning = NOW - 5 * HOUR;
    const evening = NOW + 8 * HOUR;
    expect(keep(memory, await another(permit, morning), morning)).toBe('play');
    expect(keep(memory, await another(permit, evening), evening)).toBe('play');
    expect(keep(memory, await another(permit, evening + 60_000), evening + 60_000)).toBe('REJ_PERMIT perDay');
    // Seven in the morning in China is eleven at night the day before in UTC: another day there, the same one here.
    expect(keep(memory, await another(permit, morning + DAY), morning + DAY)).toBe('play');
    expect(keep(memory, await another(permit, morning + DAY + HOUR), morning + DAY + HOUR)).toBe('play');
    expect(keep(memory, await another(permit, evening + DAY), evening + DAY)).toBe('REJ_PERMIT perDay');
  });

  it('those of another permit do not count, nor what others approved, nor a second dispatch of the same message', async () => {
    const memory = new Memory();
    const permit = await world.permit('v1');
    const first = await another(permit, NOW);
    expect(keep(memory, first, NOW)).toBe('play');
    memory.mark(digestOf(first.message), 'interrupted');
    const again = await world.dispatch('v1', first.message, [], { set: { permit: digestOf(permit), startAt: NOW + 1_000 } });
    expect(keep(memory, { ...first, order: { ...first.order, dispatch: again as never } }, NOW)).toBe('play');
    expect(keep(memory, await another(permit, NOW + 2_000), NOW)).toBe('play');
    expect(keep(memory, await another(permit, NOW + 3_000), NOW)).toBe('REJ_PERMIT perDay');
    expect(keep(memory, await another(await world.permit('v1'), NOW + 4_000), NOW)).toBe('play');
    const approved = await world.order('v1');
    expect(keep(memory, { ...first, ...approved }, NOW)).toBe('play');
  });

  it('a second dispatch of the only message that the day has room for is not one more', async () => {
    const memory = new Memory();
    const permit = await world.permit('v1', { set: { perDay: 1 } });
    const only = await another(permit, NOW);
    expect(keep(memory, only, NOW)).toBe('play');
    memory.mark(digestOf(only.message), 'interrupted');
    const again = await world.dispatch('v1', only.message, [], { set: { permit: digestOf(permit), startAt: NOW + 1_000 } });
    expect(keep(memory, { ...only, order: { ...only.order, dispatch: again as never } }, NOW)).toBe('play');
    expect(keep(memory, await another(permit, NOW + 2_000), NOW)).toBe('REJ_PERMIT perDay');
  });

  it('is remembered until the day is over, whatever the window: an entry is kept for a day after it', async () => {
    for (const [startAt, until] of [[NOW - 5 * HOUR, NOW - 5 * HOUR + 1], [EIGHT_IN_THE_EVENING - HOUR, EIGHT_IN_THE_EVENING - HOUR + 1]] as const) {
      const permit = await world.permit('v1', { set: { perDay: 1, dayBand: { fromMinute: 360, toMinute: 1_320 } } });
      const memory = new Memory();
      const first = await world.permitOrder('v1', {
        under: permit, message: { set: { body: recording(1_000), repeats: 1, notBefore: startAt - HOUR, notAfter: until, issuedAt: startAt - HOUR } }, dispatch: { set: { startAt, issuedAt: startAt } },
      });
      expect(keep(memory, first, startAt)).toBe('play');
      const kept = memory.journal.get(digestOf(first.message))?.until ?? 0;
      const midnight = Math.floor((startAt + 8 * HOUR) / DAY + 1) * DAY - 8 * HOUR;
      expect(kept).toBeGreaterThan(midnight);
    }
  });
});

describe('the rest binds a permit as well', () => {
  it('a restriction keeps it silent, also one that asks for a single approval', async () => {
    const parts = await world.permitOrder('v1');
    for (const approvals of [null, 1]) {
      const restriction = verifyRestriction(parts.trust, await world.restriction('v1', { set: { approvals } }), NOW);
      if (!restriction.ok) throw new Error(restriction.code);
      expect(decide(parts, { restrictions: [restrictionOf(restriction.value)] })).toMatch(/^REJ_RESTRICTED/);
    }
  });

  it('quiet hours put it off inside its own hours, and keep it silent where there is no room', async () => {
    const noon = [{ fromMinute: 700, toMinute: 750 }];
    const parts = await world.permitOrder('v1');
    const quiet = async (version: number) => trustAfter(parts.trust, await world.roster('t1', { set: { version, quietHours: noon } }));
    const decision = admit(factsFor(world, 'v1', parts.order, { trust: await quiet(2) }));
    expect(decision).toMatchObject({ kind: 'play', startAt: NOW + 30 * 60_000 });
    const short = await world.permitOrder('v1', { under: parts.permit, message: { set: { notAfter: NOW + 20 * 60_000 } } });
    expect(decide({ ...short, trust: await quiet(2) })).toBe('quiet');
  });

  it('a stop silences it, and only terminals of the village take it', async () => {
    const parts = await world.permitOrder('v1');
    expect(decide(parts, { stops: [{ stopId: '0197a3b0-000b-7000-8000-00000000000b' as never, tier: 'village', area: areaOf('v1-area'), issuedAt: NOW, scope: { kind: 'all' }, until: NOW + DAY }] })).toBe('REJ_STOPPED stops');
    const neighbour = factsFor(world, 'v2', parts.order, { trust: parts.trust });
    expect(codeOf(admit(neighbour))).toBe('REJ_LINEAGE');
    const named = await world.permitOrder('v1', { message: { set: { targets: { areas: [], terminals: [terminalOf('v2-term-1')] } } } });
    expect(decide(named)).toMatch(/^REJ_NOT_TARGETED/);
  });
});
