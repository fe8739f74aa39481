import type { z } from 'zod';
import { platformRoutes } from '#libs/contracts';

type Routes = typeof platformRoutes;
export type InternalRoute = keyof Routes;
export type InternalRequest<N extends InternalRoute> = z.output<Routes[N]['request']>;
export type InternalAnswer<N extends InternalRoute> = z.input<Routes[N]['answer']>;

/** Where a feature hangs its answer to the gateway, once, while its module starts. */
export abstract class InternalRoutes {
  /** Refuses a second answer for the same route with a programmer's error. */
  abstract answer<N extends InternalRoute>(route: N, answer: (request: InternalRequest<N>) => Promise<InternalAnswer<N>>): void;
}
