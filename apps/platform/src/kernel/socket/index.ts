export { PlainSockets, type PlainDoor } from './plain-sockets';
export { principalOf, SocketAdapter, type SocketAdapterOptions, type SocketAuthenticator } from './socket-adapter';
