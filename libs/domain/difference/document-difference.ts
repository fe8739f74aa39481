import {
  classSchema, tierSchema, type AreaDeclaration, type Charter, type DayBand, type Digest, type MessageClass, type Person, type RevocationEntry, type Role, type Root, type Roster, type Tier, type Unit, type VolumeHours,
} from '#libs/contracts';
import { CLASSES, VOLUME_DB } from '../classes';
import { ROLES } from '../roles';
import { NO_BANDS, sayQuiet, sayVolume } from '../say-bands';
import { choiceOf, listOf, NONE, partOf, saidAbove, valueOf, type Difference, type Field } from './field';
import { modes, policyField, severities, tier as tierField } from './policy-difference';
import { silenceEffect } from './silence-effect';
import { always, classesOf, counted, dated, higher, keyOf, keysOf, lower, nameOf, shownName, since } from './signed-parts';

export type { Difference } from './field';

const never = (): boolean => false;
const DAY_MINUTES = 1_440;

const rootParts = partOf<Root>({
  ...dated,
  district: nameOf<Root['district']>('区县平台', 'district'),
  demo: valueOf<boolean>({ zh: '演示', en: 'demo' }, (demo) => (demo ? { zh: '是', en: 'yes' } : { zh: '否', en: 'no' }), always),
  profile: valueOf<Root['profile']>({ zh: '算法体系', en: 'profile' }, (profile) => (profile === 'gm' ? { zh: '国密（SM2/SM3）', en: 'gm' } : { zh: '开放', en: 'open' }), always),
  keys: keysOf({ zh: '根密钥', en: 'root key' }),
  threshold: counted('根签名人数', 'root signatures wanted', lower),
  graceDays: counted('到期后紧急类宽限（天）', 'days of grace for emergencies after expiry', higher),
  alwaysSounds: classesOf('隔离时上级仍可播出的类别', 'classes that still sound from above in an isolated area'),
});

const areas = listOf<AreaDeclaration>({
  identity: ({ id }) => id, name: ({ id, name }) => ({ zh: `区域 ${name}（${id}）`, en: `area ${name} (${id})` }), added: always, removed: never,
  inside: partOf<AreaDeclaration>({
    id: saidAbove,
    parent: nameOf<AreaDeclaration['parent']>('上级区域', 'parent'),
    name: (before, after, path) => (before === undefined ? [] : shownName(before, after, path)),
    codes: choiceOf<string>({ zh: '代码', en: 'codes' }, (code) => code, { added: always, removed: never }),
  }),
});

type Officer = Charter['officers'][number];
const officers = listOf<Officer>({
  identity: ({ person, key }) => `${person} ${key.keyId}`, name: ({ person }) => ({ zh: `密钥管理员 ${person}`, en: `officer ${person}` }), added: always, removed: never,
  inside: partOf<Officer>({ person: saidAbove, key: keyOf('密钥', 'key') }),
});

const minimums = listOf<Charter['minimumApprovals'][number]>({
  identity: (row) => `${row.class} ${row.tier}`,
  name: (row) => ({ zh: `${CLASSES[row.class].zh}最低签发人数（${row.tier}）`, en: `least approvals for ${row.class} of a ${row.tier}` }),
  added: never, removed: ({ approvals }) => approvals > 1,
  inside: partOf<Charter['minimumApprovals'][number]>({ class: saidAbove, tier: saidAbove, approvals: counted('人数', 'persons', lower) }),
});

const charterParts = partOf<Charter>({
  ...dated,
  platform: nameOf<Charter['platform']>('平台', 'platform'),
  parent: nameOf<Charter['parent']>('上级平台', 'parent'),
  tier: tierField,
  name: shownName,
  areas,
  officers,
  threshold: counted('管理员签名人数', 'officers wanted', lower),
  ceilings: partOf<Charter['ceilings']>({ classes: classesOf('可发类别', 'classes'), severities, modes }),
  minimumApprovals: minimums,
});

const units = listOf<Unit>({
  identity: ({ id }) => id, name: ({ id, name }) => ({ zh: `单位 ${name}（${id}）`, en: `unit ${name} (${id})` }), added: always, removed: never,
  inside: partOf<Unit>({
    id: saidAbove,
    name: (before, after, path) => (before === undefined ? [] : shownName(before, after, path)),
    classes: valueOf<readonly MessageClass[]>(
      { zh: '可发类别', en: 'classes' }, (list) => (list.length === 0 ? { zh: '按类别表', en: 'as the class table says' } : { zh: list.map((one) => CLASSES[one].zh).join('、'), en: list.join(', ') }),
      (before, after) => reached(after).some((one) => !reached(before).includes(one)),
    ),
  }),
});

function reached(classes: readonly MessageClass[]): readonly MessageClass[] {
  return classes.length === 0 ? classSchema.options : classes;
}

