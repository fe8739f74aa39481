import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { STOP_FACTS_FILE, stopFactsSchema, type StopFacts } from '#libs/contracts';

const MAX_BYTES = 8 * 1024 * 1024;

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
