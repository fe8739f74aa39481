/** The WebAssembly build inside @evan/opus, which comes without typings. Control numbers are those of libopus. */
declare module '@evan/opus/wasm/index.js' {
  type CodecOptions = { readonly channels: 1 | 2; readonly sample_rate: number };
  export class Encoder {
    constructor(options: CodecOptions & { readonly application: 'voip' | 'audio' });
    ctl(request: number, value?: number): number;
    encode(frame: Int16Array): Uint8Array;
  }
  export class Decoder {
    constructor(options: CodecOptions);
    decode(packet: Uint8Array): Uint8Array;
  }
}
