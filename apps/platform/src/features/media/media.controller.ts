import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { digestSchema, LIMITS, mediaHoldingsSchema, segmentRoleSchema, soundViewSchema, uploadAnswerSchema, type MediaHoldings, type SoundView, type UploadAnswer } from '#libs/contracts';
import type { Config } from '../../kernel/config';
import { userError } from '../../kernel/errors';
import { Contract, IdempotentBytes, Permission, ZodPipe, type BytesCall } from '../../kernel/http';
import { CONFIG } from '../../kernel/tokens';
import { Caller, scopeOf, type Principal } from '../access';
import { MediaFiles, tooLarge } from './media-files';
import { MEDIA_STORE, type MediaStore } from './media.store';
import { ReleaseRecording } from './release-recording';
import { StoreUpload } from './store-upload';

const uploadQuery = z.object({
  role: segmentRoleSchema.default('recording'),
  name: z.string().trim().min(1).max(60).default('录音'),
});

const digestParams = z.object({ sha256: digestSchema });
const listQuery = z.object({ count: z.coerce.number().int().min(1).max(500).default(100) });

@Controller()
export class MediaController {
  constructor(
    private readonly storeUpload: StoreUpload,
    private readonly files: MediaFiles,
    private readonly releaseRecording: ReleaseRecording,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(MEDIA_STORE) private readonly store: MediaStore,
  ) {}

  @Post('media')
  @HttpCode(201)
  @Permission('media:write')
  @Contract({
    summary: 'Takes a recording in: WAV PCM, Ogg Opus, a browser\'s WebM with Opus, and through ffmpeg MP3, AAC, M4A, FLAC and Ogg Vorbis; answers what was stored, levelled and encoded, and what it was like before', rawBody: 'audio/*', query: uploadQuery,
    answer: uploadAnswerSchema, status: 201, idempotent: true,
    refusals: {
      AUDIO_UNLISTED_FORMAT: 'None of the formats that are taken in.', AUDIO_NO_FFMPEG: 'It is read with ffmpeg, which the server does not have.', AUDIO_UNREADABLE: 'The file is broken.', AUDIO_EMPTY: 'No byte was sent.',
      AUDIO_TOO_LARGE: 'Larger than is read.', UNSUPPORTED_MEDIA_TYPE: 'It was sent as JSON; send the bytes of the recording as audio/*.', AUDIO_TOO_LONG: 'Longer than ten minutes.',
      AUDIO_SILENT: 'Nothing can be heard in it.', AUDIO_BUSY: 'Too many recordings wait to be prepared.', AUDIO_RESERVED: 'It holds what listeners would take for an air-raid, police, fire, ambulance or earthquake signal; the sentence says where.', PAYLOAD_TOO_LARGE: 'Larger than 32 MiB.', MEDIA_QUOTA: 'The platform has no room for it; the sentence says how much there is.',
    },
  })
  upload(@Caller() caller: Principal, @IdempotentBytes() call: BytesCall, @Query(new ZodPipe(uploadQuery)) words: z.output<typeof uploadQuery>, @Req() request: Request): Promise<UploadAnswer> {
    // The kernel has read a JSON body already; without this it would look like a recording without a byte.
    if (request.is('application/json') === 'application/json') {
      throw userError('UNSUPPORTED_MEDIA_TYPE', 'A recording is sent as bytes (audio/*), not as JSON.', { status: 415 });
    }
    // Before the first byte is read: the answer must not be lost with the connection.
    if (Number(request.headers['content-length'] ?? 0) > LIMITS.uploadBytes) throw tooLarge();
    return this.storeUpload.run(caller, call, request, words);
  }

  @Get('media')
  @Permission('media:read')
  @Contract({ summary: 'The recordings that the caller\'s platform holds, the newest first, and its room', query: listQuery, answer: mediaHoldingsSchema })
  async list(@Caller() caller: Principal, @Query(new ZodPipe(listQuery)) { count }: z.output<typeof listQuery>): Promise<MediaHoldings> {
    const scope = scopeOf(caller);
    const [usedBytes, recordings] = await Promise.all([this.store.usedBytes(scope, caller.platform), this.store.holdings(scope, caller.platform, count)]);
    return { usedBytes, quotaBytes: this.config.mediaQuotaBytes, recordings };
  }

  @Delete('media/:sha256')
  @HttpCode(204)
  @Permission('media:write')
  @Contract({ summary: 'Gives up a recording of the caller\'s platform, which is thrown away when nobody holds or names it', params: digestParams, status: 204, refusals: { MEDIA_IN_USE: 'A message of the platform names it.' } })
  release(@Caller() caller: Principal, @Param(new ZodPipe(digestParams)) { sha256 }: z.output<typeof digestParams>): Promise<void> {
    return this.releaseRecording.run(caller, sha256);
  }

  @Get('media/:sha256')
  @Permission('media:read')
  @Contract({ summary: 'A stored recording as terminals get it; takes Range', rawAnswer: 'audio/ogg' })
  async file(@Caller() caller: Principal, @Param('sha256') sha256: string, @Res() response: Response): Promise<void> {
    const digest = digestSchema.safeParse(sha256);
    const [usable] = digest.success ? await this.store.usable(scopeOf(caller), [digest.data]) : [];
    if (usable === undefined || (await this.files.sizeOf(usable.sha256)) === undefined) {
      throw userError('NOT_FOUND', 'There is no such recording, or it is not yours to hear.');
    }
    await new Promise<void>((resolve, reject) => {
      response.sendFile(this.files.pathOf(usable.sha256), {
        acceptRanges: true, dotfiles: 'allow', cacheControl: false, lastModified: false, headers: { 'Content-Type': 'audio/ogg', 'Cache-Control': 'private, max-age=31536000, immutable' },
      }, (cause?: Error) => (cause === undefined || response.headersSent ? resolve() : reject(cause)));
    });
  }

  @Get('sounds')
  @Permission('media:read')
  @Contract({ summary: 'Siren, chimes and stock phrases that every terminal has', answer: z.array(soundViewSchema) })
  sounds(): Promise<readonly SoundView[]> {
    return this.store.sounds();
  }
}
