import { z } from 'zod';
import { problemSchema } from '#libs/contracts';
import type { RouteContract } from './contract';
import type { RouteEntry } from './routes';

type Json = Readonly<Record<string, unknown>>;

/** JSON Schema of a contract, as it is on the wire in the given direction. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return rest;
}

/** The OpenAPI 3.1 document of these routes. A route without a contract is listed with its path alone. */
export function openApiDocument(routes: readonly RouteEntry[], version: string, prefix = '/api'): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = `${prefix}${route.path}`.replace(/:([A-Za-z0-9_]+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Clarion',
      version,
      description: 'Every refusal is {code, message, fields?}: a stable code, a sentence, and every invalid field at once.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: { session: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: schemaOf(problemSchema, 'output') },
    },
  };
}

function operation({ name, path, tag, policy, contract }: RouteEntry): Json {
  const isPublic = policy?.kind === 'public';
  const note = policy === null ? '' : policy.kind === 'public' ? `Public: ${policy.reason}` : `Permission: ${policy.name}`;
  return {
    operationId: name.replace('.', '_'),
    tags: [tag],
    summary: contract?.summary ?? name,
    description: [note, ...Object.entries(contract?.refusals ?? {}).map(([code, sentence]) => `\`${code}\`: ${sentence}`)].filter((line) => line !== '').join('\n\n'),
    ...(isPublic ? { security: [] } : { security: [{ session: [] }] }),
    parameters: parameters(path, contract),
    ...requestBody(contract),
    responses: responses(contract),
  };
}

function parameters(path: string, contract: RouteContract | null): readonly Json[] {
  const inPath = [...path.matchAll(/:([A-Za-z0-9_]+)/g)].map(([, name = '']) => name);
  const known = contract?.params?.shape ?? {};
  const query = contract?.query === undefined ? {} : z.record(z.string(), z.unknown()).parse(schemaOf(contract.query, 'input')['properties'] ?? {});
  const required = z.array(z.string()).catch([]).parse(contract?.query === undefined ? [] : schemaOf(contract.query, 'input')['required']);
  return [
    ...inPath.map((name) => {
      const schema = known[name];
      return { name, in: 'path', required: true, schema: schema instanceof z.ZodType ? schemaOf(schema, 'input') : { type: 'string' } };
    }),
    ...Object.entries(query).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema })),
    ...(contract?.idempotent === true ? [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', format: 'uuid' } }] : []),
  ];
}

function requestBody(contract: RouteContract | null): Json {
  if (contract?.rawBody !== undefined) {
    return { requestBody: { required: true, content: { [contract.rawBody]: { schema: { type: 'string', format: 'binary' } } } } };
  }
  if (contract?.body === undefined) return {};
  return { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(contract.body, 'input') } } } };
}

function responses(contract: RouteContract | null): Json {
  const type = contract?.rawAnswer ?? 'application/json';
  const schema = contract?.rawAnswer === undefined ? contract?.answer : undefined;
  const content = contract?.rawAnswer !== undefined ? { [type]: { schema: { type: 'string', format: 'binary' } } } : schema === undefined ? undefined : { [type]: { schema: schemaOf(schema, 'output') } };
  const problem = { description: 'Refused', content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } } };
  return { [String(contract?.status ?? '2XX')]: { description: 'Done', ...(content === undefined ? {} : { content }) }, '4XX': problem, '5XX': problem };
}
