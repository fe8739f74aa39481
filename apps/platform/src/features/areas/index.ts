export { Areas, type Area, type PlatformRow, type ResolvedAreas } from './areas';
export { AreasModule } from './areas.module';
