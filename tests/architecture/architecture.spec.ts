import { brokenFeatures } from './features';
import { outOfHome } from './homes';
import { brokenLayers } from './layers';
import { routesWithoutPolicy } from './routes';
import { badShape } from './shape';
import { filesBelow, readSources, told, type Source, type Violation } from './sources';

/** The whole repository; tests and tools are held to shape only. */
const product = readSources(['apps', 'libs']);
const everything = [...product, ...readSources(['tests'])];

type Rule = (sources: readonly Source[]) => readonly Violation[];

/** What a rule says of one planted file (others may stand beside it). */
function planted(rule: Rule, path: string, text: string, others: readonly Source[] = []): readonly string[] {
  return rule([{ path, text }, ...others]).map(({ says }) => says);
}

describe('the repository', () => {
  it('has sources to look at', () => {
    expect(product.length).toBeGreaterThan(50);
    expect(everything.some(({ path }) => path === 'tests/architecture/architecture.spec.ts')).toBe(true);
  });

  it.each<[string, Rule, readonly Source[]]>([
    ['keeps the layers of libs and the walls between apps', brokenLayers, product],
    ['keeps the features in flow order behind their doors', brokenFeatures, product],
    ['keeps every dangerous thing at its one home', outOfHome, product],
    ['states who may call each route', routesWithoutPolicy, product],
    ['keeps its shape', badShape, everything],
  ])('%s', (_, rule, sources) => {
    expect(told(rule(sources))).toBe('');
  });

  it('has no key, certificate request or dump committed by accident', () => {
    const suspicious = ['apps', 'libs', 'tests', 'tools', 'deploy', 'docs', 'policy'].flatMap(filesBelow).filter((file) => /\.(pem|key|p12|pfx|jks|sqlite|dump)$/.test(file));
    expect(suspicious).toEqual([]);
  });
});

describe('a broken layer is seen:', () => {
  it.each([
    ['a lower lib importing a higher one', 'libs/suites/x.ts', "import { admit } from '#libs/trust';", 'libs/suites (layer 1) may not import #libs/trust (layer 2)'],
    ['a lib importing one of its own layer', 'libs/audio/x.ts', "import { tar } from '#libs/ebd';", 'libs/audio (layer 2) may not import #libs/ebd (layer 2)'],
    ['contracts importing domain', 'libs/contracts/x.ts', "import { arbiter } from '#libs/domain';", 'libs/contracts (layer 0) may not import #libs/domain (layer 0)'],
    ['a type from above', 'libs/envelope/x.ts', "import type { Signer } from '#libs/suites';", 'libs/envelope (layer 0) may not import #libs/suites (layer 1)'],
    ['a lib past its own folder', 'libs/trust/x.ts', "export { sign } from '../suites/sign';", 'reaches out of its lib (../suites/sign): another lib is imported as #libs/<name>'],
    ['a side door of a lib', 'apps/cli/src/x.ts', "import { sign } from '#libs/suites/sign';", '#libs/suites/sign is not the door of a known lib'],
    ['a lib by its path', 'apps/cli/src/x.ts', "const { sign } = require('../../../libs/suites');", 'a lib is imported through its door, as #libs/<name>, not as ../../../libs/suites'],
    ['Nest in a lib', 'libs/trust/x.ts', "import { Injectable } from '@nestjs/common';", 'libs know nothing of @nestjs/common'],
    ['TypeORM in a lib', 'libs/trust/x.ts', "const orm = await import('typeorm');", 'libs know nothing of typeorm'],
    ['a node module in layer 0', 'libs/domain/x.ts', "import { createHash } from 'node:crypto';", 'layer 0 runs in a browser and cannot import node:crypto'],
    ['a Buffer in layer 0', 'libs/envelope/x.ts', "export const a = Buffer.from('x');", 'layer 0 runs in a browser, where there is no Buffer'],
    ['a lib without a layer', 'libs/misfit/x.ts', '', 'libs/misfit has no layer: name it in tests/architecture/layers.ts'],
    ['the gateway looking into the platform', 'apps/gateway/src/x.ts', "import { Outbox } from '../../platform/src/kernel/outbox';", 'apps/gateway may not look into apps/platform/src/kernel/outbox: they meet on the wire, in libs/contracts'],
    ['the pages loading a suite', 'apps/console/src/sign/x.tsx', "import { verify } from '#libs/suites';", 'the pages load layer 0 and react alone, not #libs/suites'],
    ['the pages loading a node module', 'apps/console/src/sign/x.ts', "import fs from 'node:fs';", 'the pages load layer 0 and react alone, not node:fs'],
    ['the pages loading another package', 'apps/console/src/sign/x.tsx', "import { Button } from 'antd';", 'the pages load layer 0 and react alone, not antd'],
    ['the pages making markup of text', 'apps/console/src/sign/x.tsx', 'export const A = () => <p dangerouslySetInnerHTML={{ __html: text }} />;', 'dangerouslySetInnerHTML makes markup of text: the pages show text as text'],
    ['the supervisor looking into a feature', 'apps/supervisor/src/x.ts', "import { Areas } from '../../platform/src/features/areas';", 'apps/supervisor may not look into apps/platform/src/features/areas: they meet on the wire, in libs/contracts'],
  ])('%s', (_, path, text, says) => {
    expect(planted(brokenLayers, path, text)).toContain(says);
  });

  it('and what is allowed is left alone', () => {
    expect(planted(brokenLayers, 'libs/trust/x.ts', "import { verify } from '#libs/suites'; import { pae } from '#libs/envelope'; import { y } from './y'; import { z } from 'zod';")).toEqual([]);
    expect(planted(brokenLayers, 'apps/supervisor/src/x.ts', "import { migrate } from '../../platform/src/kernel/database/migrate';")).toEqual([]);
    expect(planted(brokenLayers, 'libs/envelope/x.ts', 'export const a = { Buffer: 1 }.Buffer;').filter((says) => !says.includes('Buffer'))).toEqual([]);
  });
});

