import type { assignmentDraftAnswerSchema } from '#libs/contracts';
import { encodePayload, toBase64 } from '#libs/envelope';
import type { z } from 'zod';
import type { Clock } from '../../kernel/clock';
import type { Scope } from '../../kernel/scope';
import type { Trust } from '../authority';
import { declaredChains } from './declared-chain';
import { draftAssignments } from './draft-assignments';
import type { TerminalRegistry } from './registry';

/** POST /api/assignments/draft: the exact payloads to sign. Nothing is stored. */
export class DraftBatches {
  constructor(
    private readonly registry: TerminalRegistry,
    private readonly trust: Trust,
    private readonly clock: Clock,
  ) {}

  run(scope: Scope): z.infer<typeof assignmentDraftAnswerSchema> {
    const terminals = this.registry.all().filter((terminal) => scope.covers(terminal.platform));
    const drafts = draftAssignments(terminals, declaredChains(this.trust.state()), Math.trunc(this.clock.now()));
    return { batches: drafts.map((draft) => ({ platform: draft.platform, payload: toBase64(encodePayload(draft)), terminals: draft.terminals.length })) };
  }
}
