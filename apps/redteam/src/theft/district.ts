import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { messageViewSchema, platformIdSchema, stopAnswerSchema, terminalIssuedSchema, type EnvelopeShape } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { generateKey, signEnvelope, signerFromPkcs8, type Signer } from '#libs/suites';
import { z } from 'zod';
import { ApiClient, detailOf, serverKey, systemClock, type Context } from '../../../cli/src';
import { codeOf, postApproval } from '../../../scripted-day/src/attacks/api';
import { approvalsOf, dispatchOf, recorded, signed } from '../../../scripted-day/src/attacks/stolen-keys';
import type { Published } from '../../../scripted-day/src/steps/publish';
import type { Aired, Range } from '../range';
import { Rogue } from '../rogue';
import { sqlAs } from '../sql';
import type { TheftRow } from './matrix';
import { takenBackRows } from './taken-back';

/** After the last of them: longer than an order takes from its placing to its first sample. */
const QUIET_MS = 5_000;
const TERMINALS = 2;

/** What a thief has of the running district, and how he uses it; gives how many things he tried and how many went through that must not. */
interface RealTheft { readonly stolen: string; wield(loot: Loot): Promise<{ readonly tried: number; readonly through: number }> }

interface Loot {
  readonly range: Range;
  /** A message that its author signed and that waits. */
  readonly waiting: Published;
  /** One that sounded, with everything that was signed for it. */
  readonly aired: Aired;
}

/** Things that lie on servers and desks, each stolen alone and tried on the running district: nothing sounds. What cannot be tried to its end has shown nothing. */
export async function districtTheftRows(range: Range, say: (line: string) => void): Promise<readonly TheftRow[]> {
  try {
    return await wieldedOn(range, say);
  } catch (cause) {
    const stolen = `tried to its end (district): ${cause instanceof Error ? cause.stack ?? cause.message : String(cause)}`;
    say(`  FAIL ${stolen}`);
    return [{ stolen, within: 'nowhere', tried: 0, sounded: 0, soundedAt: [], asExpected: false }];
  }
}

async function wieldedOn(range: Range, say: (line: string) => void): Promise<readonly TheftRow[]> {
  const aired = await range.airNotice([range.cast.insideArea]);
  const takenBack = await takenBackRows(range, aired, say);
  const waiting = await range.submitNotice([range.cast.insideArea]);
  const wielded: { readonly stolen: string; readonly since: number; readonly tried: number; readonly through: number }[] = [];
  for (const theft of await realThefts(range)) {
    const since = systemClock.now();
    wielded.push({ stolen: `${theft.stolen} (district)`, since, ...await theft.wield({ range, waiting, aired }) });
  }
  // Waited for once, for all of them: a sound counts against the theft that was under way when it began.
  await systemClock.sleep(QUIET_MS);
  const wrong = await range.soundedWrongly(wielded[0]?.since ?? 0);
  const rows = wielded.map(({ stolen, since, tried, through }, nth): TheftRow => {
    const own = wrong.filter(({ startedAt }) => startedAt >= since && startedAt < (wielded[nth + 1]?.since ?? Infinity));
    return { stolen, within: 'nowhere', tried, sounded: own.length, soundedAt: [...new Set(own.map(({ terminal }) => terminal))].sort(), asExpected: own.length === 0 && through === 0 && tried > 0 };
  });
  for (const [nth, row] of rows.entries()) say(`  ${row.asExpected ? 'ok  ' : 'FAIL'} ${row.stolen}: ${row.tried} tried, ${wielded[nth]?.through ?? 0} went through, sounded at ${row.soundedAt.join(' ') || 'no terminal'} (may: nowhere)`);
  // A dead district would pass.
  const after = await range.airNotice([range.cast.insideArea]);
  if (after.targets.length === 0) throw new Error('no genuine notice sounds after the thefts');
  return [...takenBack, ...rows];
}

