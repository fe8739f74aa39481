export { AccessModule, TOKEN_KEY_FILE } from './access.module';
export { Accounts, Sessions, type NewAccount } from './accounts';
export { Caller, callerOf } from './caller';
export { hashPassword } from './passwords';
export { mayDo, PERMISSIONS, permissionsOf, type Permission } from './permissions';
export { isPrincipal, type Principal } from './principal';
export { Scope, scopeOf, serverScope } from './scope';
export { openServerKey, type ServerKey } from './server-key-file';
export { verifyToken, type TokenFault, type VerifiedToken } from './token';
