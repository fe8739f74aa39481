import { z } from 'zod';

const whereSchema = z.object({ api: z.string().regex(/^https?:\/\/[^/\s]+$/) });
const buildSchema = z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) });

/** Where the platform answers, and what these pages say of themselves. Neither is part of what is trusted. */
export interface Where {
  /** Origin of the API. */
  readonly api: string;
  /** The hash in the `build.json` beside these pages; null when there is none. */
  readonly build: string | null;
}

/** Reads `where.json` and `build.json` beside the page. Throws when the first is missing or names no origin. */
export async function findWhere(): Promise<Where> {
  const [where, build] = await Promise.all([readJson('where.json'), readJson('build.json').catch(() => null)]);
  return { api: whereSchema.parse(where).api, build: buildSchema.safeParse(build).data?.hash ?? null };
}

async function readJson(file: string): Promise<unknown> {
  const response = await fetch(new URL(file, document.baseURI), { cache: 'no-store', credentials: 'omit' });
  if (!response.ok) throw new Error(`${file}: ${response.status}`);
  return response.json();
}
