import { SetMetadata, type CustomDecorator } from '@nestjs/common';

const KEY = 'clarion:route-policy';

/** Who may call a route or send a socket event. Every one states it; a test walks them all. */
export type RoutePolicy =
  | { readonly kind: 'public'; readonly reason: string }
  | { readonly kind: 'permission'; readonly name: string };

/** Anyone may call it, signed in or not; the reason says why that is right. */
export function Public(reason: string): CustomDecorator {
  return SetMetadata<string, RoutePolicy>(KEY, { kind: 'public', reason });
}

/** Only a principal with this permission ("messages.submit"). The guard of features/access decides. */
export function Permission(name: string): CustomDecorator {
  return SetMetadata<string, RoutePolicy>(KEY, { kind: 'permission', name });
}

/** What a handler states, or else its class; null when neither does, which the guard must refuse. */
 
export function routePolicyOf(handler: Function, type?: Function): RoutePolicy | null {
  const policy: unknown = Reflect.getMetadata(KEY, handler) ?? (type === undefined ? undefined : Reflect.getMetadata(KEY, type));
  return isPolicy(policy) ? policy : null;
}

function isPolicy(value: unknown): value is RoutePolicy {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