describe('a broken feature order is seen:', () => {
  const at = (feature: string): string => `apps/platform/src/features/${feature}/x.ts`;
  it.each([
    ['an import forward', at('messages'), "import { Dispatches } from '../dispatch';", 'messages comes before dispatch in the flow: write to the outbox and let dispatch listen'],
    ['a type forward', at('areas'), "import type { Principal } from '../access/index';", 'areas comes before access in the flow: write to the outbox and let access listen'],
    ['an import past the door', at('dispatch'), "import { x } from '../messages/messages.store';", 'messages is imported through its index.ts, not as ../messages/messages.store'],
    ['a late import past the door', at('dispatch'), "const x = await import('../messages/messages.store');", 'messages is imported through its index.ts, not as ../messages/messages.store'],
    ['a feature in the kernel', 'apps/platform/src/kernel/http/x.ts', "import { Areas } from '../../features/areas';", 'the kernel knows no feature (../../features/areas)'],
    ['a side door from the STOP process', 'apps/platform/src/stop/x.ts', "import { x } from '../features/access/token';", 'access is imported through its index.ts, not as ../features/access/token'],
    ['a feature nobody placed', at('gossip'), '', '"gossip" is no feature of the flow: name it in tests/architecture/features.ts or move it'],
  ])('%s', (_, path, text, says) => {
    expect(planted(brokenFeatures, path, text)).toEqual([says]);
  });

  it('and what is allowed is left alone', () => {
    expect(planted(brokenFeatures, at('dispatch'), "import { Messages } from '../messages'; import { a } from './a'; import { Tx } from '../../kernel/database';")).toEqual([]);
    expect(planted(brokenFeatures, 'apps/platform/src/migrations.ts', "import { media } from './features/media/migrations/0001-media';")).toEqual([]);
  });
});

