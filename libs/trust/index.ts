/**
 * Who may say what: every rule of design 4, decided over bytes, keys and time passed in. No I/O, no clock.
 * A refusal is a returned value with a code of `refusalCodeSchema`.
 */
export { admit } from './admit';
export type { AdmitDecision, AdmitFacts, AdmitWrites, DispatcherFloor, JournalEntry, Postponed, Refusal, ResumedAt } from './admit-facts';
export { applyDocument } from './apply-document';
export { contentFault, type Unsigned } from './content-fault';
export { judgeExpiry, papersStage } from './expiry';
export { rehearseExpiry, type ExpiryStep } from './rehearse-expiry';
export { EXPIRY_ALARM_DAYS, expiryAlarms, officersOf, type ExpiryAlarm, type ExpiryStage } from './expiry-alarms';
export { quietHoursOf, volumeHoursOf } from './hours';
export { judgeBlock, liveEndsAt, liveGrantOf, PACKET_MS, type BlockBefore, type LiveGrant, type TakenBlock, type VerifyBlock } from './judge-block';
export { verifyLiveRecord, type LiveGap, type LiveRecord, type LiveRecordRefused } from './verify-live-record';
export { verifyLiveEvidence, type ProvenVoice, type VoiceRefused } from './verify-live-evidence';
export { judgeKept } from './judge-kept';
export { isVoid, judgeOrder, stoppableOf, type VerifiedOrder } from './judge-order';
export { memoryOf, withMemory, type TrustMemory } from './memory';
export { ok, refuse, type Ok, type Refused, type Result } from './result';
export { trustFromRoot, type RootExpectation } from './root';
export { strandedIn, type Stranded } from './stranded';
export {
  ancestryOf, heardAt, holdersOf, isRevoked, lineageOf, tierOf, type HeldDocument, type HolderOf, type KeyHolder, type KeyUse, type TrustState, type VersionFloor,
} from './trust-state';
export { verifyApproval, type OwedStep, type VerifiedApproval } from './verify-approval';
export { pickAssignment, verifyAssignment, verifyKeptAssignment, type TerminalAssignment, type VerifiedAssignment } from './verify-assignment';
export { verifyBeacon, type VerifiedBeacon } from './verify-beacon';
export { unreadByDevice, verifyByDevice, type Device, type UnreadByDevice } from './verify-by-device';
export { takenBackBy, verifyConsent, type VerifiedConsent } from './verify-consent';
export { correctionFault, verifyCorrection, type VerifiedCorrection } from './verify-correction';
export { verifyHead } from './verify-head';
export { isolationOf, verifyIsolate, type VerifiedIsolate } from './verify-isolate';
export { openPermit, permitRefusals, verifyPermit, type SignedPermit } from './verify-permit';
export { policyFactsOf, verifyMessage, type StandingMessage, type VerifiedMessage } from './verify-message';
export { restrictionOf, verifyRestriction, type VerifiedRestriction } from './verify-restriction';
export { tombstoneOf, verifyStop, type VerifiedStop } from './verify-stop';
export { isSignedDispatch } from './signed-dispatch';
export { documentsInForce, documentsSince, lackingOf, versionsFor } from './versions';
