export * from './areas';
export * from './classes';
export * from './policy';