async function realThefts(range: Range): Promise<readonly RealTheft[]> {
  const { cast, keys, setting } = range;
  const { district, village } = cast;
  const token = (stolen: string, account: string): RealTheft => ({ stolen, wield: (loot) => wieldToken(loot, account) });
  const key = (stolen: string, signer: Signer): RealTheft => ({ stolen, wield: (loot) => wieldKey(loot, signer) });
  return [
    token('access token of an author', cast.noticeAuthor), token('access token of an approver', cast.noticeApprover), token('access token of a stopper: the STOP token', cast.stopper),
    token('access token of an officer', 'district-jtz-officer'), token('access token of an administrator and auditor', 'district-admin'),
    token('access token of a village\'s clerk', `${village}-clerk`), token('access token of a village\'s head', `${village}-head`),
    key('log key', await serverKey(setting.cli.keysDir, `${district}.log`)), key('dispatcher key', await keys.dispatcher(district)), key('dispatcher key of a village', await keys.dispatcher(village)),
    key('officer key alone', await keys.officer(district, 'district-jtz-officer')), key('root key alone', await keys.root(1)), key('an approver\'s key alone', await keys.person(district, cast.noticeApprover)),
    key('a terminal\'s disk, with its device key', deviceKey(path.join(setting.cli.dataDir, 'simulator'))),
    // What the key of the TLS authority or of the server gives (the man in the middle shows how): a place in the link, and no key that signs.
    key('a place in the link, as a TLS key gives it, and a key of one\'s own', keys.attacker),
    { stolen: 'second-factor.json and the whole database', wield: wieldFactors }, { stolen: 'the database owner\'s password', wield: wieldDatabase },
    { stolen: 'a claim code that nobody has used yet, with the number of its box', wield: wieldClaim },
  ];
}

/** Somebody's session and no key: hands in what the thief signs, releases what waits, publishes papers. */
async function wieldToken({ range, waiting, aired }: Loot, account: string): Promise<{ readonly tried: number; readonly through: number }> {
  const { setting, cast, keys: { attacker } } = range;
  const api = new ApiClient(setting.cli, systemClock);
  const { person } = await api.signIn(account, readFileSync(path.join(setting.cli.demoKeysDir, 'passphrase'), 'utf8').trim());
  const context: Context = { config: setting.cli, clock: systemClock, api, json: true, say: () => undefined, give: () => undefined };
  const platform = platformIdSchema.parse(cast.district);
  const paper = (word: string, payload: object): Promise<EnvelopeShape> => forged(word, payload, attacker);
  const { message } = recorded(aired.order);
  const attempts: readonly (() => Promise<unknown>)[] = [
    async () => api.post('/api/messages', messageViewSchema, { message: await signed('message', { ...message, author: person }, attacker), corrections: [], hold: false }),
    async () => postApproval({ context, person, signer: attacker }, await detailOf(context, waiting.id), person, attacker),
    async () => postApproval({ context, person, signer: attacker }, await detailOf(context, waiting.id), cast.noticeApprover, attacker),
    () => api.post(`/api/messages/${waiting.id}/dispatch`, messageViewSchema, { terminals: [] }),
    () => api.post(`/api/messages/${aired.published.id}/dispatch`, messageViewSchema, { terminals: [...aired.targets] }),
    async () => api.post('/api/trust/documents', z.unknown(), { documents: [await paper('roster', { platform, version: 99 })] }),
    async () => api.post('/api/assignments', z.unknown(), { documents: [await paper('assignment', { platform, issuedAt: systemClock.now(), terminals: [] })] }),
    async () => api.post('/api/isolates', z.unknown(), { isolate: await paper('isolate', { platform }) }),
  ];
  let through = 0;
  for (const attempt of attempts) through += (await codeOf(attempt)) === 'ACCEPTED' ? 1 : 0;
  // Who may stop, stops: that silences, and is no sound.
  await codeOf(() => api.postStop(stopAnswerSchema, { messages: [aired.published.digest] }));
  return { tried: attempts.length + 1, through };
}

/** One key, the database and every wire: everything that this key could be tried for, at running terminals. */
async function wieldKey({ range, waiting, aired }: Loot, signer: Signer): Promise<{ readonly tried: number; readonly through: number }> {
  const { cast } = range;
  const victims = aired.targets.slice(0, TERMINALS);
  const { message, approvals, dispatch } = recorded(aired.order);
  const base = approvals[0];
  if (base === undefined) throw new Error('the notice that sounded has no approval');
  const author = await range.actor(cast.district, cast.noticeAuthor);
  const envelope = (await detailOf(author.context, waiting.id)).envelope;
  const own = await signed('message', message, signer);
  const platform = platformIdSchema.parse(cast.district);
  const bind = (of: EnvelopeShape, words: readonly EnvelopeShape[]) => dispatchOf({ ...dispatch, targets: { ...message.targets, heard: null } }, of, words, signer);
  const frames: readonly unknown[] = [
    { kind: 'order', order: await bind(envelope, []) }, { kind: 'order', order: await bind(envelope, await approvalsOf(envelope, base, [{ person: cast.noticeApprover, signer }])) },
    { kind: 'order', order: await bind(own, await approvalsOf(own, base, [{ person: cast.noticeApprover, signer }])) }, { kind: 'order', order: await bind(aired.order.message, aired.order.approvals) },
    { kind: 'document', document: await forged('roster', { platform, version: 99 }, signer) }, { kind: 'document', document: await forged('charter', { platform, version: 99 }, signer) },
    { kind: 'document', document: await forged('root', { version: 2 }, signer) },
  ];
  for (const frame of frames) await range.simulator.inject(victims, frame);
  return { tried: frames.length * victims.length, through: 0 };
}

