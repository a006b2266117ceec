/**
 * A TLS listener for HTTP/2 and HTTP/1.1 on one port. It knows no API.
 *
 * It asks for a client certificate and never judges one: who the peer is, an authenticator says. Every wait and every
 * size has a bound, so one slow or hostile client costs little. Nothing is answered here but what HTTP itself demands.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../clock/clock.ts';
import { ChainMemory, Connection } from './connection.ts';

export type HTTPRequest = IncomingMessage | Http2ServerRequest;
export type HTTPResponse = ServerResponse | Http2ServerResponse;

/**
 * Called once for each request; it answers, also when something fails.
 *
 * @returns what to do when the answer has left in full or the peer is gone
 */
export type RequestListener = (
  request: HTTPRequest,
  response: HTTPResponse,
  connection: Connection,
) => (() => void) | undefined;

/** PEM. `clientCAs` are only advertised to clients: no certificate is verified in the handshake. */
export interface TLSMaterial {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  readonly clientCAs?: readonly (string | Buffer)[];
}

export interface ListenerLimits {
  readonly maxHeaderBytes: number;
  readonly handshakeTimeoutMs: number;
  /** From connection or last answer to the end of the request's headers. */
  readonly headersTimeoutMs: number;
  /** From the first byte of an HTTP/1.1 request to the end of its body. */
  readonly requestTimeoutMs: number;
  /** A connection with no request on it is closed after this long. */
  readonly idleTimeoutMs: number;
  readonly maxConcurrentStreams: number;
  readonly maxConnections: number;
  /** How often the two timeouts above are looked at. */
  readonly checkIntervalMs: number;
}

export const DEFAULT_LIMITS: ListenerLimits = {
  maxHeaderBytes: 64 * 1024,
  handshakeTimeoutMs: 10_000,
  headersTimeoutMs: 32_000,
  requestTimeoutMs: 90_000,
  idleTimeoutMs: 90_000,
  maxConcurrentStreams: 1000, // an informer holds one stream for each kind it watches
  maxConnections: 20_000,
  checkIntervalMs: 5000,
};

export interface ListenOptions {
  /** Address to bind. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly tls: TLSMaterial;
  /** Served instead to clients that ask for one of these names (SNI). */
  readonly tlsByServerName?: Readonly<Record<string, TLSMaterial>>;
  readonly handler: RequestListener;
  readonly limits?: Partial<ListenerLimits>;
  /** Offers no HTTP/2: half its memory and up to twice its rate where only reviews are served. */
  readonly http1Only?: boolean;
  readonly clock: Clock;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** New connections get the new certificate; open ones keep theirs. */
  reload(tls: TLSMaterial): void;
  /** Accepts nothing new and tells clients to go; resolves when all connections are gone, by force after `graceMs`. */
  drain(graceMs: number): Promise<void>;
}

/** Resolves once the port is bound. Rejects with the system's error when it cannot be. */
export function listen(options: ListenOptions): Promise<Listener> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const connections = new Connections(options.handler, limits);
  const server = options.http1Only === true ? http1Server(options.tls, limits) : http2Server(options.tls, limits);
  for (const [name, tls] of Object.entries(options.tlsByServerName ?? {})) server.addContext(name, secureContext(tls));
  connections.attach(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.removeListener('error', reject);
      const { address, port } = server.address() as AddressInfo;
      resolve({
        host: address,
        port,
        reload: (tls) => server.setSecureContext(secureContext(tls)),
        drain: (graceMs) => connections.drain(server, options.clock, graceMs),
      });
    });
  });
}

function secureContext(tls: TLSMaterial) {
  return {
    key: tls.key,
    cert: tls.cert,
    minVersion: 'TLSv1.2' as const,
    ...(tls.clientCAs === undefined || tls.clientCAs.length === 0 ? {} : { ca: [...tls.clientCAs] }),
  };
}

function serverOptions(tls: TLSMaterial, limits: ListenerLimits) {
  return {
    ...secureContext(tls),
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: limits.handshakeTimeoutMs,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    insecureHTTPParser: false,
    noDelay: true,
  };
}

