import { LIMITS, type ExchangeAnswer } from '#libs/contracts';

/** Room for the frame's own keys and brackets, characters. */
const FRAME_ROOM = 256;

type Part =
  | { readonly kind: 'document'; readonly document: ExchangeAnswer['documents'][number] }
  | { readonly kind: 'beacon'; readonly beacon: NonNullable<ExchangeAnswer['beacon']> }
  | { readonly kind: 'stop'; readonly stop: ExchangeAnswer['stops'][number] }
  | { readonly kind: 'isolate'; readonly isolate: ExchangeAnswer['isolates'][number] }
  | { readonly kind: 'restriction'; readonly restriction: NonNullable<ExchangeAnswer['restrictions']>[number] }
  | { readonly kind: 'order'; readonly order: ExchangeAnswer['orders'][number] };

/**
 * An answer as frames that a terminal can take, each at most `maxBytes`. Read one after the other they say the same in
 * the same order: documents first, because the beacon's key stands in them, then the beacon, stops, isolates, restrictions and orders.
 * Everything inside is ASCII (base64 and ids), so characters are bytes. A part that is too large alone is sent alone.
 */
export function splitAnswer(answer: ExchangeAnswer, maxBytes: number = LIMITS.deviceFrameBytes): readonly ExchangeAnswer[] {
  const parts: readonly Part[] = [
    ...answer.documents.map((document) => ({ kind: 'document', document }) as const),
    ...(answer.beacon === null ? [] : [{ kind: 'beacon', beacon: answer.beacon } as const]),
    ...answer.stops.map((stop) => ({ kind: 'stop', stop }) as const),
    ...answer.isolates.map((isolate) => ({ kind: 'isolate', isolate }) as const),
    ...(answer.restrictions ?? []).map((restriction) => ({ kind: 'restriction', restriction }) as const),
    ...answer.orders.map((order) => ({ kind: 'order', order }) as const),
  ];
  const frames: ExchangeAnswer[] = [];
  let frame: ExchangeAnswer = empty();
  let room = maxBytes - FRAME_ROOM;
  for (const part of parts) {
    const size = JSON.stringify(part).length;
    if (size > room && !isEmpty(frame)) {
      frames.push(frame);
      frame = empty();
      room = maxBytes - FRAME_ROOM;
    }
    frame = withPart(frame, part);
    room -= size;
  }
  return [...frames, frame];
}

function empty(): ExchangeAnswer {
  return { kind: 'exchange', beacon: null, documents: [], stops: [], isolates: [], orders: [] };
}

function isEmpty(frame: ExchangeAnswer): boolean {
  return frame.beacon === null && frame.documents.length + frame.stops.length + frame.isolates.length + (frame.restrictions ?? []).length + frame.orders.length === 0;
}

function withPart(frame: ExchangeAnswer, part: Part): ExchangeAnswer {
  switch (part.kind) {
    case 'document': return { ...frame, documents: [...frame.documents, part.document] };
    case 'beacon': return { ...frame, beacon: part.beacon };
    case 'stop': return { ...frame, stops: [...frame.stops, part.stop] };
    case 'isolate': return { ...frame, isolates: [...frame.isolates, part.isolate] };
    case 'restriction': return { ...frame, restrictions: [...frame.restrictions ?? [], part.restriction] };
    case 'order': return { ...frame, orders: [...frame.orders, part.order] };
  }
}
