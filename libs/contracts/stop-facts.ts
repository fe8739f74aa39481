import { z } from 'zod';
import { areaIdSchema, personIdSchema, platformIdSchema } from './ids';
import { keyRecordSchema } from './keys';
import { tierSchema } from './words';

/** Below CLARION_DATA: what the STOP process, and a command line on the same machine, know of areas and stoppers while everything else is down. */
export const STOP_FACTS_FILE = 'run/areas.json';

export const stopFactsSchema = z.strictObject({
  areas: z.array(z.strictObject({ id: areaIdSchema, parent: areaIdSchema.nullable() })),
  platforms: z.array(z.strictObject({
    id: platformIdSchema,
    tier: tierSchema,
    /** Chartered areas: a stop lies in one of them or below. */
    areas: z.array(areaIdSchema),
    stoppers: z.array(z.strictObject({ person: personIdSchema, key: keyRecordSchema })),
  })),
});
export type StopFacts = z.infer<typeof stopFactsSchema>;
