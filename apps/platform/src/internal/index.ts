export { InternalModule } from './internal.module';
export { InternalRoutes, type InternalAnswer, type InternalRequest, type InternalRoute } from './internal-routes';
export { InternalServer } from './internal-server';
