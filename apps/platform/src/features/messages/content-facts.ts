import { Inject, Injectable } from '@nestjs/common';
import type { AreaId, Charter, Digest, PersonId, PlatformId, Roster, Targets, TerminalId } from '#libs/contracts';
import { isWithin, STOCK } from '#libs/domain';
import { papersStage } from '#libs/trust';
import type { Scope } from '../../kernel/scope';
import { Areas } from '../areas';
import { Trust } from '../authority';
import { Media } from '../media';
import { Terminals, type Targeted } from '../terminals';
import type { ContentFacts } from './content-faults';
import { MESSAGE_STORE, type MessageStore } from './message.store';

/** What has to be looked up before a content can be judged. Areas as ids or any of their codes. */
export interface Question {
  readonly now: number;
  readonly platform: PlatformId;
  readonly author: PersonId;
  readonly charter: Charter;
  readonly roster: Roster;
  readonly areas: readonly string[];
  readonly terminals: readonly TerminalId[];
  readonly media: readonly string[];
  readonly replaces: Digest | null;
}

export interface LookedUp {
  readonly facts: ContentFacts;
  /** The targets as a message names them: area ids, without doubles. */
  readonly targets: Targets;
  readonly targeted: Targeted;
  readonly media: ReadonlyMap<string, { readonly sha256: string; readonly bytes: number; readonly durationMs: number }>;
}

/** Looks up everything that decides whether a content may be said. Decides nothing. */
@Injectable()
export class ContentLookup {
  constructor(
    private readonly areas: Areas,
    private readonly terminals: Terminals,
    private readonly media: Media,
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly trust: Trust,
  ) {}

  async ask(scope: Scope, question: Question): Promise<LookedUp> {
    const resolved = await this.areas.resolve(scope, question.areas);
    const targets: Targets = { areas: [...resolved.ids], terminals: [...new Set(question.terminals)] };
    const issuerAreas = question.charter.areas.map(({ id }) => id);
    const targeted = await this.terminals.targeted(scope, targets, issuerAreas);
    const usable = await this.media.usable(scope, question.media);
    const media = new Map(usable.map((row) => [row.sha256, row]));
    const replaced = question.replaces === null ? undefined : await this.store.modeOf(scope, question.platform, question.replaces);
    return {
      targets,
      targeted,
      media,
      facts: {
        now: question.now,
        author: question.author,
        charter: question.charter,
        roster: question.roster,
        papers: papersStage(this.trust.state(), question.charter, question.roster, question.now),
        media,
        areas: await this.areaReach(scope, question.areas, resolved, targeted, issuerAreas),
        terminals: this.terminalReach(scope, question.terminals, targeted),
        replaced: replaced ?? null,
        drillMarks: { opening: this.media.sound(STOCK.drillOpening)?.sha256 ?? null, closing: this.media.sound(STOCK.drillClosing)?.sha256 ?? null },
      },
    };
  }

  /** Terminals below each area as it was written; a code may stand for several areas. */
  private async areaReach(
    scope: Scope, tokens: readonly string[], resolved: Awaited<ReturnType<Areas['resolve']>>, targeted: Targeted, issuerAreas: readonly AreaId[],
  ): Promise<ContentFacts['areas']> {
    const tree = await this.areas.tree(scope);
    const reach = new Map<string, 'unknown' | 'foreign' | number>();
    for (const token of tokens) {
      const ids = resolved.ids.filter((id) => id === token || tree.find((area) => area.id === id)?.codes.includes(token) === true);
      const own = ids.filter((id) => issuerAreas.some((top) => isWithin(tree, id, top)));
      if (resolved.unknown.includes(token)) reach.set(token, 'unknown');
      else if (own.length === 0) reach.set(token, 'foreign');
      else reach.set(token, targeted.terminals.filter(({ area }) => own.some((id) => isWithin(tree, area, id))).length);
    }
    return reach;
  }

  private terminalReach(scope: Scope, ids: readonly TerminalId[], targeted: Targeted): ContentFacts['terminals'] {
    const reached = new Set(targeted.terminals.map(({ id }) => id));
    return new Map(ids.map((id): [TerminalId, 'unknown' | 'foreign' | number] => {
      const platform = this.terminals.platformOf(id);
      if (platform === undefined) return [id, 'unknown'];
      if (!scope.covers(platform)) return [id, 'foreign'];
      return [id, reached.has(id) ? 1 : 0];
    }));
  }
}
