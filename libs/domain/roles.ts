import type { Role } from '#libs/contracts';

/** What a person may do, in the clerk's word; `signs`: whether it is a part in what sounds or in who may make it sound. */
export const ROLES: Readonly<Record<Role, { readonly zh: string; readonly signs: boolean }>> = {
  author: { zh: '制播员', signs: true },
  approver: { zh: '签发人', signs: true },
  stopper: { zh: '停播人', signs: false },
  duty: { zh: '值机员', signs: false },
  officer: { zh: '密钥管理员', signs: true },
  auditor: { zh: '安全审计员', signs: false },
  administrator: { zh: '系统管理员', signs: false },
};
