import { rmSync } from 'node:fs';
import { challengeSchema, problemSchema, sessionSchema, type Challenge, type EnvelopeShape, type KeyAnswer, type Session } from '#libs/contracts';
import { z } from 'zod';
import { CliError, EXIT } from './cli-error';
import type { Clock } from './clock';
import type { CliConfig } from './config';
import { readJson, requirePlain, writePrivate, writeStream } from './files';

/** Whoever stops must learn within this time that another way is needed; the listener itself answers in less. */
export const STOP_MS = 3_000;

/** What stands beside the password, where the platform wants it. */
export interface SecondFactor {
  readonly code?: string | undefined;
  readonly device?: KeyAnswer | undefined;
  /** Of a device that signed in before, or an officer's unlock code. */
  readonly known?: string | undefined;
}

/** Talks to the platform's HTTP API with the signed-in session; every answer is parsed by its contract. */
export class ApiClient {
  constructor(private readonly config: CliConfig, private readonly clock: Clock, private session: Session | undefined = undefined) {}

  /** The session; `known` is no part of it, and the caller's to keep. */
  async signIn(account: string, password: string, { code, device, known: given }: SecondFactor = {}): Promise<Session> {
    const body = { account, password, ...(code === undefined ? {} : { code }), ...(device === undefined ? {} : { device }), ...(given === undefined ? {} : { known: given }) };
    const { known, ...session } = await this.send('POST', `${this.config.apiUrl}/api/session`, sessionSchema, body);
    this.session = session;
    return known === undefined ? session : { ...session, known };
  }

  /** What an enrolled key signs to sign in. */
  challenge(): Promise<Challenge> {
    return this.send('POST', `${this.config.apiUrl}/api/session/challenge`, challengeSchema);
  }

  /** Sets a password with an officer's code: nobody is signed in yet. */
  async setUpPassword(account: string, setup: string, password: string): Promise<void> {
    await this.send('POST', `${this.config.apiUrl}/api/session/setup`, z.unknown(), { account, setup, password });
  }

  /** Another session in the place of this one, kept for the commands that come. */
  takeSession(session: Session): void {
    this.session = session;
    this.keepSession();
  }

  /** The session of this call, or the one kept by `sign-in`. */
  currentSession(): Session {
    this.session ??= this.keptSession();
    if (this.session === undefined) throw new CliError('NOT_SIGNED_IN', 'Sign in first: ./clarion sign-in --account ACCOUNT', EXIT.usage);
    return this.session;
  }

  isSignedIn(): boolean {
    return (this.session ?? this.keptSession()) !== undefined;
  }

  private keptSession(): Session | undefined {
    const kept = sessionSchema.safeParse(readKept(this.config.sessionFile));
    return kept.success && kept.data.expiresAt > this.clock.now() ? kept.data : undefined;
  }

  keepSession(): void {
    writePrivate(this.config.sessionFile, JSON.stringify(this.currentSession()));
  }

  /** Ends the session at the platform and removes its file, in this order; a session that the platform no longer knows is removed all the same. */
  async signOut(): Promise<void> {
    const { token } = this.currentSession();
    try {
      await this.send('DELETE', `${this.config.apiUrl}/api/session`, z.unknown(), undefined, token);
    } catch (error) {
      if (!(error instanceof CliError) || error.exit !== EXIT.refused) throw error;
    }
    rmSync(this.config.sessionFile, { force: true });
    this.session = undefined;
  }

  get<T>(path: string, schema: z.ZodType<T>, withinMs?: number): Promise<T> {
    return this.send('GET', `${this.config.apiUrl}${path}`, schema, undefined, this.currentSession().token, withinMs);
  }

  post<T>(path: string, schema: z.ZodType<T>, body: unknown): Promise<T> {
    return this.send('POST', `${this.config.apiUrl}${path}`, schema, body, this.currentSession().token);
  }

  async delete(path: string): Promise<void> {
    await this.send('DELETE', `${this.config.apiUrl}${path}`, z.unknown(), undefined, this.currentSession().token);
  }

