export { DISPATCH_STORE, type DispatchStore, type StopRecord } from './dispatch.store';
export { DispatchModule } from './dispatch.module';
export { DISPATCH_PLACED, STOP_PLACED, type DispatchPlaced, type StopPlaced } from './events';
