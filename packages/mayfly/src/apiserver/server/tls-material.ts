/** PEM for `tls.createSecureContext`: leaf first, then its intermediates. */
export interface TLSMaterial {
  readonly cert: string;
  readonly key: string;
}
