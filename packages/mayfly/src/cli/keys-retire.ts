/** `mayfly keys retire`. */
import { mustCall } from './api-client.ts';
import { SIGNING_KEYS_PATH } from './keys-list.ts';
import { kubeconfigPath, readKubeconfig } from './kubeconfig.ts';
import type { ClientOptions } from './options.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** @throws CommandError with the server's words when the key is still needed */
export async function retireKey(kid: string, options: ClientOptions, terminal: Terminal): Promise<void> {
  const access = await readKubeconfig(kubeconfigPath(options));
  const answer = await mustCall(access, 'DELETE', `${SIGNING_KEYS_PATH}/${encodeURIComponent(kid)}`);
  if (options.output === 'json') terminal.out(`${JSON.stringify(answer, null, 2)}\n`);
  else terminal.out(`${printable(kid)} is retired\n`);
}
