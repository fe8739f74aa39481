import type { Order } from '#libs/contracts';
import { filesOf, judgeApprovals, ruleFor, type Signed } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { admit, policyFactsOf, tombstoneOf, verifyStop, type AdmitFacts, type JournalEntry } from '#libs/trust';
import { codeOf, ENTRY, factsFor, Memory, trustAfter } from '../../../support/admit-facts';
import { seededRandom } from '../../../support/seeded-random';
import { areaOf, buildWorld, digestOf, makeKey, NOW, personOf, rule, terminalOf, type OrderParts, type TestKey, type World } from '../../../support/trust-builder';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let world: World;
beforeAll(async () => { world = await buildWorld(); });
const on = (name: 'd' | 't1' | 't2' | 'v1' | 'v2' | 'v3', order: unknown, set: Partial<AdmitFacts> = {}): string => codeOf(admit(factsFor(world, name, order, set)));

describe("a stolen dispatcher with last week's genuine approvals", () => {
  // Everything but the dispatch is genuine and was once meant; the thief binds it again however he likes.
  let old: OrderParts;
  const issuedAt = NOW - 7 * DAY;
  const window = { issuedAt, notBefore: issuedAt, notAfter: issuedAt + 2 * HOUR };
  beforeAll(async () => {
    old = await world.order('t1', { message: { set: window }, dispatch: { set: { issuedAt, startAt: issuedAt + 700 } } });
  });
  const rebind = async (set: Parameters<World['dispatch']>[3]): Promise<Order> => world.bind(old.message, old.approvals, await world.dispatch('t1', old.message, old.approvals, set)).order;

  it('played last week', () => {
    expect(on('t1', old.order, { now: issuedAt, beaconAt: issuedAt })).toBe('play');
  });
  it("is refused today with the message's own window", async () => {
    expect(on('t1', await rebind({}))).toBe('REJ_WINDOW');
    expect(on('t1', await rebind({ set: { startAt: issuedAt + 700 } }))).toBe('REJ_EXPIRED');
  });
  it('is refused today with a window of his own', async () => {
    const today = { notBefore: NOW - 1, notAfter: NOW + HOUR };
    expect(on('t1', await rebind({ set: today }))).toBe('REJ_WINDOW');
    expect(on('t1', await rebind({ set: { notAfter: NOW + HOUR } }))).toBe('REJ_WINDOW');
  });
  it('is refused before the window of a message approved for tomorrow', async () => {
    const tomorrow = await world.order('t1', { message: { set: { notBefore: NOW + DAY, notAfter: NOW + DAY + HOUR } }, dispatch: { set: { startAt: NOW + DAY + 1 } } });
    expect(on('t1', tomorrow.order)).toBe('REJ_NOT_YET');
    const early = await world.dispatch('t1', tomorrow.message, tomorrow.approvals, { set: { notBefore: NOW, startAt: NOW } });
    expect(on('t1', world.bind(tomorrow.message, tomorrow.approvals, early).order)).toBe('REJ_WINDOW');
  });
  it('is refused twice inside the window: while it sounds, and when it has sounded', async () => {
    const parts = await world.order('t1');
    const memory = new Memory();
    memory.keep(admit(factsFor(world, 't1', parts.order, memory)));
    const again = world.bind(parts.message, parts.approvals, await world.dispatch('t1', parts.message, parts.approvals)).order;
    expect(on('t1', parts.order, memory)).toBe('REJ_SEQ_REPLAY');
    expect(on('t1', again, memory)).toBe('REJ_COMPLETED');
    memory.mark(digestOf(parts.message), 'completed');
    expect(on('t1', again, memory)).toBe('REJ_COMPLETED');
  });
  it('is refused after a stop, whatever date the thief writes', async () => {
    const parts = await world.order('t1');
    const stop = verifyStop(world.trust, await world.stop('t1'));
    if (!stop.ok) throw new Error(stop.code);
    const stops = [tombstoneOf(stop.value, NOW)];
    for (const seconds of [0, 10, 3_600]) {
      const at = NOW + seconds * 1_000;
      const dispatch = await world.dispatch('t1', parts.message, parts.approvals, { set: { issuedAt: at, startAt: at } });
      expect(on('t1', world.bind(parts.message, parts.approvals, dispatch).order, { stops, now: at, beaconAt: at })).toBe('REJ_STOPPED');
    }
  });
  it('cannot block his successor: a fast-forwarded number is refused, and a new key has its own window', async () => {
    const far = await world.order('t1', { dispatch: { set: { seq: Number.MAX_SAFE_INTEGER } } });
    expect(on('t1', far.order)).toBe('REJ_SEQ_JUMP');
    const memory = new Memory();
    memory.keep(admit(factsFor(world, 't1', (await world.order('t1', { dispatch: { set: { seq: 1_000_000, epoch: 99 } } })).order)));
    const fresh = await makeKey();
    const trust = trustAfter(world.trust, await world.roster('t1', { set: { dispatcher: fresh.record, version: 2 } }));
    const genuine = await world.order('t1', { dispatch: { by: [fresh.signer], set: { seq: 1, epoch: 1 } } });
    expect(on('t1', genuine.order, { ...memory, trust })).toBe('play');
  });
});

