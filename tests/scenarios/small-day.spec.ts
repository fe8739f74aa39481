import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

const ROOT = path.resolve(__dirname, '../..');
const checkedSchema = z.looseObject({ checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })) });
const resultSchema = z.looseObject({
  terminals: z.number(), audible: z.number(), forgedTried: z.number(), forgedSounded: z.number(), lost: z.number(), doubled: z.number(),
  staleSounded: z.number(), outsideSounded: z.number(),
});

/** How fast things went is told by the figures of the whole day; here only what happened counts. */
const TIMED = /within|p50|p99|MiB/;

describe('the scripted day with one township and twelve terminals', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'clarion-small-day-'));
  afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

  it('speaks, stops, withstands every attack and loses nothing in a crash', () => {
    const file = path.join(folder, 'day.json');
    const run = spawnSync(process.execPath, [path.join(ROOT, 'tools/demo.mjs'), '--once', '--small', '--port-offset', '14000', '--json', file], {
      cwd: ROOT, encoding: 'utf8', timeout: 800_000,
    });
    expect(run.error).toBeUndefined();
    const written: unknown = JSON.parse(readFileSync(file, 'utf8'));
    // A day that broke off says why among its checks and has no figures.
    const { checks } = checkedSchema.parse(written);
    expect(checks.filter((check) => !check.ok && !TIMED.test(check.name))).toEqual([]);
    const day = resultSchema.parse(written);
    expect(day).toMatchObject({ terminals: 12, forgedSounded: 0, lost: 0, doubled: 0, staleSounded: 0, outsideSounded: 0 });
    expect(day.audible).toBeGreaterThan(0);
    expect(day.forgedTried).toBeGreaterThan(100);
  }, 820_000);
});
