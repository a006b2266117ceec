/**
 * Flags of kube-apiserver and of later Mayfly releases that this version knows but cannot honour.
 *
 * Ignoring one would leave an operator believing in a protection that is not there, so each is refused by name. A flag
 * leaves this list in the commit that makes it work.
 */
const UNAVAILABLE: readonly string[] = [
  'admission-control-config-file',
  'audit-policy-file',
  'audit-webhook-config-file',
  'authentication-config',
  'authentication-token-webhook-cache-ttl',
  'authentication-token-webhook-config-file',
  'authentication-token-webhook-version',
  'authorization-config',
  'authorization-policy-file',
  'authorization-webhook-config-file',
  'basic-auth-file',
  'broker-listen',
  'enable-bootstrap-token-auth',
  'encryption-provider-config',
  'etcd-cafile',
  'etcd-certfile',
  'etcd-keyfile',
  'etcd-prefix',
  'etcd-servers',
  'experimental-keystone-ca-file',
  'experimental-keystone-url',
  'keystone-ca-file',
  'keystone-url',
  'tls-sni-cert-key',
  'token-auth-file',
];

const UNAVAILABLE_PREFIXES = ['oidc-', 'requestheader-', 'audit-webhook-', 'authorization-webhook-'];

/** True for a flag (without dashes) that means something to an operator but has no feature behind it yet. */
export function isUnavailable(flag: string): boolean {
  return UNAVAILABLE.includes(flag) || UNAVAILABLE_PREFIXES.some((prefix) => flag.startsWith(prefix));
}