describe('a stolen dispatcher with a correction that was approved with its message', () => {
  // The correction, its original and a consent are genuine; each was meant for one use.
  it('cannot say it without a stopper, to others than heard, twice, or for another message', async () => {
    const parts = await world.correctionOrder('t1');
    const ofMessage = digestOf(parts.original.message);
    const heard = { journal: new Map([[ofMessage, ENTRY]]) };
    const { targets } = world.messagePayload('t1');
    const bound = async (set: object, part: object = {}): Promise<object> =>
      ({ ...parts.order, dispatch: await world.dispatch('t1', parts.message, [], { set: { targets: { ...targets, heard: ofMessage }, consent: digestOf(parts.consent), ...set } }), ...part });
    expect(on('t1', await bound({}), heard)).toBe('play');
    expect(on('t1', await bound({ consent: null }, { consent: undefined }), heard)).toBe('REJ_CONSENT');
    expect(on('t1', await bound({}))).toBe('not-heard');
    expect(on('t1', await bound({ targets: { ...targets, heard: null } }), heard)).toBe('REJ_CORRECTION');
    expect(on('t1', await bound({}), { journal: new Map([[ofMessage, ENTRY], [digestOf(parts.message), ENTRY]]) })).toBe('REJ_COMPLETED');
    const other = await world.order('t1');
    const otherHeard = { journal: new Map([[digestOf(other.message), ENTRY]]) };
    expect(on('t1', await bound({ targets: { ...targets, heard: digestOf(other.message) } }, { original: other.message }), otherHeard)).toBe('REJ_CORRECTION');
    expect(on('t1', { ...await bound({}), message: other.message }, heard)).toBe('REJ_CORRECTION');
  });
});

describe('two servers that both believe they dispatch', () => {
  it('are told apart by the epoch, and the message sounds once', async () => {
    const parts = await world.order('t1', { dispatch: { set: { epoch: 1, seq: 10 } } });
    const memory = new Memory();
    const second = world.bind(parts.message, parts.approvals, await world.dispatch('t1', parts.message, parts.approvals, { set: { epoch: 2, seq: 11 } })).order;
    memory.keep(admit(factsFor(world, 't1', second, memory)));
    expect(on('t1', parts.order, memory)).toBe('REJ_EPOCH');
    const third = world.bind(parts.message, parts.approvals, await world.dispatch('t1', parts.message, parts.approvals, { set: { epoch: 2, seq: 12 } })).order;
    expect(on('t1', third, memory)).toBe('REJ_COMPLETED');
    const late = await world.order('t1', { dispatch: { set: { epoch: 1, seq: 13 } } });
    expect(on('t1', late.order, memory)).toBe('REJ_EPOCH');
  });
});

describe('everything recorded in thirty days', () => {
  it('played back in any order, at any time, makes no sound', async () => {
    const random = seededRandom(30);
    const memory = new Memory();
    const recorded: Order[] = [];
    for (let day = 0; day < 30; day += 1) {
      const at = NOW + day * DAY;
      const window = { issuedAt: at, notBefore: at, notAfter: at + 2 * HOUR };
      const { order } = await world.order('t1', { message: { set: window }, dispatch: { set: { issuedAt: at, startAt: at } } });
      memory.keep(admit(factsFor(world, 't1', order, { ...memory, now: at, beaconAt: at })));
      recorded.push(order);
    }
    for (let again = 0; again < 300; again += 1) {
      const at = NOW + random.int(31 * 24 * 60) * 60_000;
      expect(on('t1', random.pick(recorded), { ...memory, now: at, beaconAt: at })).toBe('REJ_SEQ_REPLAY');
    }
    // A terminal whose memory is gone still refuses whatever is out of its window.
    for (const order of recorded) expect(on('t1', order, { now: NOW + 31 * DAY, beaconAt: NOW + 31 * DAY })).toBe('REJ_EXPIRED');
  });
});

