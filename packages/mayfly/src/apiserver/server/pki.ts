import type { Certificate } from '../../x509/certificate.ts';

/** PEM for `tls.createSecureContext`: leaf first. */
export interface TLSMaterial {
  readonly cert: string;
  readonly key: string;
}

export interface PKI {
  /** PEM of the built-in CA: it signs the serving certificate and the admin's client certificate. */
  readonly caPEM: string;
  /** The same, parsed: always an anchor of client certificates. */
  readonly ca: Certificate;
  /** What the listener serves now. */
  servingMaterial(): TLSMaterial;
  /** Called with new material whenever it was renewed; returns how to stop. */
  onRenewed(listener: (material: TLSMaterial) => void): () => void;
  /** Client certificate of `mayfly-admin` in `system:masters`. */
  adminMaterial(): TLSMaterial;
  /** Text of an admin kubeconfig for `serverURL`. */
  kubeconfig(serverURL: string): string;
  /** Stops the renewal timer. */
  close(): void;
}
