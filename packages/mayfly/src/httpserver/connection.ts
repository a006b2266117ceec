/**
 * What is known of a peer, once for each TLS connection.
 *
 * Reading a certificate chain on every request halves the request rate, and Node.js hands the chain out only once: it is
 * read on first use and kept with the connection.
 */
import type { X509Certificate } from 'node:crypto';
import type { ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';

/** One TLS connection; HTTP/2 carries many requests over it at a time. */
export class Connection {
  readonly #socket: TLSSocket;
  readonly #chains: ChainMemory;
  readonly #session: ServerHttp2Session | undefined;
  #certificates: readonly Uint8Array[] | undefined;
  #certificatesRead = false;
  #closing = false;
  /** Peer's address without port; IPv4 in its own form. */
  readonly remoteAddress: string;
  /** Requests that are being answered now. */
  active = 0;

  constructor(socket: TLSSocket, session: ServerHttp2Session | undefined, chains: ChainMemory) {
    this.#socket = socket;
    this.#session = session;
    this.#chains = chains;
    this.remoteAddress = withoutMapping(socket.remoteAddress ?? '');
  }

  get isHTTP2(): boolean {
    return this.#session !== undefined;
  }

  /** DER, leaf first, exactly what the peer sent and nothing verified; undefined when it sent none. */
  get certificates(): readonly Uint8Array[] | undefined {
    if (!this.#certificatesRead) {
      this.#certificatesRead = true;
      this.#certificates = this.#chains.chainOf(this.#socket);
    }
    return this.#certificates;
  }

  /** Takes no further request: GOAWAY on HTTP/2, closed on HTTP/1.1 once idle. Running requests finish. */
  finish(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#session !== undefined) this.#session.close();
    else if (this.active === 0) this.#socket.end();
  }

  /** The listener calls this after each request. */
  requestDone(): void {
    this.active -= 1;
    if (this.#closing && this.active === 0 && this.#session === undefined) this.#socket.end();
  }

  destroy(): void {
    if (this.#session !== undefined) this.#session.destroy();
    else this.#socket.destroy();
  }
}

const MAX_REMEMBERED_CHAINS = 1024;

/**
 * Remembers intermediates for resumed TLS sessions: a session ticket holds only the leaf. A chain is a hint for building
 * a path and is verified anew on each use, so remembering one grants nothing.
 */
export class ChainMemory {
  readonly #chains = new Map<string, readonly Uint8Array[]>();

  chainOf(socket: TLSSocket): readonly Uint8Array[] | undefined {
    const leaf = socket.getPeerX509Certificate();
    if (leaf === undefined) return undefined;
    const chain = derChain(leaf);
    if (chain.length > 1) this.#remember(leaf.fingerprint256, chain);
    else if (socket.isSessionReused()) return this.#chains.get(leaf.fingerprint256) ?? chain;
    return chain;
  }

  #remember(fingerprint: string, chain: readonly Uint8Array[]): void {
    if (this.#chains.size >= MAX_REMEMBERED_CHAINS) {
      const oldest = this.#chains.keys().next();
      if (oldest.done !== true) this.#chains.delete(oldest.value);
    }
    this.#chains.set(fingerprint, chain);
  }
}

const MAX_CHAIN_LENGTH = 10; // a longer one is not a chain but an attack on whoever builds paths

function derChain(leaf: X509Certificate): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  for (let next: X509Certificate | undefined = leaf; next !== undefined; next = next.issuerCertificate) {
    if (chain.length === MAX_CHAIN_LENGTH) break;
    chain.push(next.raw);
  }
  return chain;
}

/** `::ffff:192.0.2.1` is how a dual-stack socket shows an IPv4 peer. */
function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
