import { personIdSchema, unitIdSchema, type MessageClass, type PersonId, type Role, type Tier, type UnitId } from '#libs/contracts';
import { UNITS, type DemoPlace } from './places';

/** One demo account: named by role and place, never by an invented person's name. */
export interface DemoPerson {
  readonly id: PersonId;
  readonly place: DemoPlace;
  readonly unit: UnitId;
  readonly roles: readonly Role[];
  readonly title: string;
  /** Whether the person also holds one of the platform's officer keys (and, for a township, of its villages). */
  readonly officer: boolean;
}

interface Post { readonly suffix: string; readonly unit: string; readonly roles: readonly Role[]; readonly duty: string; readonly officer?: true }

const DISTRICT_POSTS: readonly Post[] = [
  { suffix: 'yjj-author', unit: 'yjj', roles: ['author', 'duty', 'stopper'], duty: '应急管理局值机制播员' },
  { suffix: 'yjj-approver', unit: 'yjj', roles: ['approver', 'stopper'], duty: '应急管理局签发人' },
  { suffix: 'yjj-officer', unit: 'yjj', roles: ['officer', 'approver'], duty: '应急管理局密钥管理员', officer: true },
  { suffix: 'qxj-author', unit: 'qxj', roles: ['author'], duty: '气象局制播员' },
  { suffix: 'qxj-approver', unit: 'qxj', roles: ['approver', 'stopper'], duty: '气象局签发人' },
  { suffix: 'jtz-author', unit: 'jtz', roles: ['author'], duty: '教文体中心制播员' },
  { suffix: 'jtz-officer', unit: 'jtz', roles: ['officer', 'approver'], duty: '教文体中心密钥管理员', officer: true },
  { suffix: 'admin', unit: 'jtz', roles: ['administrator', 'auditor'], duty: '系统管理员' },
];
const TOWNSHIP_POSTS: readonly Post[] = [
  { suffix: 'author', unit: 'office', roles: ['author', 'duty', 'stopper'], duty: '制播员' },
  { suffix: 'approver', unit: 'office', roles: ['approver', 'stopper'], duty: '签发人' },
  { suffix: 'officer-1', unit: 'office', roles: ['officer', 'approver'], duty: '密钥管理员一', officer: true },
  { suffix: 'officer-2', unit: 'office', roles: ['officer', 'auditor'], duty: '密钥管理员二', officer: true },
];
const VILLAGE_POSTS: readonly Post[] = [
  { suffix: 'clerk', unit: 'committee', roles: ['author', 'duty', 'stopper'], duty: '广播员' },
  { suffix: 'head', unit: 'committee', roles: ['approver', 'stopper'], duty: '签发人' },
];

const POSTS: Readonly<Record<Tier, readonly Post[]>> = { district: DISTRICT_POSTS, township: TOWNSHIP_POSTS, village: VILLAGE_POSTS };

/** What each unit may originate; an empty list leaves it to the class table. */
export function demoUnits(tier: Tier): readonly { readonly id: UnitId; readonly name: string; readonly classes: readonly MessageClass[] }[] {
  const classes: Readonly<Record<string, readonly MessageClass[]>> = { qxj: ['emergency', 'advisory'], jtz: ['notice', 'daily'] };
  return UNITS[tier].map((unit) => ({ id: unitIdSchema.parse(unit.id), name: unit.name, classes: classes[unit.id] ?? [] }));
}

export function demoPeople(place: DemoPlace): readonly DemoPerson[] {
  return POSTS[place.tier].map((post) => ({
    id: personIdSchema.parse(place.tier === 'district' ? `district-${post.suffix}` : `${place.id}-${post.suffix}`),
    place,
    unit: unitIdSchema.parse(post.unit),
    roles: post.roles,
    title: `${place.name} ${post.duty}`,
    officer: post.officer === true,
  }));
}
