/** The device gateway as it serves living voices (`LiveGateway`). */
export const LIVE_GATEWAY = Symbol('LIVE_GATEWAY');