describe('mix and match', () => {
  it('refuses, for all pairs of several orders, every dispatch, message or set of approvals of another', async () => {
    const orders: OrderParts[] = [];
    for (let n = 0; n < 6; n += 1) orders.push(await world.order('t1'));
    for (const a of orders) {
      for (const b of orders) {
        if (a === b) continue;
        expect(on('t1', { ...a.order, dispatch: b.dispatch })).toBe('REJ_MESSAGE_DIGEST');
        expect(on('t1', { ...a.order, message: b.message })).toBe('REJ_MESSAGE_DIGEST');
        expect(on('t1', { ...a.order, approvals: b.approvals })).toBe('REJ_APPROVAL_DIGEST');
        expect(on('t1', { ...a.order, approvals: [a.approvals[0], b.approvals[1]] })).toBe('REJ_APPROVAL_DIGEST');
        expect(on('t1', { dispatch: a.dispatch, message: b.message, approvals: b.approvals })).toBe('REJ_MESSAGE_DIGEST');
      }
    }
  });
});

describe('persons are counted, not keys', () => {
  it('refuses two keys of one person as two approvers', async () => {
    const second = await makeKey('es256');
    const roster = world.rosterPayload('t1');
    const persons = roster.persons.map((person) => (person.id === personOf('t1-approver-a') ? { ...person, keys: [...person.keys, second.record] } : person));
    const trust = trustAfter(world.trust, await world.roster('t1', { set: { persons, version: 2 } }));
    const message = await world.message('t1');
    const approvals = [await world.approval('t1', message, 'approver-a'), await world.approval('t1', message, 'approver-a', { by: [second.signer], set: { signedAt: NOW } })];
    expect(on('t1', world.bind(message, approvals, await world.dispatch('t1', message, approvals)).order, { trust })).toBe('REJ_APPROVER_REPEATED');
  });

  it('accepts exactly the sets of signers that the policy model accepts, for one to four approvals asked', async () => {
    const six = ['author', 'approver-a', 'approver-b', 'approver-c', 'approver-d', 'auditor'];
    const extra = await makeKey();
    const roster = world.rosterPayload('t1');
    const people = roster.persons.map((person) => (person.id === personOf('t1-author') ? { ...person, roles: ['author' as const, 'approver' as const] } : person));
    const persons = [...people, { id: personOf('t1-approver-d'), unit: people[0]?.unit ?? roster.units[0]?.id, roles: ['approver' as const], keys: [extra.record] }];
    const keyOf = (who: string): TestKey => (who === 'approver-d' ? extra : world.key('t1', who));
    const message = await world.message('t1');
    const given = await Promise.all(six.map(async (who) => world.approval('t1', message, who, { by: [keyOf(who).signer] })));
    const signedBy = (who: string): Signed => ({
      person: personOf(`t1-${who}`), roles: persons.find((person) => person.id === personOf(`t1-${who}`))?.roles ?? [], unit: roster.persons[0]?.unit as Signed['unit'],
      alg: keyOf(who).record.alg, step: 'issue',
    });
    let accepted = 0;
    for (let k = 1; k <= 4; k += 1) {
      const policy = { version: 1, rules: [rule(['emergency'], ['actual'], [], k, 'none')] };
      const trust = trustAfter(world.trust, await world.roster('t1', { set: { persons: persons as typeof roster.persons, policy, version: 2 } }));
      for (let subset = 0; subset < 2 ** six.length; subset += 1) {
        const who = six.filter((_, n) => (subset & (1 << n)) !== 0);
        const approvals = given.filter((_, n) => (subset & (1 << n)) !== 0);
        const order = world.bind(message, approvals, await world.dispatch('t1', message, approvals, { set: { seq: 900 } })).order;
        // The model in one line: k approvers or more (beyond k the last step takes them), none the author, all in the role,
        // and, this being an emergency, not the browser's software key (approver-b) alone, whatever the rule says.
        const model = who.length >= k && who.every((name) => name.startsWith('approver')) && who.some((name) => name !== 'approver-b');
        expect({ k, who, plays: on('t1', order, { trust }) === 'play' }).toEqual({ k, who, plays: model });
        const domainRule = ruleFor(policy, policyFactsOf(world.messagePayload('t1'), 'township'));
        const fault = domainRule === undefined ? 'REJ_POLICY' : judgeApprovals(domainRule, 1, { person: personOf('t1-author'), alg: 'ed25519' }, who.map(signedBy));
        expect(fault === undefined).toBe(model);
        accepted += model ? 1 : 0;
      }
    }
    expect(accepted).toBe((3 + 6 + 4 + 1) + (6 + 4 + 1) + (4 + 1) + 1);
  });
});

