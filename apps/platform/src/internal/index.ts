export { InternalRoutes, type InternalAnswer, type InternalRequest, type InternalRoute } from './internal-routes';
