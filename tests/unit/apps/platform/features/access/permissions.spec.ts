import { mayDo, permissionsOf } from '../../../../../../apps/platform/src/features/access/permissions';

describe('permissions', () => {
  it('let an administrator sign, stop and publish nothing', () => {
    const allowed = [...permissionsOf(['administrator'])];
    expect(allowed.filter((name) => /publish|approve|compose|dispatch|withdraw|stop|draft|write/.test(name))).toEqual([]);
  });

  it('give officers documents and not messages, authors messages and not documents', () => {
    expect(mayDo({ roles: ['officer'] }, 'trust:publish')).toBe(true);
    expect(mayDo({ roles: ['officer'] }, 'message:compose')).toBe(false);
    expect(mayDo({ roles: ['author'] }, 'message:compose')).toBe(true);
    expect(mayDo({ roles: ['author'] }, 'message:approve')).toBe(false);
    expect(mayDo({ roles: ['duty'] }, 'stop')).toBe(true);
  });

  it('add up over roles; nobody has a permission that is not in the list', () => {
    expect(mayDo({ roles: ['author', 'officer'] }, 'revocation:publish')).toBe(true);
    expect(mayDo({ roles: ['officer', 'author', 'approver', 'stopper', 'duty', 'auditor', 'administrator'] }, 'everything')).toBe(false);
    expect(mayDo({ roles: [] }, 'message:read')).toBe(false);
  });
});
