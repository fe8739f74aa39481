export { Areas, type Area, type PlatformRow, type ResolvedAreas } from './areas';
export { PlaceBook } from './places';
export { AreasModule } from './areas.module';