  upload<T>(path: string, schema: z.ZodType<T>, bytes: Uint8Array, contentType: string): Promise<T> {
    return this.exchange(`${this.config.apiUrl}${path}`, schema, {
      method: 'POST', body: new Uint8Array(bytes),
      headers: { ...this.headers(this.currentSession().token), 'content-type': contentType },
    });
  }

  /** A long answer straight into a file, which is there whole or not at all. */
  async download(path: string, file: string): Promise<{ readonly bytes: number }> {
    requirePlain(file);
    const url = `${this.config.apiUrl}${path}`;
    const headers = this.headers(this.currentSession().token);
    let response: Response;
    try {
      response = await fetch(url, { headers });
    } catch (cause) {
      throw unreachable(url, cause);
    }
    if (!response.ok || response.body === null) throw refusal(url, response.status, await response.text());
    try {
      return { bytes: await writeStream(file, response.body) };
    } catch (cause) {
      if (cause instanceof CliError || cause instanceof Error && 'syscall' in cause && 'path' in cause) throw cause;
      throw new CliError('ANSWER_CUT', `${new URL(url).origin} broke off (${whyNot(cause)}); nothing was kept`, EXIT.unreachable);
    }
  }

  /** The STOP listener stands apart: it answers even when the API server and its database are gone. */
  postStop<T>(schema: z.ZodType<T>, body: unknown): Promise<T> {
    return this.send('POST', `${this.config.stopUrl}/stop`, schema, body, this.currentSession().token, STOP_MS);
  }

  /** A stop that a stopper signed: its signature is the authority, so nobody need be signed in and no token goes along. */
  postSignedStop<T>(schema: z.ZodType<T>, stop: EnvelopeShape): Promise<T> {
    return this.send('POST', `${this.config.stopUrl}/stop`, schema, { stop }, undefined, STOP_MS);
  }

  private send<T>(method: 'GET' | 'POST' | 'DELETE', url: string, schema: z.ZodType<T>, body?: unknown, token?: string, withinMs?: number): Promise<T> {
    return this.exchange(url, schema, {
      method,
      ...(withinMs === undefined ? {} : { signal: AbortSignal.timeout(withinMs) }),
      headers: { ...this.headers(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  private headers(token: string | undefined): Record<string, string> {
    return { 'idempotency-key': this.clock.uuid(), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  }

  private async exchange<T>(url: string, schema: z.ZodType<T>, request: RequestInit): Promise<T> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, request);
      text = await response.text();
    } catch (cause) {
      throw unreachable(url, cause);
    }
    if (!response.ok) throw refusal(url, response.status, text);
    return schema.parse(text === '' ? {} : readAnswer(url, text));
  }
}

function unreachable(url: string, cause: unknown): CliError {
  return new CliError('UNREACHABLE', `${new URL(url).origin} does not answer (${whyNot(cause)}): is it running (npm start)? CLARION_URL or CLARION_PORT_OFFSET say where it is looked for`, EXIT.unreachable);
}

function whyNot(cause: unknown): string {
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'not in time';
  return cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : 'no connection';
}

/** A session file that is damaged is as good as none. */
function readKept(file: string): unknown {
  try {
    return readJson(file);
  } catch {
    return undefined;
  }
}

function readAnswer(url: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError('ANSWER_UNREADABLE', `${new URL(url).origin} answered with something that is not JSON: is that the platform?`, EXIT.unreachable);
  }
}

function refusal(url: string, status: number, text: string): CliError {
  try {
    const problem = problemSchema.parse(JSON.parse(text));
    return new CliError(problem.code, problem.message, status >= 500 ? EXIT.unreachable : EXIT.refused, problem.fields ?? []);
  } catch {
    return new CliError(`HTTP_${status}`, `${new URL(url).origin} answered ${status} as the platform never does: is another program there? CLARION_URL or CLARION_PORT_OFFSET say where it is looked for`, EXIT.unreachable);
  }
}
