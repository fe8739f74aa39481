import { Inject, Injectable } from '@nestjs/common';
import { templateIdSchema, type TemplateBody, type TemplateView } from '#libs/contracts';
import { confusable, exampleValues, fillTemplate, lintTemplate, spokenTexts } from '#libs/domain';
import type { Clock } from '../../../kernel/clock';
import type { Transactions } from '../../../kernel/database';
import { invalidFields, userError, type ClarionError, type FieldError } from '../../../kernel/errors';
import { Leaves } from '../../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../../kernel/tokens';
import { scopeOf, type Principal } from '../../access';
import { SpeechMaker } from '../../media';
import { ReadTemplates, type TemplateLine } from './read-templates';
import { TEMPLATE_STORE, type TemplateStore } from './templates.store';

/**
 * Writes the next version of a template. It is used by nobody until somebody else enables it. Refuses INVALID naming every
 * fault of its words, its name and its reading, NOT_FOUND when it is based on one that is not here, TEMPLATE_CHANGED when another version came in between, and
 * TEMPLATE_MODE_FIXED: what is a drill's stays a drill's.
 */
@Injectable()
export class WriteTemplate {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(TEMPLATE_STORE) private readonly store: TemplateStore,
    private readonly templates: ReadTemplates,
    private readonly speech: SpeechMaker,
    private readonly leaves: Leaves,
  ) {}

  async run(caller: Principal, id: string, basedOn: number, body: TemplateBody): Promise<TemplateView> {
    const scope = scopeOf(caller);
    const lines = await this.templates.lines(scope, caller.platform);
    const line = lines.get(id);
    if ((line?.newest.version ?? 0) !== basedOn) throw changed(line);
    if (line !== undefined && line.newest.mode !== body.mode) {
      throw userError('TEMPLATE_MODE_FIXED', 'A template of a drill never becomes one that is meant, nor the other way round.', { status: 409 });
    }
    const faults = [...idFaults(id, body), ...lintTemplate(body), ...nameFaults(id, body, lines), ...await this.readingFaults(caller, body)];
    if (faults.length > 0) throw invalidFields(faults.map((fault) => (fault.path === 'id' ? fault : { ...fault, path: `template.${fault.path}` })));

    const at = Math.trunc(this.clock.now());
    const version = basedOn + 1;
    await this.transactions.run(async (tx) => {
      const added = await this.store.add(scope, tx, caller.platform, { id, version, body, writtenBy: caller.person, writtenAt: at });
      if (!added) throw changed(line);
      await this.leaves.insert(tx, {
        platform: caller.platform, kind: 'template.written', subject: id,
        facts: { version, by: caller.person, class: body.class, severity: body.severity, mode: body.mode }, details: { title: body.title, text: body.text },
      });
    });
    return this.templates.one(scope, caller.platform, id, version);
  }

  /** Every text as it would be read with the examples: what the voice would have to guess is a fault now, not at night. */
  private async readingFaults(caller: Principal, body: TemplateBody): Promise<readonly FieldError[]> {
    const answer = fillTemplate(body, exampleValues(body));
    if (!answer.ok) return [];
    const read = await Promise.all(spokenTexts({ ...body, ...answer.filled }).filter(({ path }) => path !== 'title')
      .map(async ({ path, text }) => (await this.speech.read(caller, text)).faults.map(({ code, sentence }) => ({ path, code, sentence }))));
    return read.flat();
  }
}

function idFaults(id: string, { mode }: TemplateBody): readonly FieldError[] {
  const wrong = !templateIdSchema.safeParse(id).success || id.startsWith('drill-') !== (mode === 'drill');
  return wrong ? [{ path: 'id', code: 'TEMPLATE_ID', sentence: 'An id has lower-case letters, digits and hyphens; a drill\'s, and no other, begins with drill-.' }] : [];
}

/** Within one list: the names that are used, and those that wait to be. */
function nameFaults(id: string, { title, mode }: TemplateBody, lines: ReadonlyMap<string, TemplateLine>): readonly FieldError[] {
  const others = [...lines].filter(([other, { newest }]) => other !== id && newest.mode === mode).flatMap(([, { newest, inForce }]) => [newest, ...(inForce === undefined ? [] : [inForce])]);
  const same = others.find((other) => confusable(other.title, title));
  return same === undefined ? [] : [{ path: 'title', code: 'TEMPLATE_NAME_CONFUSABLE', sentence: `A tired person takes "${title}" for "${same.title}": name it otherwise.` }];
}

function changed(line: TemplateLine | undefined): ClarionError {
  if (line === undefined) return userError('NOT_FOUND', 'There is no such template here yet: a new one is based on 0.');
  return userError('TEMPLATE_CHANGED', `Version ${line.newest.version} is the newest: look at it first.`, { status: 409 });
}
