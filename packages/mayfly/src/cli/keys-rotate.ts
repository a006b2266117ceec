/** `mayfly keys rotate`: asks the server for a new signing key. */
import { type KeyRotation, SIGNING_ALGORITHM_NAMES } from '@mayfly/api/identity/v1alpha1/key-rotation';
import type { SigningKey } from '@mayfly/api/identity/v1alpha1/signing-key';
import { sleepAwake } from '../clock/sleep.ts';
import { ConfigError } from '../config/config-error.ts';
import { mustCall } from './api-client.ts';
import { CommandError } from './failure.ts';
import { SIGNING_KEYS_PATH } from './keys-list.ts';
import { kubeconfigPath, readKubeconfig, type ServerAccess } from './kubeconfig.ts';
import type { KeyRotateOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

const PATH = '/apis/identity.mayfly.dev/v1alpha1/keyrotations';
const POLL_MS = 5_000;

/** @throws ConfigError for an unknown algorithm, CommandError with the server's words when it refuses */
export async function rotateKeys(options: KeyRotateOptions, terminal: Terminal, sleep = sleepAwake): Promise<void> {
  const { algorithm, panic, wait } = options;
  if (algorithm !== undefined && !SIGNING_ALGORITHM_NAMES.includes(algorithm))
    throw new ConfigError(`--algorithm must be one of ${SIGNING_ALGORITHM_NAMES.join(', ')}; found "${algorithm}"`);
  const access = await readKubeconfig(kubeconfigPath(options));
  const rotation = (await mustCall(access, 'POST', PATH, {
    apiVersion: 'identity.mayfly.dev/v1alpha1',
    kind: 'KeyRotation',
    spec: { ...(algorithm !== undefined && { algorithm }), ...(panic === true && { panic }) },
  })) as KeyRotation;
  if (options.output === 'json') terminal.out(`${JSON.stringify(rotation, null, 2)}\n`);
  else terminal.out(rotationText(rotation));
  const { keyID, state } = rotation.status ?? {};
  if (wait !== true || keyID === undefined || state === 'Active') return;
  await waitUntilActive(access, keyID, sleep);
  if (options.output !== 'json') terminal.out(`${keyID} signs\n`);
}

function rotationText({ status }: KeyRotation): string {
  const { keyID = '', algorithm = '', state, activateAt = '', retiredKeyIDs } = status ?? {};
  if (state === 'Active') {
    const count = retiredKeyIDs?.length ?? 0;
    return `${keyID} (${algorithm}) signs now; tokens of ${count} earlier key${count === 1 ? ' are' : 's are'} refused now\n`;
  }
  return `${keyID} (${algorithm}) is announced, and signs from ${activateAt}\n`;
}

/** @throws CommandError when the key is taken back, or is retired */
async function waitUntilActive(access: ServerAccess, keyID: string, sleep: typeof sleepAwake): Promise<void> {
  for (;;) {
    const path = `${SIGNING_KEYS_PATH}/${encodeURIComponent(keyID)}`;
    const { status } = (await mustCall(access, 'GET', path)) as SigningKey;
    if (status.state === 'Active') return;
    if (status.state !== 'Announced') throw new CommandError(`key ${keyID} will not sign: it is ${status.state}`);
    await sleep(POLL_MS);
  }
}
