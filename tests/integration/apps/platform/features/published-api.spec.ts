import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { asyncApiDocument, payloadSchemas } from '../../../../support/asyncapi';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';

const root = path.resolve(__dirname, '../../../../..');
const server = usePlatform(useDatabase(), { features: FEATURES });
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { readonly version: string };

/** The committed file. With CLARION_WRITE_API=1 it is written anew first: then its diff is what others must be told. */
function published(file: string, now: string): string {
  const at = path.join(root, 'docs/api', file);
  if (process.env['CLARION_WRITE_API'] === '1') writeFileSync(at, now);
  return readFileSync(at, 'utf8');
}

describe('what is published for others to build on', () => {
  it('is the HTTP API that this version serves (docs/api/openapi.json)', async () => {
    const { body } = await server.call('GET', '/api/openapi.json');
    expect(JSON.parse(published('openapi.json', `${JSON.stringify(body, null, 1)}\n`))).toEqual(body);
  });

  it('is the socket protocol that this version speaks (docs/api/asyncapi.yaml)', () => {
    const now = asyncApiDocument(version);
    expect(published('asyncapi.yaml', now)).toEqual(now);
  });

  it('is every signed payload as JSON Schema (docs/api/payloads.json)', () => {
    const now = `${JSON.stringify(payloadSchemas(), null, 1)}\n`;
    expect(published('payloads.json', now)).toEqual(now);
  });

  it('refers to nothing that it does not hold', () => {
    const document: unknown = parse(asyncApiDocument(version));
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, at = '']) => at);
    expect(refs.length).toBeGreaterThan(20);
    for (const at of refs) expect([at, typeof at.split('/').reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], document)]).toEqual([at, 'object']);
  });
});