describe('one stolen key of any kind', () => {
  it('signs nothing that sounds in any place but its own', async () => {
    const { message, approvals, dispatch } = await world.order('t1');
    const genuine: Record<'dispatch' | 'message' | 'approval', (by: Signer) => Promise<Order>> = {
      dispatch: async (by) => world.bind(message, approvals, await world.dispatch('t1', message, approvals, { by: [by] })).order,
      message: async (by) => {
        const forged = await world.message('t1', { by: [by] });
        return world.bind(forged, approvals, dispatch).order;
      },
      approval: async (by) => {
        const forged = [approvals[0] ?? message, await world.approval('t1', message, 'approver-b', { by: [by] })];
        return world.bind(message, forged, await world.dispatch('t1', message, forged)).order;
      },
    };
    const stolen: readonly (readonly [string, Signer, readonly string[]])[] = [
      ['root', world.rootKeys[0]?.signer ?? world.stranger.signer, []],
      ['terminal', world.device.signer, []],
      ['log', world.platform('t1').log.signer, []],
      ['officer', world.officers('t1')[0] ?? world.stranger.signer, []],
      ['district dispatcher', world.platform('d').dispatcher.signer, []],
      ['village dispatcher', world.platform('v1').dispatcher.signer, []],
      ['dispatcher', world.platform('t1').dispatcher.signer, ['dispatch']],
      ['author', world.key('t1', 'author').signer, []],
      ['stopper', world.key('t1', 'stopper').signer, []],
      ['one approver', world.key('t1', 'approver-a').signer, []],
      ['that approver', world.key('t1', 'approver-b').signer, ['approval']],
    ];
    for (const [name, by, may] of stolen) {
      for (const [place, forge] of Object.entries(genuine)) {
        expect({ name, place, plays: on('t1', await forge(by)) === 'play' }).toEqual({ name, place, plays: may.includes(place) });
      }
    }
  });
});

describe('all keys of one village', () => {
  it('make no sound outside it, for any class, mode, area or terminal named', async () => {
    for (const target of ['d', 't1', 't2', 'v2', 'v3'] as const) {
      for (const messageClass of ['emergency', 'advisory', 'notice', 'governance', 'daily'] as const) {
        const role = { emergency: 'siren', advisory: 'chime', notice: 'chime', governance: 'speech', daily: 'speech' } as const;
        const body = { segments: filesOf(world.messagePayload('v1').body).map((segment, n) => (n === 0 ? { ...segment, role: role[messageClass] } : segment)) };
        for (const targets of [{ areas: [areaOf(`${target}-area`)], terminals: [] }, { areas: [], terminals: [terminalOf(`${target}-term-1`)] }, { areas: [areaOf('v1-area'), areaOf(`${target}-area`)], terminals: [terminalOf(`${target}-term-1`)] }]) {
          for (const platform of ['v1', target] as const) {
            const order = await world.order('v1', { message: { set: { class: messageClass, body, targets, platform: world.platform(platform).id } }, dispatch: { set: { platform: world.platform(platform).id } } });
            expect(on(target, order.order)).not.toBe('play');
          }
        }
      }
    }
  });

  it('cannot write a charter, a roster or a revocation for anyone else', async () => {
    const by = [...world.platform('v1').people.values()].map((key) => key.signer).concat(world.platform('v1').dispatcher.signer, world.platform('v1').log.signer);
    for (const name of ['d', 't1', 't2', 'v2', 'v3'] as const) {
      for (const document of [await world.charter(name, { by, set: { version: 2 } }), await world.roster(name, { by, set: { version: 2 } }), await world.revocation(name, { by })]) {
        expect(() => trustAfter(world.trust, document)).toThrow(/REJ_KEY_USAGE/);
      }
    }
  });
});

