import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { liveEvidenceSchema, liveViewSchema, type LiveEvidence, type LiveView } from '#libs/contracts';
import { Contract, Permission } from '../../kernel/http';
import { bearerOf, Caller, scopeOf, type Principal } from '../access';
import { ListenIn } from './listen-in';
import { ReadVoices } from './read-voices';
import { TakeOut } from './take-out';

const THERE = { NOT_FOUND: 'There is no such voice, or it is not yours to hear.' };
const RECORDED = { ...THERE, LIVE_EMPTY: 'Nothing was said, or its record is on another server.' };

@Controller('live')
export class StreamingController {
  constructor(private readonly read: ReadVoices, private readonly takeOut: TakeOut, private readonly listenIn: ListenIn) {}

  @Get()
  @Permission('live:read')
  @Contract({ summary: 'Voices that live and that lived, newest first', answer: z.array(liveViewSchema) })
  list(@Caller() caller: Principal): Promise<readonly LiveView[]> {
    return this.read.run(scopeOf(caller));
  }

  @Get(':stream/recording')
  @Permission('live:read')
  @Contract({ summary: 'What was said, as Ogg Opus of the packets as they were signed; every block is verified first', rawAnswer: 'audio/ogg', refusals: { ...RECORDED, LIVE_RECORD_ALTERED: 'The record is not what was signed.' } })
  async recording(@Caller() caller: Principal, @Param('stream') stream: string, @Res() response: Response): Promise<void> {
    send(response, 'audio/ogg', await this.takeOut.sound(caller, stream));
  }

  @Get(':stream/blocks')
  @Permission('live:read')
  @Contract({ summary: 'The signed blocks as they were taken, each behind its length (u32, big-endian)', rawAnswer: 'application/octet-stream', refusals: RECORDED })
  async blocks(@Caller() caller: Principal, @Param('stream') stream: string, @Res() response: Response): Promise<void> {
    send(response, 'application/octet-stream', await this.takeOut.blocks(caller, stream));
  }

  @Get(':stream/evidence')
  @Permission('live:read')
  @Contract({ summary: 'What proves the blocks to somebody who has nothing but the root', answer: liveEvidenceSchema, refusals: THERE })
  evidence(@Caller() caller: Principal, @Param('stream') stream: string): Promise<LiveEvidence> {
    return this.takeOut.evidence(caller, stream);
  }

  @Get(':stream/listen')
  @Permission('live:read')
  @Contract({
    summary: 'A running voice as it is spoken, as Ogg Opus without an end in sight', rawAnswer: 'audio/ogg',
    refusals: { ...THERE, LIVE_OVER: 'It has ended, or speaks on another server.', LISTENERS_FULL: 'Too many listen in.' },
  })
  async listen(@Caller() caller: Principal, @Param('stream') stream: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    // nginx would collect it first.
    await this.listenIn.run(caller, bearerOf(request.headers.authorization) ?? '', stream, () => response.setHeader('X-Accel-Buffering', 'no').setHeader('Cache-Control', 'no-store').setHeader('Content-Type', 'audio/ogg'));
  }
}

function send(response: Response, type: string, bytes: Uint8Array): void {
  response.setHeader('Content-Type', type);
  response.setHeader('Cache-Control', 'no-store');
  response.end(bytes);
}
