/** Flags of the client commands, as the parser hands them over. */

/** Flags of commands that ask a server. */
export interface ClientOptions {
  readonly kubeconfig?: string;
  readonly dataDir?: string;
  readonly output?: string;
}

/** Which accounts' tokens. */
export interface TokenScopeOptions extends ClientOptions {
  readonly sa?: string;
  readonly namespace?: string;
  readonly allNamespaces?: true;
}

export interface TokenListOptions extends TokenScopeOptions {
  readonly audience?: string;
  readonly boundTo?: string;
  readonly pod?: string;
  readonly node?: string;
  readonly key?: string;
  readonly requestedBy?: string;
  readonly expiringWithin?: string;
  readonly unusedFor?: string;
  readonly stale?: true;
  readonly sortBy?: string;
}

export interface TokenTraceOptions extends ClientOptions {
  readonly namespace?: string;
  readonly auditLog?: string;
  readonly full?: true;
}

export interface TokenReviewOptions extends ClientOptions {
  readonly audience?: readonly string[];
}

export interface TokenRevokeOptions extends ClientOptions {
  readonly sa?: string;
  readonly issuedBefore?: string;
  readonly pod?: string;
  readonly node?: string;
  readonly reason?: string;
}

export interface TokenInspectOptions {
  readonly jwks?: string;
  readonly kubeconfig?: string;
  readonly server?: string;
  readonly ca?: string;
  readonly output?: string;
}

export interface JWKSPublishOptions extends Omit<ClientOptions, 'output'> {
  readonly to: string;
  readonly url?: string;
  readonly watch?: true;
  readonly interval?: string;
}

/** Of commands that open the data directory of a server that does not run. */
export interface KeyTransferOptions {
  readonly dataDir?: string;
  readonly passphraseFile?: string;
  readonly output?: string;
}

export interface KeyExportOptions extends KeyTransferOptions {
  readonly to: string;
}

export interface KeyRotateOptions extends ClientOptions {
  readonly algorithm?: string;
  readonly wait?: true;
  readonly panic?: true;
}
