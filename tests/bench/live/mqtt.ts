/** The few packets of MQTT 3.1.1 (OASIS, chapters 3.1, 3.3, 3.8) that a source and a listener at QoS 0 need. */

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

function packet(head: number, body: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = body.length; ; rest >>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([head, ...length]), body]);
}

/** A clean session without keep-alive. */
export function mqttConnect(client: string): Buffer {
  return packet(0x10, Buffer.concat([text('MQTT'), Buffer.from([4, 2, 0, 0]), text(client)]));
}

export function mqttSubscribe(topic: string): Buffer {
  return packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(topic), Buffer.from([0])]));
}

export function mqttPublish(topic: string, payload: Uint8Array): Buffer {
  return packet(0x30, Buffer.concat([text(topic), payload]));
}
