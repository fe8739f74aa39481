export { Api } from './api';
export { ApiProblem } from './problem';
export { findWhere, type Where } from './where';