function http1Server(tls: TLSMaterial, limits: ListenerLimits): Server {
  return createServer(serverOptions(tls, limits));
}

/**
 * Node.js 22 takes the HTTP/1.1 options of an HTTP/2 server from its properties only, and would otherwise let requests
 * without Host pass (RFC 9112 §3.2) and use its own limits.
 */
function http2Server(tls: TLSMaterial, limits: ListenerLimits): Http2SecureServer {
  const { maxHeaderSize, headersTimeout, requestTimeout, keepAliveTimeout } = serverOptions(tls, limits);
  // Headers are bounded by their bytes. Past a count Node.js drops them silently, an impersonation among them.
  const counted = { maxHeadersCount: 0, requireHostHeader: true };
  const http1 = { maxHeaderSize, headersTimeout, requestTimeout, keepAliveTimeout, ...counted };
  const server = createSecureServer({
    ...serverOptions(tls, limits),
    allowHTTP1: true,
    maxSessionMemory: 64, // MiB; a thousand watches fit
    settings: {
      maxConcurrentStreams: limits.maxConcurrentStreams,
      maxHeaderListSize: limits.maxHeaderBytes,
      enablePush: false,
    },
  });
  return Object.assign(server, http1);
}

/** Every open connection of a listener, so that draining can find them. */
class Connections {
  readonly #handler: RequestListener;
  readonly #limits: ListenerLimits;
  readonly #chains = new ChainMemory();
  readonly #bySource = new WeakMap<object, Connection>(); // HTTP/1.1: the socket; HTTP/2: the session
  readonly #open = new Set<Connection>();
  readonly #sockets = new Set<Socket>();
  #draining = false;

  constructor(handler: RequestListener, limits: ListenerLimits) {
    this.#handler = handler;
    this.#limits = limits;
  }

  attach(server: Server | Http2SecureServer): void {
    server.maxConnections = this.#limits.maxConnections;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('session', (session: ServerHttp2Session) => this.#watchSession(session));
    server.on('request', (request: HTTPRequest, response: HTTPResponse) => this.#dispatch(request, response));
    server.on('tlsClientError', (_error: Error, socket: TLSSocket) => void socket.destroy());
  }

  #dispatch(request: HTTPRequest, response: HTTPResponse): void {
    const connection = this.#connectionOf(request);
    connection.active += 1;
    const onClosed = this.#handler(request, response, connection);
    response.on('close', () => {
      connection.requestDone();
      onClosed?.();
    });
  }

  #connectionOf(request: HTTPRequest): Connection {
    const session = 'stream' in request ? (request.stream.session as ServerHttp2Session | undefined) : undefined;
    const source = session ?? request.socket;
    return this.#bySource.get(source) ?? this.#admit(source, request.socket as TLSSocket, session);
  }

  #admit(source: object, socket: TLSSocket, session: ServerHttp2Session | undefined): Connection {
    const connection = new Connection(socket, session, this.#chains);
    this.#bySource.set(source, connection);
    this.#open.add(connection);
    const gone = (): void => void this.#open.delete(connection);
    if (session === undefined) socket.once('close', gone);
    else session.once('close', gone);
    if (this.#draining) connection.finish();
    return connection;
  }

  /** Closes an HTTP/2 connection that has been silent while no request was open: a quiet watch keeps its own alive. */
  #watchSession(session: ServerHttp2Session): void {
    session.setTimeout(this.#limits.idleTimeoutMs, () => {
      const active = this.#bySource.get(session)?.active ?? 0;
      if (active === 0) session.close();
    });
  }

  drain(server: Server | Http2SecureServer, clock: Clock, graceMs: number): Promise<void> {
    this.#draining = true;
    return new Promise((resolve) => {
      const force = clock.setTimer(graceMs, () => this.#destroyAll());
      server.close(() => {
        force.cancel();
        resolve();
      });
      for (const connection of this.#open) connection.finish();
    });
  }

  #destroyAll(): void {
    for (const connection of this.#open) connection.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}
