import type { Role } from '#libs/contracts';

/** Every permission of the API and the live feed; a route names one, or says that it is public and why. */
export const PERMISSIONS = [
  'session:own', 'key:own', 'account:read', 'account:revoke',
  'area:read', 'platform:read', 'trust:read', 'trust:publish', 'revocation:publish',
  'terminal:read', 'terminal:issue', 'assignment:draft', 'assignment:publish',
  'media:read', 'media:write',
  'message:read', 'message:compose', 'message:approve', 'message:withdraw', 'message:dispatch', 'live:read', 'live:speak',
  'template:read', 'template:write', 'template:enable', 'drill:read', 'drill:plan', 'permit:read', 'permit:sign', 'permit:withdraw',
  'delivery:read', 'receipt:read', 'event:read', 'on-air:read', 'stop', 'consent', 'isolate:read', 'isolate', 'restriction:read', 'restriction', 'incident:read', 'incident:handle',
  'audit:read', 'account:erase', 'time:confirm', 'epoch:raise',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** What every person of a roster may look at within the own scope. */
const EVERYONE: readonly Permission[] = [
  'session:own', 'key:own', 'area:read', 'platform:read', 'trust:read', 'terminal:read', 'media:read', 'message:read', 'delivery:read', 'live:read',
  'template:read', 'drill:read', 'permit:read',
  'receipt:read', 'event:read', 'on-air:read', 'isolate:read', 'restriction:read', 'incident:read',
];

/**
 * What a role adds. The server's permission opens the door; what counts at the loudspeaker is the signature inside.
 * The administrator has no signing permission (design 2, "People").
 */
const ADDS: Readonly<Record<Role, readonly Permission[]>> = {
  author: ['media:write', 'template:write', 'drill:plan', 'live:speak', 'message:compose', 'message:withdraw', 'message:dispatch'],
  approver: ['drill:plan', 'permit:sign', 'permit:withdraw', 'message:approve', 'message:withdraw', 'message:dispatch'],
  stopper: ['stop', 'consent', 'incident:handle'],
  duty: ['stop', 'incident:handle'],
  officer: [
    'account:read', 'account:revoke', 'template:write', 'template:enable', 'trust:publish', 'revocation:publish', 'permit:withdraw', 'isolate', 'restriction', 'incident:handle', 'terminal:issue', 'assignment:draft', 'assignment:publish',
    'time:confirm', 'epoch:raise',
  ],
  auditor: ['audit:read', 'incident:handle'],
  administrator: ['account:read', 'template:enable', 'audit:read', 'terminal:issue', 'account:erase', 'time:confirm'],
};

/** The permissions of a person with these roles; who has none left may only sign out. */
export function permissionsOf(roles: readonly Role[]): ReadonlySet<Permission> {
  if (roles.length === 0) return new Set<Permission>(['session:own']);
  return new Set([...EVERYONE, ...roles.flatMap((role) => ADDS[role])]);
}

/** Whether these roles carry the permission; a name that is not in the list is carried by nobody. */
export function mayDo({ roles }: { readonly roles: readonly Role[] }, permission: string): boolean {
  return [...permissionsOf(roles)].some((known) => known === permission);
}
