export { Areas, type Area, type ResolvedAreas } from './areas';
