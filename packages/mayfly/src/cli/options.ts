/** Flags of the client commands, as the parser hands them over. */

/** Flags of commands that ask a server. */
export interface ClientOptions {
  readonly kubeconfig?: string;
  readonly dataDir?: string;
  readonly output?: string;
}

export interface TokenListOptions extends ClientOptions {
  readonly sa?: string;
  readonly namespace?: string;
  readonly allNamespaces?: true;
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

export interface KeyRotateOptions extends ClientOptions {
  readonly algorithm?: string;
  readonly wait?: true;
  readonly panic?: true;
}
