export * from './arbiter';
export * from './areas';
export * from './classes';
export * from './deliveries';
export * from './policy';
