import { stringify } from 'yaml';
import { z } from 'zod';
import { DEVICE_PATH, DEVICE_SUBPROTOCOL, envelopeSchema, exportLineSchema, headRefSchema, leafBodySchema, onAirSchema, orderSchema, PAYLOADS, serverFrameSchema, terminalFrameSchema } from '#libs/contracts';

type Json = Readonly<Record<string, unknown>>;
type Frame = (typeof serverFrameSchema | typeof terminalFrameSchema)['options'][number];

/** The socket protocols as AsyncAPI 3.0, made from the same contracts that the programs parse with. */
export function asyncApiDocument(version: string): string {
  const down = serverFrameSchema.options.map((frame) => messageOf('to-terminal', frame));
  const up = terminalFrameSchema.options.map((frame) => messageOf('from-terminal', frame));
  const picture = { name: 'on-air', title: 'What sounds where; nothing that GET /api/on-air does not say', payload: schemaOf(onAirSchema, 'output') };
  return stringify({
    asyncapi: '3.0.0',
    info: {
      title: 'Clarion sockets', version, license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      description: 'The device link in words, with everything that a terminal must check before it makes a sound: docs/protocol.md. Signed payloads, which travel as base64 inside envelopes: components.schemas.',
    },
    servers: {
      gateway: { host: 'localhost:8444', protocol: 'wss', description: 'TLS under the district CA; no client certificate.' },
      platform: { host: 'localhost:8080', protocol: 'socketio', description: 'Socket.IO 4, WebSocket transport only; auth: { token } in the handshake.' },
    },
    channels: {
      device: {
        address: DEVICE_PATH, title: 'Device link', description: `One WebSocket per terminal, subprotocol ${DEVICE_SUBPROTOCOL}, one JSON object a text frame; a binary frame is one block of living voice, to the terminal only.`,
        servers: [{ $ref: '#/servers/gateway' }], messages: refs([...down, ...up], '#/components/messages'),
      },
      live: { address: '/live', title: 'Live feed', servers: [{ $ref: '#/servers/platform' }], messages: refs([picture], '#/components/messages') },
    },
    operations: {
      toTerminal: { action: 'send', channel: { $ref: '#/channels/device' }, messages: list(down, 'device') },
      fromTerminal: { action: 'receive', channel: { $ref: '#/channels/device' }, messages: list(up, 'device') },
      tellOnAir: { action: 'send', channel: { $ref: '#/channels/live' }, messages: list([picture], 'live') },
    },
    components: {
      messages: Object.fromEntries([...down, ...up, picture].map((message) => [message.name, message])),
      schemas: Object.fromEntries(Object.entries(PAYLOADS).map(([word, schema]) => [`signed-${word}`, schemaOf(schema, 'input')])),
    },
  }, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/**
 * Every signed payload by its word, the envelope, the order, and what an exported audit holds besides, as JSON Schema: for
 * programs that read no YAML (examples/terminal-python, examples/audit-verifier-python).
 */
export function payloadSchemas(): Json {
  return Object.fromEntries(Object.entries({
    ...PAYLOADS, envelope: envelopeSchema, order: orderSchema, 'export-line': exportLineSchema, 'leaf-body': leafBodySchema, 'head-ref': headRefSchema,
  }).map(([word, schema]) => [word, schemaOf(schema, 'input').schema]));
}

function messageOf(direction: string, frame: Frame): { readonly name: string; readonly title: string; readonly payload: Json } {
  const kind = frame.shape.kind.value;
  return { name: `${direction}-${kind}`, title: kind, payload: schemaOf(frame, 'input') };
}

function refs(messages: readonly { readonly name: string }[], below: string): Json {
  return Object.fromEntries(messages.map(({ name }) => [name, { $ref: `${below}/${name}` }]));
}

function list(messages: readonly { readonly name: string }[], channel: string): readonly Json[] {
  return messages.map(({ name }) => ({ $ref: `#/channels/${channel}/messages/${name}` }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): { readonly schemaFormat: string; readonly schema: Json } {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return { schemaFormat: 'application/schema+json;version=draft-2020-12', schema: rest };
}
