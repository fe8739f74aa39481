import { Module } from '@nestjs/common';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { MediaModule } from '../media';
import { ComposeCorrections } from './compose-corrections';
import { ComposeDraft } from './compose-draft';
import { ContentLookup } from './content-facts';
import { DraftAgain } from './draft-again';
import { DrillBook } from './drill-book';
import { Followers } from './followers';
import { Foresee } from './foresee';
import { HeldSources } from './held-sources';
import { KeptSilent } from './kept-silent';
import { JudgeCorrections } from './judge-corrections';
import { LateSignatures } from './late-signatures';
import { LateSignaturesController } from './late-signatures.controller';
import { LATE_STORE } from './late.store';
import { PgLateStore } from './late.store.pg';
import { LiveFaults } from './live-faults';
import { LiveTurns } from './live-turns';
import { MessageAccess } from './message-access';
import { PgMessageEvidence } from './message-evidence.store.pg';
import { MESSAGE_STORE } from './message.store';
import { PgMessageStore } from './message.store.pg';
import { MessagesController } from './messages.controller';
import { Narrowed } from './narrowed';
import { KeepPermit } from './permits/keep-permit';
import { PermitDesk } from './permits/permit-desk';
import { PERMIT_STORE } from './permits/permit.store';
import { PgPermitStore } from './permits/permit.store.pg';
import { PermitsController } from './permits/permits.controller';
import { ReadPermits } from './permits/read-permits';
import { WithdrawPermit } from './permits/withdraw-permit';
import { ReadMessages } from './read-messages';
import { ReleaseMessage } from './release-message';
import { SaidBefore } from './said-before';
import { SignApproval } from './sign-approval';
import { SignLate } from './sign-late';
import { SignedCommand } from './signed-command';
import { SpeakBody } from './speak-body';
import { SubmitMessage } from './submit-message';
import { PgUnsaidMessages } from './unsaid-rows.store.pg';
import { WatchWindows } from './watch-windows';
import { WithdrawMessage } from './withdraw-message';

@Module({
  imports: [MediaModule],
  controllers: [MessagesController, LateSignaturesController, PermitsController],
  providers: [
    { provide: MESSAGE_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgMessageStore(database) },
    { provide: LATE_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgLateStore(database) },
    { provide: PERMIT_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgPermitStore(database) },
    SaidBefore, DraftAgain, PermitDesk, KeepPermit, WithdrawPermit, ReadPermits,
    PgMessageEvidence, PgUnsaidMessages, Followers, LiveTurns, HeldSources, LiveFaults, ContentLookup, DrillBook, SpeakBody, ComposeCorrections, KeptSilent, Narrowed, Foresee, ComposeDraft, JudgeCorrections, SignedCommand, SubmitMessage, LateSignatures, SignLate, SignApproval, ReleaseMessage, WithdrawMessage, ReadMessages, MessageAccess, WatchWindows,
  ],
  exports: [Followers, LiveTurns, HeldSources, LateSignatures, MessageAccess, ReadMessages, ComposeDraft, DrillBook, SignedCommand, KeptSilent],
})
export class MessagesModule {}
