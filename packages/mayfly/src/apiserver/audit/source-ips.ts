import { isIP } from 'node:net';

/**
 * Addresses a request came through: what proxies claim first, the true peer last.
 *
 * Anybody can send these headers: only the last entry is known to be so.
 *
 * @param remote the peer's address, without port
 * @see kubernetes/apimachinery pkg/util/net/http.go, SourceIPs
 */
export function sourceIPs(forwardedFor: string | undefined, realIP: string | undefined, remote: string): string[] {
  const peer = unmapped(remote);
  if (forwardedFor === undefined && realIP === undefined) return peer === '' ? [] : [peer];
  const addresses = (forwardedFor ?? '')
    .split(',')
    .map((entry) => unmapped(entry.trim()))
    .filter((entry) => isIP(entry) !== 0);
  const real = unmapped((realIP ?? '').trim());
  if (isIP(real) !== 0 && !addresses.includes(real)) addresses.push(real);
  if (peer !== '' && addresses.at(-1) !== peer) addresses.push(peer);
  return addresses;
}

/** An IPv4 peer of a dual-stack listener reads `::ffff:192.0.2.1`. */
function unmapped(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}
