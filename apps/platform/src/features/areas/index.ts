export { Areas, type Area, type PlatformRow, type ResolvedAreas } from './areas';
