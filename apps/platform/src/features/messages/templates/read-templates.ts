import { Inject, Injectable } from '@nestjs/common';
import { templateSchema, type PlatformId, type Template, type TemplateCard, type TemplateView } from '#libs/contracts';
import { userError, type ClarionError } from '../../../kernel/errors';
import type { Scope } from '../../../kernel/scope';
import { SHIPPED_TEMPLATES } from './shipped-templates';
import { TEMPLATE_STORE, type TemplateStore } from './templates.store';

/** Every version that a platform has of one template, oldest first, and which one is in force. */
export interface TemplateLine {
  readonly versions: readonly TemplateVersion[];
  readonly newest: TemplateVersion;
  readonly inForce: TemplateVersion | undefined;
}
type TemplateVersion = Template & Pick<TemplateView, 'shipped' | 'writtenBy' | 'writtenAt'>;

/** The templates of one platform: what ships, unless its people wrote and switched otherwise. */
@Injectable()
export class ReadTemplates {
  constructor(
    @Inject(TEMPLATE_STORE) private readonly store: TemplateStore,
    @Inject(SHIPPED_TEMPLATES) private readonly shipped: ReadonlyMap<string, Template>,
  ) {}

  async lines(scope: Scope, platform: PlatformId): Promise<ReadonlyMap<string, TemplateLine>> {
    const [written, used] = await Promise.all([this.store.written(scope, platform), this.store.used(scope, platform)]);
    const versions = new Map<string, TemplateVersion[]>([...this.shipped].map(([id, template]) => [id, [{ ...template, shipped: true, writtenBy: null, writtenAt: null }]]));
    for (const { id, version, body, writtenBy, writtenAt } of written) {
      versions.set(id, [...(versions.get(id) ?? []), { ...templateSchema.parse({ ...body, id, version }), shipped: false, writtenBy, writtenAt }]);
    }
    return new Map([...versions].flatMap(([id, line]): [string, TemplateLine][] => {
      const newest = line.at(-1);
      // What ships is in force until somebody switches it; what people write is not until somebody does.
      const wanted = used.has(id) ? used.get(id) : this.shipped.has(id) ? 1 : null;
      return newest === undefined ? [] : [[id, { versions: line, newest, inForce: line.find(({ version }) => version === wanted) }]];
    }));
  }

  /** One list, never both: what is meant, or drills. */
  async cards(scope: Scope, platform: PlatformId, mode: Template['mode']): Promise<readonly TemplateCard[]> {
    return [...(await this.lines(scope, platform)).values()].map((line) => viewOf(line)).filter((view) => view.mode === mode).map((view) => ({
      id: view.id, version: view.version, hazard: view.hazard, class: view.class, severity: view.severity, mode: view.mode, title: view.title, sound: view.sound,
      enabled: view.enabled, proposed: view.proposed, firstLine: firstLine(view.text),
    }));
  }

  /** This version, or the one in force, or the newest. Refuses NOT_FOUND. */
  async one(scope: Scope, platform: PlatformId, id: string, version?: number): Promise<TemplateView> {
    return viewOf(await this.line(scope, platform, id), version);
  }

  async line(scope: Scope, platform: PlatformId, id: string): Promise<TemplateLine> {
    const line = (await this.lines(scope, platform)).get(id);
    if (line === undefined) throw unknownTemplate();
    return line;
  }
}

export function viewOf(line: TemplateLine, version?: number): TemplateView {
  const shown = version === undefined ? line.inForce ?? line.newest : line.versions.find((one) => one.version === version);
  if (shown === undefined) throw unknownTemplate();
  const newer = line.newest.version > (line.inForce?.version ?? 0) ? line.newest.version : null;
  return { ...shown, enabled: shown.version === line.inForce?.version, proposed: newer };
}

function firstLine(text: string): string {
  return /^[^。！？\n]*[。！？]?/u.exec(text)?.[0] ?? text;
}

function unknownTemplate(): ClarionError {
  return userError('NOT_FOUND', 'Your platform has no such template, or not in this version.');
}
