export { PlainSockets, type PlainDoor, type PlainGuest } from './plain-sockets';
export { principalOf, SocketAdapter, type SocketAdapterOptions, type SocketAuthenticator } from './socket-adapter';
