import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import {
  documentsAnswerSchema, expiryAlarmSchema, historyViewSchema, mapSchema, placesSchema, platformIdSchema, platformViewSchema, raiseEpochSchema, serverTimeSchema, signingPagesSchema, timeConfirmationSchema,
  trustDocumentsSchema, trustViewSchema, type HistoryView, type Places, type PlatformView, type ServerTime, type SigningPagesView,
} from '#libs/contracts';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import { userError } from '../../kernel/errors';
import { Contract, Idempotent, Permission, ZodPipe, type IdempotentCall } from '../../kernel/http';
import { CLOCK, CONFIG } from '../../kernel/tokens';
import { Caller, scopeOf, type Principal } from '../access';
import { PlaceBook } from '../areas';
import { ConfirmTime } from './confirm-time';
import { RaiseEpoch } from './raise-epoch';
import { PublishDocuments } from './publish-documents';
import { ReadAuthority } from './read-authority';
import { SigningPages } from './signing-pages';

type Documents = z.infer<typeof trustDocumentsSchema>;
type TrustView = z.infer<typeof trustViewSchema>;

const trustQuery = z.object({ platform: platformIdSchema.optional() });

const REFUSALS = {
  REJ_KEY_UNKNOWN: 'No key that signed a document is known here.',
  REJ_SIGNATURE: 'A signature does not belong to these bytes.',
  REJ_THRESHOLD: 'Too few of the persons who must sign have signed.',
  REJ_VERSION_ROLLBACK: 'Older than what is in force.',
  DOCUMENT_KIND: 'This kind of document is not taken here.',
  DOCUMENT_FELL: 'A document was in force and fell: it has to be signed anew, as the next version.',
  DOCUMENT_FOREIGN: 'A document is about a platform outside your scope.',
  REVOCATION_STRANDED: 'New terminals could not read what has been revoked: its signer would not count any more.',
};

const DOCUMENTS_FALL = 'Something in force would fall, and alsoFalls does not say exactly that.';

@Controller()
export class AuthorityController {
  constructor(
    private readonly publish: PublishDocuments,
    private readonly read: ReadAuthority,
    private readonly places: PlaceBook,
    private readonly time: ConfirmTime,
    private readonly epoch: RaiseEpoch,
    private readonly pages: SigningPages,
    @Inject(CLOCK) private readonly wallClock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'signOrigins'>,
  ) {}

  @Get('platforms')
  @Permission('platform:read')
  @Contract({ summary: 'The platforms in scope', answer: z.array(platformViewSchema) })
  platforms(@Caller() caller: Principal): readonly PlatformView[] {
    return this.read.platforms(scopeOf(caller));
  }

  @Get('trust')
  @Permission('trust:read')
  @Contract({ summary: 'The signed documents in force for the platforms in scope and those above them; with `platform` those of one and above it', query: trustQuery, answer: trustViewSchema })
  trust(@Caller() caller: Principal, @Query(new ZodPipe(trustQuery)) { platform }: z.output<typeof trustQuery>): TrustView {
    return this.read.documents(scopeOf(caller), caller.platform, platform);
  }

  @Get('signing-pages')
  @Permission('trust:read')
  @Contract({ summary: 'Where people sign, and which build of the pages the server sees there', answer: signingPagesSchema })
  signingPages(): SigningPagesView {
    return { origins: [...this.config.signOrigins], watched: this.pages.watched() };
  }

  @Get('trust/expiry')
  @Permission('trust:read')
  @Contract({ summary: 'Signed documents in scope that end within 90 days or have ended, and who must sign the next ones', answer: z.array(expiryAlarmSchema) })
  expiry(@Caller() caller: Principal): z.infer<typeof expiryAlarmSchema>[] {
    return this.read.expiry(scopeOf(caller), this.wallClock.now()).map((alarm) => ({ ...alarm, signers: [...alarm.signers] }));
  }

  @Get('map')
  @Permission('area:read')
  @Contract({ summary: 'The schematic map', answer: mapSchema })
  async map(@Caller() caller: Principal): Promise<z.infer<typeof mapSchema>> {
    const map = await this.read.map(scopeOf(caller));
    if (map === undefined) throw userError('NOT_FOUND', 'There is no map.');
    return map;
  }

  @Get('places')
  @Permission('area:read')
  @Contract({ summary: 'Natural villages and public places of the areas in scope', answer: placesSchema })
  placesInScope(@Caller() caller: Principal): Promise<Places> {
    return this.places.read(scopeOf(caller));
  }

  @Get('time')
  @Permission('event:read')
  @Contract({ summary: 'The server\'s clock, and whether terminals are told it', answer: serverTimeSchema })
  clock(): ServerTime {
    return this.time.read();
  }

  @Post('time/confirmation')
  @HttpCode(200)
  @Permission('time:confirm')
  @Contract({
    summary: 'Confirms the server\'s clock after it was set, or after the server was off for long', body: timeConfirmationSchema, answer: serverTimeSchema, status: 200,
    refusals: { CLOCK_DISAGREES: 'The server\'s clock is more than a minute from the time that was given.' },
  })
  confirm(@Caller() caller: Principal, @Body(new ZodPipe(timeConfirmationSchema)) { at }: { at: number }): Promise<ServerTime> {
    return this.time.run(caller, at);
  }

  @Get('history')
  @Permission('epoch:raise')
  @Contract({ summary: 'Whether the database is an older copy that somebody put back, and what it has forgotten', answer: historyViewSchema })
  history(): Promise<HistoryView> {
    return this.epoch.read();
  }

  @Post('history/epoch')
  @HttpCode(200)
  @Permission('epoch:raise')
  @Contract({
    summary: 'Raises the dispatchers\' epoch after an older copy of the database was put back: dispatches go out again', body: raiseEpochSchema, answer: historyViewSchema, status: 200,
    refusals: { DOCUMENTS_MISSING: 'Documents that were in force are not back yet.' },
  })
  raise(@Caller() caller: Principal, @Body(new ZodPipe(raiseEpochSchema)) { reason }: { reason: string }): Promise<HistoryView> {
    return this.epoch.run(caller, reason);
  }

  @Post('trust/documents')
  @HttpCode(200)
  @Permission('trust:publish')
  @Contract({
    summary: 'Takes signed roots, charters, rosters and revocations, all or none; what would fall and is not replaced must be named in alsoFalls', body: trustDocumentsSchema,
    answer: documentsAnswerSchema, status: 200, idempotent: true, refusals: { ...REFUSALS, DOCUMENTS_FALL },
  })
  documents(@Caller() caller: Principal, @Body(new ZodPipe(trustDocumentsSchema)) body: Documents, @Idempotent() call: IdempotentCall): Promise<{ accepted: number }> {
    return this.publish.run(caller, body.documents, { words: ['root', 'charter', 'roster', 'revocation'], alsoFalls: body.alsoFalls ?? [] }, call);
  }

  @Post('revocations')
  @HttpCode(200)
  @Permission('revocation:publish')
  @Contract({
    summary: 'Takes revocations signed by an officer, all or none; charters and rosters that fall with a key must be named in alsoFalls', body: trustDocumentsSchema,
    answer: documentsAnswerSchema, status: 200, idempotent: true, refusals: { ...REFUSALS, DOCUMENTS_FALL },
  })
  revocations(@Caller() caller: Principal, @Body(new ZodPipe(trustDocumentsSchema)) { documents, alsoFalls = [] }: Documents, @Idempotent() call: IdempotentCall): Promise<{ accepted: number }> {
    return this.publish.run(caller, documents, { words: ['revocation'], alsoFalls }, call);
  }
}