describe('a thing away from home is seen:', () => {
  const verb = 'apps/platform/src/features/messages/submit-message.ts';
  it.each([
    ['TypeORM in a verb', verb, "import { In } from 'typeorm';", 'typeorm has another home'],
    ['a type of TypeORM in a verb', verb, "import type { EntityManager } from 'typeorm';", 'typeorm has another home'],
    ['pg in a verb', verb, "import { Client } from 'pg';", 'pg has another home'],
    ['node-forge in the gateway', 'apps/gateway/src/tls/x.ts', "import forge from 'node-forge';", 'node-forge has another home'],
    ['ffmpeg in a feature', 'apps/platform/src/features/media/x.ts', "import ffmpeg from 'fluent-ffmpeg';", 'fluent-ffmpeg has another home'],
    ['a Socket.IO server in a feature', verb, "import { Server } from 'socket.io';", 'socket.io has another home'],
    ['ws in the command line', 'apps/cli/src/x.ts', "import WebSocket from 'ws';", 'ws has another home'],
    ['ws loaded late', 'apps/cli/src/x.ts', "const ws = require('ws');", 'ws has another home'],
    ['process.env in a verb', verb, 'const a = process.env.HOME;', 'process.env is read in config.ts alone'],
    ['process.env taken apart', verb, 'const { env } = process;', 'process.env is read in config.ts alone'],
    ['process.env in a lib', 'libs/audio/x.ts', "const a = process.env['FFMPEG_BIN'];", 'process.env is read in config.ts alone'],
    ['Date.now in a verb', verb, 'const at = Date.now();', 'Date.now stands in clock.ts alone'],
    ['Date.now handed on', verb, 'const clock = Date.now;', 'Date.now stands in clock.ts alone'],
    ['new Date() in a lib', 'libs/trust/x.ts', 'const at = new Date();', 'new Date() reads the time'],
    ['performance.now in a verb', verb, 'const at = performance.now();', 'performance.now stands in clock.ts alone'],
    ['Math.random', 'libs/domain/x.ts', 'const n = Math.random();', 'Math.random stands in clock.ts alone'],
    ['a random UUID', verb, "import { randomUUID } from 'node:crypto';", 'randomUUID stands in clock.ts alone'],
    ['random bytes', verb, "import crypto from 'node:crypto'; crypto.randomBytes(4);", 'randomBytes stands in clock.ts alone'],
    ['the browser\'s chance', 'libs/envelope/x.ts', 'crypto.getRandomValues(new Uint8Array(4));', 'getRandomValues stands in clock.ts alone'],
    ['a file written beside the command line\'s one writer', 'apps/cli/src/commands/fleet.ts', "import { existsSync, writeFileSync } from 'node:fs';", 'follow no link'],
    ['a picture written beside it', 'apps/cli/src/commands/qr.ts', "import { toFile } from 'qrcode';", 'follow no link'],
    ['a scope made by a feature for itself', verb, "const all = Scope.mint(null, 'me');", 'only features/access/scope.ts makes scopes'],
  ])('%s', (_, path, text, says) => {
    const [first, ...more] = planted(outOfHome, path, text);
    expect(first).toContain(says);
    expect(more).toEqual([]);
  });

  it('and what is at home is left alone', () => {
    expect(planted(outOfHome, 'apps/platform/src/features/messages/messages.store.pg.ts', "import { In } from 'typeorm';")).toEqual([]);
    expect(planted(outOfHome, 'apps/gateway/src/config.ts', 'const a = process.env;')).toEqual([]);
    expect(planted(outOfHome, 'apps/cli/src/clock.ts', "import { randomBytes } from 'node:crypto'; const at = Date.now();")).toEqual([]);
    expect(planted(outOfHome, verb, 'const at = new Date(clock.now()); import type { Socket } from "socket.io";')).toEqual([]);
  });
});

describe('a route without a policy is seen:', () => {
  it('on a method, and on a socket event', () => {
    const text = "@Controller('x') class X { @Get() read() {} @Get('a') @Public('because') open() {} @SubscribeMessage('e') event() {} plain() {} }";
    expect(planted(routesWithoutPolicy, 'apps/platform/src/features/areas/areas.controller.ts', text)).toEqual([
      'read says neither @Permission(...) nor @Public(reason)', 'event says neither @Permission(...) nor @Public(reason)',
    ]);
  });

  it('unless its class states one', () => {
    const text = "@Controller('x') @Permission('areas.read') class X { @Get() read() {} }";
    expect(planted(routesWithoutPolicy, 'apps/platform/src/features/areas/areas.controller.ts', text)).toEqual([]);
  });
});

describe('a bad shape is seen:', () => {
  it.each([
    ['401 lines', 'libs/trust/x.ts', '\n'.repeat(401), '401 lines: one file, one idea; split it'],
    ['a folder for leftovers', 'apps/cli/src/utils/x.ts', '', '"utils" is a home for leftovers: name it after what it does'],
    ['a file for leftovers', 'libs/trust/helpers.ts', '', '"helpers" is a home for leftovers: name it after what it does'],
    ['forwardRef', 'apps/platform/src/features/areas/x.ts', "import { forwardRef } from '@nestjs/common';", 'forwardRef hides a knot: untie it with an event'],
    ['a test that would never run', 'libs/trust/admit.spec.ts', '', 'would never run: specs are tests/**/*.spec.ts'],
    ['a process that one forgotten promise ends', 'apps/gateway/src/main.ts', 'JSON.stringify({ ready: true, service: "x" })', 'runs for long and would end at the first promise that nobody waits for: log it and live (unhandledRejection)'],
    ['another such', 'tests/unit/libs/trust/admit.test.ts', '', 'would never run: specs are tests/**/*.spec.ts'],
  ])('%s', (_, path, text, says) => {
    expect(planted(badShape, path, text)).toEqual([says]);
  });

  it('a ring of files', () => {
    const others = [{ path: 'libs/trust/b.ts', text: "export * from './c';" }, { path: 'libs/trust/c.ts', text: "import { a } from './a';" }];
    expect(planted(badShape, 'libs/trust/a.ts', "import { b } from './b';", others)).toEqual([
      'loads itself in a ring: libs/trust/a.ts -> libs/trust/b.ts -> libs/trust/c.ts -> libs/trust/a.ts',
    ]);
    expect(planted(badShape, 'libs/trust/a.ts', "import type { b } from './b';", others)).toEqual([]);
  });

  it('and 400 lines are not too many', () => {
    expect(planted(badShape, 'libs/trust/x.ts', '\n'.repeat(400))).toEqual([]);
  });
});
