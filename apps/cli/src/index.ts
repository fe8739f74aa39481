/** The door for programs that act as people do: the scripted day and the tests. */
export { ApiClient } from './api-client';
export { CliError } from './cli-error';
export { systemClock, type Clock } from './clock';
export type { Context } from './command';
export { checkDraft, draft, sayConsequence, submitSigned, type Drafted } from './commands/compose';
export { admitEnrolled } from './commands/admit';
export { detailOf } from './commands/message';
export { readConfig, type CliConfig } from './config';
export { demoDistrict } from './demo/district';
export { demoInit, demoSignIn } from './demo/init';
export { DemoKeyFolder, serverKey } from './demo/key-folder';
export { decodePayload, openSigner, readMessageEnvelope, signApproval, signPayload, type ReadMessage } from './signing';
export { askSimulator, askSimulatorBytes } from './simulator-control';
export { fileSound } from './source/file-sound';
export { liveSocketTo } from './source/live-socket';
export { makeSessionKey } from './source/session-key';
export { sayVoice, type Said } from './source/say-voice';
export { SourceLink } from './source/source-link';
