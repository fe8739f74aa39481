export { SigningPages } from './signing-pages';
export { AuthorityModule } from './authority.module';
export { KeysModule } from './keys/keys.module';
export { ProvingDocuments } from './proving-documents';
export { PASSKEY_COUNTER, PasskeyCounters } from './passkey-counters';
export {
  Beacons, BootstrapSteps, DOCUMENT_PUSH, History, ServerKeys, Trust, type BeaconQuestion,
} from './authority';
