export { AuthorityModule } from './authority.module';
export {
  Beacons, BootstrapSteps, DOCUMENT_PUSH, ServerKeys, Trust, type BeaconQuestion,
} from './authority';
