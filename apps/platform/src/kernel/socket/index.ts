export { principalOf, SocketAdapter, type SocketAdapterOptions, type SocketAuthenticator } from './socket-adapter';