describe('every single-bit flip of a complete order', () => {
  const STRIDE = process.env['CLARION_TEST_LONG'] === undefined ? 23 : 1;

  it('is refused and never crashes', async () => {
    const { order } = await world.order('t1');
    const facts = factsFor(world, 't1', order);
    expect(codeOf(admit(facts))).toBe('play');
    const bytes = new TextEncoder().encode(JSON.stringify(order));
    let tried = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += STRIDE) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const value = fromWire(flipped);
      if (value === undefined) continue;
      const decision = admit({ ...facts, order: value });
      if (decision.kind !== 'refuse') throw new Error(`bit ${bit} changed nothing: ${decision.kind}`);
      tried += 1;
    }
    expect(tried).toBeGreaterThan(1_000);
  }, 600_000);

  it('is refused in a correction and in a resumption too', async () => {
    const { order, original } = await world.correctionOrder('t1');
    const stopped = await world.order('t1');
    const stop = await world.stop('t1');
    const verified = verifyStop(world.trust, stop);
    if (!verified.ok) throw new Error(verified.code);
    const resumed = await world.resumeOrder('t1', stopped, stop);
    const entry: JournalEntry = { ...ENTRY, state: 'stopped', stoppedBy: verified.value.stop.stopId };
    const facts = { journal: new Map([[digestOf(original.message), ENTRY], [digestOf(stopped.message), entry]]), stops: [{ ...tombstoneOf(verified.value, NOW), issuedAt: NOW - 1 }] };
    const resumeFacts = { ...facts, stops: [tombstoneOf(verified.value, NOW)] };
    for (const [whole, known] of [[order, facts], [resumed.order, resumeFacts]] as const) {
      expect(on('t1', whole, known)).toBe('play');
      const text = JSON.stringify(whole);
      const bytes = new TextEncoder().encode(text);
      const unsigned = [order.message, original.message].map(({ signatures }) => {
        const from = text.indexOf(JSON.stringify(signatures));
        return [from, from + JSON.stringify(signatures).length] as const;
      });
      for (let bit = 0; bit < bytes.length * 8; bit += STRIDE * 7) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const value = fromWire(flipped);
        if (value === undefined) continue;
        const said = on('t1', value, known);
        // Of a correction and its original the bytes count, which their digests name, and no longer who signed them.
        if (said === 'play' && whole === order && unsigned.some(([from, to]) => bit >> 3 >= from && bit >> 3 < to)) continue;
        if (!said.startsWith('REJ_')) throw new Error(`bit ${bit} changed nothing: ${said}`);
      }
    }
  }, 600_000);

  it('is refused inside the signed bytes too, when the envelope around them is made anew', async () => {
    const { order } = await world.order('t1');
    const facts = factsFor(world, 't1', order);
    for (const part of ['dispatch', 'message'] as const) {
      const payload = Buffer.from(order[part].payload, 'base64');
      for (let bit = 0; bit < payload.length * 8; bit += STRIDE * 5) {
        const flipped = Buffer.from(payload);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const changed = { ...order, [part]: { ...order[part], payload: flipped.toString('base64') } };
        expect(codeOf(admit({ ...facts, order: changed }))).toBe('REJ_SIGNATURE');
      }
    }
  }, 600_000);

  function fromWire(bytes: Uint8Array): unknown {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch {
      return undefined;
    }
  }
});

describe('forgeries of the outer shape', () => {
  it('are refused without an exception', async () => {
    const { order, approvals } = await world.order('t1');
    const [first] = approvals;
    const shapes: readonly unknown[] = [
      null, undefined, 7, 'order', [], {}, { ...order, approvals: null }, { ...order, approvals: Array.from({ length: 9 }, () => first) },
      { ...order, dispatch: { ...order.dispatch, signatures: [] } }, { ...order, dispatch: { ...order.dispatch, payload: '!' } },
      Object.create({ dispatch: order.dispatch, message: order.message, approvals: order.approvals }), { ...order, dispatch: withSignature(order.dispatch, 'AAAA') },
    ];
    for (const shape of shapes) expect(on('t1', shape)).toMatch(/^REJ_(SHAPE|SIGNATURE)$/);
  });

  function withSignature(envelope: Envelope, sig: string): Envelope {
    return { ...envelope, signatures: envelope.signatures.map(({ keyid }) => ({ keyid, sig })) };
  }
});
