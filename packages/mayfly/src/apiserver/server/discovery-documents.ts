/** OIDC discovery and key set, rendered once for each state of the keyring. */
import type { Log } from '../../log/log.ts';
import type { DocumentSource, StaticDocument } from '../endpoints/documents.ts';
import { type DiscoveryOptions, renderDiscovery } from '../serviceaccount/discovery.ts';
import type { Keyring, KeyringSnapshot } from '../serviceaccount/keyring.ts';

/** Follows the keyring. When the issuer cannot be published there are no documents, and the log says why. */
export function newDiscoveryDocuments(options: DiscoveryOptions, keyring: Keyring, log: Log): DocumentSource {
  let documents: ReadonlyMap<string, StaticDocument> = new Map();
  const render = (keys: KeyringSnapshot): void => {
    const discovery = renderDiscovery(options, keys);
    if (!discovery.enabled) log.warn(discovery.reason);
    documents = new Map(discovery.enabled ? discovery.documents.map((document) => [document.path, document]) : []);
  };
  render(keyring.snapshot);
  keyring.onChange(render);
  return { find: (path) => documents.get(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path) };
}