/** Whose second factor it is does not open anything without the password, whose hash alone lies in the database. */
async function wieldFactors({ range }: Loot): Promise<{ readonly tried: number; readonly through: number }> {
  const { setting, cast, system } = range;
  const hashes = await sqlAs(system.ownerDatabaseUrl, (query) => query<{ account: string; password_hash: string }>('SELECT account, password_hash FROM account WHERE account = $1', [cast.noticeApprover]));
  const passwords = [hashes[0]?.password_hash ?? 'no hash', 'password', '', cast.noticeApprover];
  let through = 0;
  for (const password of passwords) through += (await codeOf(() => new ApiClient(setting.cli, systemClock).signIn(cast.noticeApprover, password, { code: '000000' }))) === 'ACCEPTED' ? 1 : 0;
  return { tried: passwords.length, through };
}

/** It makes the thief's box that terminal, which nobody has assigned: it is given no order, its key signs nothing that others take, and the genuine box is refused and reported. */
async function wieldClaim({ range, aired }: Loot): Promise<{ readonly tried: number; readonly through: number }> {
  const { context: { api } } = await range.actor(range.cast.district, range.cast.officer);
  const physicalCode = `STOLEN-${systemClock.now()}`;
  const { terminal, claimCode } = await api.post('/api/terminals', terminalIssuedSchema, { name: physicalCode, area: range.cast.insideArea, physicalCode, latitudeE6: 28_700_000, longitudeE6: 115_800_000 });
  const { signer } = await generateKey('ed25519');
  const claimed = await knocked(range, (rogue) => rogue.claim(claimCode, physicalCode, signer));
  if (claimed !== 'claimed') throw new Error(`an unused claim code was refused: ${claimed}`);
  const told = await knocked(range, async (rogue) => {
    await rogue.hello(terminal.id, signer);
    return rogue.told().filter(({ kind }) => kind === 'order').length;
  });
  const genuine = await knocked(range, async (rogue) => rogue.claim(claimCode, physicalCode, (await generateKey('ed25519')).signer));
  const wielded = await wieldKey({ range, aired, waiting: aired.published }, signer);
  return { tried: wielded.tried + 2, through: wielded.through + told + (genuine === 'CLAIM_USED' ? 0 : 1) };
}

async function knocked<T>(range: Range, ask: (rogue: Rogue) => Promise<T>): Promise<T> {
  const rogue = Rogue.knock(range);
  try {
    return await ask(rogue);
  } finally {
    rogue.leave();
  }
}

async function wieldDatabase({ range, waiting }: Loot): Promise<{ readonly tried: number; readonly through: number }> {
  const edits: readonly string[] = [
    `UPDATE message SET state = 'approved', approved_at = submitted_at WHERE id = '${waiting.id}'`,
    'UPDATE delivery SET state = \'queued\'', 'UPDATE outbox SET state = \'waiting\', lease_until = NULL, due_at = now()',
  ];
  // One that the tables themselves refuse was tried as well.
  for (const edit of edits) await sqlAs(range.system.ownerDatabaseUrl, (query) => query(edit)).catch(() => undefined);
  return { tried: edits.length, through: 0 };
}

async function forged(word: string, payload: object, signer: Signer): Promise<EnvelopeShape> {
  const { payloadType, payload: bytes, signatures } = await signEnvelope(word, encodePayload(payload), [signer]);
  return z.custom<EnvelopeShape>().parse({ payloadType, payload: bytes, signatures });
}

/** A device key as it lies on a terminal's own disk. */
function deviceKey(folder: string): Signer {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, name);
    const found = statSync(file).isFile() ? /MC4CAQAwBQYDK2VwBCIEI[A-Za-z0-9+/]{43}/.exec(readFileSync(file, 'latin1')) : null;
    if (found !== null) return signerFromPkcs8('ed25519', Buffer.from(found[0], 'base64'));
  }
  throw new Error('no device key on the terminals\' disks');
}
