import { z } from 'zod';
import { areaIdSchema, type AreaId, type EnvelopeShape } from '#libs/contracts';

/** Of a stop of everything: who stops where, and as of when (Unix ms). */
export interface GeneralStop {
  readonly place: string;
  readonly issuedAt: number;
}

const generalSchema = z.object({ platform: z.string(), area: z.string(), issuedAt: z.number(), scope: z.object({ kind: z.literal('all') }) });

/** What a stop says of itself, which nobody checked: enough to decide what is told first, and what is given up last. Null for one of single messages. */
export function generalOf({ payload }: EnvelopeShape): GeneralStop | null {
  try {
    const parsed = generalSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64').toString('utf8')));
    return parsed.success ? { place: `${parsed.data.platform} ${parsed.data.area}`, issuedAt: parsed.data.issuedAt } : null;
  } catch {
    return null;
  }
}

const placedSchema = z.object({ area: areaIdSchema });

/** Where a stop says that it counts, which nobody checked; undefined when it does not say. */
export function areaOf({ payload }: EnvelopeShape): AreaId | undefined {
  try {
    return placedSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64').toString('utf8'))).data?.area;
  } catch {
    return undefined;
  }
}
