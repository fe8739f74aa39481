import { problemSchema, type Problem } from '#libs/contracts';

/** A refusal of the platform, or NETWORK, BAD_ANSWER when there was none that can be read. */
export class ApiProblem extends Error {
  constructor(readonly code: string, readonly sentence: string, readonly status: number, readonly fields: NonNullable<Problem['fields']> = []) {
    super(sentence);
    this.name = 'ApiProblem';
  }
}

export async function problemOf(response: Response): Promise<ApiProblem> {
  const parsed = problemSchema.safeParse(await response.json().catch(() => null));
  if (!parsed.success) return new ApiProblem('BAD_ANSWER', `HTTP ${response.status}`, response.status);
  return new ApiProblem(parsed.data.code, parsed.data.message, response.status, parsed.data.fields);
}
