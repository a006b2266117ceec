/** Service: served read-only and always empty, for clients that look before they act (spec kubernetes-wire §2). */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';

export interface ServicePort {
  name?: string;
  port: number;
  nodePort?: number;
  protocol?: string;
}

export interface Service extends KubernetesObject {
  spec?: {
    type?: string;
    clusterIP?: string;
    clusterIPs?: string[];
    externalIPs?: string[];
    externalName?: string;
    ports?: ServicePort[];
    selector?: Record<string, string>;
  };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}
