import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error';

/** The lines of the terminal agent that we understand; all others are its own log. */
const lineSchema = z.union([
  z.looseObject({ ready: z.literal(true), sound: z.string() }).transform(({ sound }) => ({ kind: 'ready' as const, sound })),
  z.looseObject({
    msg: z.literal('status'),
    status: z.looseObject({ terminal: z.string().nullable(), online: z.boolean(), assigned: z.boolean(), refusal: z.string().nullable() }),
  }).transform(({ status }) => ({ kind: 'status' as const, ...status })),
  z.looseObject({ msg: z.literal('sounding'), repetition: z.number() }).transform(({ repetition }) => ({ kind: 'sounding' as const, repetition })),
  z.looseObject({ msg: z.literal('sounded'), repetition: z.number(), how: z.enum(['played', 'cut', 'failed']) })
    .transform(({ repetition, how }) => ({ kind: 'sounded' as const, repetition, how })),
  z.looseObject({ msg: z.literal('written'), file: z.string() }).transform(({ file }) => ({ kind: 'written' as const, file })),
  z.looseObject({ msg: z.literal('refused'), code: z.string() }).transform(({ code }) => ({ kind: 'refused' as const, code })),
  z.looseObject({ msg: z.literal('sound device'), words: z.string() }).transform(({ words }) => ({ kind: 'fault' as const, words })),
]);
export type AgentLine = z.output<typeof lineSchema>;

export interface AgentProcess {
  /** What it said last on stderr, and how it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly reason: string }>;
  stop(): void;
}

/** The compiled agent beside the compiled command line. Refuses (AGENT_MISSING) when it is not built. */
export function agentScript(): string {
  const script = join(__dirname, '..', '..', '..', 'terminal-agent', 'src', 'main.js');
  if (!existsSync(script)) throw new CliError('AGENT_MISSING', `The terminal agent is not built: ${script}`, EXIT.unreachable);
  return script;
}

/** Runs the terminal agent as a child and hands on what it says. */
export function startAgent(script: string, environment: Readonly<Record<string, string>>, onLine: (line: AgentLine) => void): AgentProcess {
  const child = spawn(process.execPath, [script], { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let reason = '';
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = lineSchema.safeParse(jsonOf(text));
    if (line.success) onLine(line.data);
  });
  child.stderr.on('data', (chunk: Buffer) => { reason = (reason + chunk.toString('utf8')).slice(-2_000); });
  return {
    ended: new Promise((resolve) => {
      child.on('error', (cause) => { resolve({ code: null, reason: cause.message }); });
      child.on('close', (code) => { resolve({ code, reason: reasonOf(reason) }); });
    }),
    stop: () => { child.kill('SIGTERM'); },
  };
}

/** Runs `doctor` of the agent; its one line of JSON. */
export function askDoctor(script: string, environment: Readonly<Record<string, string>>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, 'doctor'], { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => { out += chunk.toString('utf8'); });
    child.stderr.on('data', (chunk: Buffer) => { err += chunk.toString('utf8'); });
    child.on('error', reject);
    child.on('close', () => {
      const answer = jsonOf(out);
      if (answer === undefined) reject(new CliError('DOCTOR', reasonOf(err), EXIT.unreachable));
      else resolve(answer);
    });
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const reasonSchema = z.looseObject({ reason: z.string() });

function reasonOf(text: string): string {
  const said = reasonSchema.safeParse(jsonOf(text.trim().split('\n').at(-1) ?? ''));
  return said.success ? said.data.reason : text.trim();
}
