export type { Principal } from './principal';
export { Scope, scopeOf, serverScope } from './scope';
