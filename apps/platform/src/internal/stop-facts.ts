import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { areaIdSchema, keyRecordSchema, personIdSchema, platformIdSchema, tierSchema } from '#libs/contracts';

/** Below CLARION_DATA: what the STOP process knows of areas and stoppers while everything else is down. */
export const STOP_FACTS_FILE = 'run/areas.json';
const MAX_BYTES = 8 * 1024 * 1024;

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

/** Replaces the file as a whole. */
export async function writeStopFacts(dataDir: string, facts: StopFacts): Promise<void> {
  const target = path.join(dataDir, STOP_FACTS_FILE);
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
  const file = await open(`${target}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(facts));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${target}.new`, target);
}

/** Undefined when there is none yet, or it is not of this form. */
export async function readStopFacts(dataDir: string): Promise<StopFacts | undefined> {
  try {
    const text = await readFile(path.join(dataDir, STOP_FACTS_FILE), 'utf8');
    const parsed = text.length > MAX_BYTES ? undefined : stopFactsSchema.safeParse(JSON.parse(text));
    return parsed?.success === true ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