const persons = listOf<Person>({
  identity: ({ id }) => id,
  name: ({ id, roles }) => ({ zh: `${roles.map((role) => ROLES[role].zh).join('、')} ${id}`, en: `${roles.join(', ')} ${id}` }),
  added: ({ roles }) => roles.some((role) => ROLES[role].signs),
  removed: ({ roles }) => roles.includes('stopper'),
  inside: partOf<Person>({
    id: saidAbove,
    unit: nameOf<Person['unit']>('单位', 'unit'),
    roles: (before, after, path) => (before === undefined ? [] : roles(before, after, path)),
    keys: keysOf({ zh: '密钥', en: 'key' }),
  }),
});
const roles = choiceOf<Role>({ zh: '角色', en: 'roles' }, (role) => ROLES[role].zh, { added: (role) => ROLES[role].signs, removed: (role) => role === 'stopper' });

const revocations = listOf<RevocationEntry>({
  identity: ({ keyId }) => keyId, name: ({ keyId }) => ({ zh: `吊销 ${keyId.slice(0, 16)}`, en: `revocation of ${keyId.slice(0, 16)}` }), added: never, removed: always,
  inside: partOf<RevocationEntry>({
    keyId: saidAbove,
    reason: valueOf<RevocationEntry['reason']>({ zh: '原因', en: 'reason' }, (reason) => ({ zh: { compromised: '泄露', left: '离任' }[reason], en: reason }), (before) => before === 'compromised'),
    since,
  }),
});

/** Which clerk it is for, where and how long, its own bytes say: they are shown where it is signed. */
const permits: Field<Roster['permits']> = (before, after, path) =>
  listOf<Digest>({
    identity: (digest) => digest, name: (digest) => ({ zh: `喊话授权 ${digest.slice(0, 16)}`, en: `live permit ${digest.slice(0, 16)}` }),
    inside: saidAbove, added: always, removed: never,
  })(before, after ?? [], path);

const rosterParts = partOf<Roster>({
  ...dated,
  platform: nameOf<Roster['platform']>('平台', 'platform'),
  units,
  persons,
  dispatcher: keyOf('播发密钥', 'dispatcher key'),
  logKey: keyOf('日志密钥', 'log key'),
  policy: policyField,
  quietHours: valueOf<Roster['quietHours']>({ zh: '夜间限播', en: 'quiet hours' }, (bands) => sayOr(sayQuiet(bands)), (before, after) => !minutesOf(before).every((minute) => after.some((band) => holds(band, minute)))),
  volumeHours: valueOf<Roster['volumeHours']>({ zh: '分时段音量', en: 'volume' }, (rows) => sayOr(sayVolume(rows)), isLouder),
  permits,
  revocations,
});

function sayOr(bands: string): { readonly zh: string; readonly en: string } {
  return bands === NO_BANDS ? NONE : { zh: bands, en: bands };
}

function holds({ fromMinute, toMinute }: DayBand, minute: number): boolean {
  return fromMinute <= toMinute ? fromMinute <= minute && minute < toMinute : minute >= fromMinute || minute < toMinute;
}

function minutesOf(bands: readonly DayBand[]): readonly number[] {
  return Array.from({ length: DAY_MINUTES }, (_, minute) => minute).filter((minute) => bands.some((band) => holds(band, minute)));
}

/** Whether any class may be louder in any minute of the day. */
function isLouder(before: readonly VolumeHours[], after: readonly VolumeHours[]): boolean {
  const loudest = (rows: readonly VolumeHours[], kind: MessageClass, minute: number): number =>
    Math.min(0, ...rows.filter((row) => row.classes.includes(kind) && holds(row, minute)).map(({ volume }) => VOLUME_DB[volume]));
  return classSchema.options.some((kind) => Array.from({ length: DAY_MINUTES }, (_, minute) => minute).some((minute) => loudest(after, kind, minute) > loudest(before, kind, minute)));
}

/** The documents that are shown by their differences. */
export type ComparedDocument = { readonly root: Root; readonly charter: Charter; readonly roster: Roster };
export type ComparedWord = keyof ComparedDocument;
const PARTS: { readonly [W in ComparedWord]: Field<ComparedDocument[W]> } = { root: rootParts, charter: charterParts, roster: rosterParts };

/**
 * In plain words, Chinese and English, how a root, charter or roster differs from the one before it (null: there is none,
 * and everything in it is said). Every field of the three contracts has its sentence, so that two documents of which
 * nothing is said are the same; what weakens is marked (`Difference`). For the command line and the console alike. `tier`:
 * a roster's platform's, by its charter, where that is known.
 */
export function documentDifference<W extends ComparedWord>(word: W, before: ComparedDocument[W] | null, after: ComparedDocument[W], tier?: Tier): readonly Difference[] {
  const fields = PARTS[word](before ?? undefined, after, '');
  return isRoster(before) && isRoster(after) ? [...fields, ...silenceEffect(before, after, tier === undefined ? tierSchema.options : [tier])] : fields;
}

function isRoster(document: ComparedDocument[ComparedWord] | null): document is Roster {
  return document !== null && 'persons' in document;
}
