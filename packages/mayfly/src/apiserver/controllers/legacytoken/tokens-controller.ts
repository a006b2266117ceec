/**
 * Fills hand-made Secrets of type `kubernetes.io/service-account-token`, and takes them away with their service account.
 *
 * It never makes a Secret: a service account without one gets none. A Secret whose account is gone, or is another of the
 * same name, is deleted; a reference to a Secret that is gone is taken out of the account.
 *
 * @see kubernetes/kubernetes pkg/controller/serviceaccount/tokens_controller.go; spec service-account-tokens §8.3
 */
import {
  SERVICE_ACCOUNT_NAME_ANNOTATION,
  SERVICE_ACCOUNT_TOKEN_TYPE,
  SERVICE_ACCOUNT_UID_ANNOTATION,
  type Secret,
} from '@mayfly/api/core/v1/secret';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import { type Informer, type InformerOptions, startInformer } from '@mayfly/sdk/kube/informer';
import type { Controller, ControllerDeps } from '../controller.ts';
import { sleepOn } from '../sleep.ts';
import { WorkQueue } from '../work-queue.ts';
import { type FillOptions, filledSecret } from './fill.ts';
import { isConflict, isOutrun, present, SECRETS, SERVICE_ACCOUNTS } from './objects.ts';

export interface TokensControllerDeps extends ControllerDeps, FillOptions {}

const MAX_RETRIES = 10;
const WORKERS = 5;

export function startTokensController(deps: TokensControllerDeps): Controller {
  const { client, clock, log } = deps;
  const early: string[] = []; // half of either list would make accounts and Secrets look gone
  const isSynced = (): boolean => secrets.isSynced() && serviceAccounts.isSynced();
  const add = (item: Item): void => {
    const key = JSON.stringify(item);
    if (isSynced()) queue.add(key);
    else early.push(key);
  };
  const synced = (): void => {
    if (isSynced()) for (const key of early.splice(0)) queue.add(key);
  };
  const follow = <T extends Secret | ServiceAccount>(
    options: Pick<InformerOptions<T>, 'resource' | 'select' | 'handler'>,
  ) =>
    startInformer<T>({
      ...options,
      client,
      sleep: sleepOn(clock),
      failed: (error) => log.warn(`${options.resource.resource} could not be watched`, { error }),
    });
  const addSecret = (secret: Secret): void => {
    if (secret.type === SERVICE_ACCOUNT_TOKEN_TYPE) add(secretItem(secret));
  };
  const addAccount = (account: ServiceAccount): void => add(accountItem(account));
  const queue = new WorkQueue({
    clock,
    workers: WORKERS,
    maxRetries: MAX_RETRIES,
    work: (key) => workOn(deps, secrets, serviceAccounts, JSON.parse(key) as Item),
    failed(key, error) {
      const { kind, namespace, name } = JSON.parse(key) as Item;
      log.warn('the legacy tokens of an object were not brought up to date', { kind, namespace, name, error });
    },
  });
  const secrets = follow<Secret>({
    resource: SECRETS,
    select: { fieldSelector: `type=${SERVICE_ACCOUNT_TOKEN_TYPE}` },
    handler: { changed: addSecret, deleted: addSecret, synced },
  });
  const serviceAccounts = follow<ServiceAccount>({
    resource: SERVICE_ACCOUNTS,
    handler: { changed: () => undefined, deleted: addAccount, synced },
  });
  return {
    async stop() {
      await Promise.all([secrets.stop(), serviceAccounts.stop()]);
      await queue.stop();
    },
  };
}

/** What to look at. For a Secret: as the event told it, so that its account is known when it is gone. */
interface Item {
  readonly kind: 'ServiceAccount' | 'Secret';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Of a Secret: what its annotations say. The uid may be empty. */
  readonly account: { readonly name: string; readonly uid: string };
}

function accountItem({ metadata = {} }: ServiceAccount): Item {
  const { namespace = '', name = '', uid = '' } = metadata;
  return { kind: 'ServiceAccount', namespace, name, uid, account: { name, uid } };
}

function secretItem({ metadata = {} }: Secret): Item {
  const { namespace = '', name = '', uid = '', annotations = {} } = metadata;
  const account = {
    name: annotations[SERVICE_ACCOUNT_NAME_ANNOTATION] ?? '',
    uid: annotations[SERVICE_ACCOUNT_UID_ANNOTATION] ?? '',
  };
  return { kind: 'Secret', namespace, name, uid, account };
}

async function workOn(
  deps: TokensControllerDeps,
  secrets: Informer<Secret>,
  accounts: Informer<ServiceAccount>,
  item: Item,
): Promise<'done' | 'again'> {
  if (item.kind === 'ServiceAccount') return deleteTokensOf(deps, secrets, item);
  const secret = secrets.get(item.namespace, item.name);
  const known = accounts.get(item.namespace, item.account.name);
  if (secret?.metadata?.uid !== item.uid) return isAccountOf(known, item) ? dropReference(deps, item) : 'done';
  const account = isAccountOf(known, item) ? known : await liveAccount(deps, item);
  if (account === undefined) return deleteSecret(deps, item);
  return fill(deps, secret, account);
}

/** An empty uid fits any account of the name. */
function isAccountOf(account: ServiceAccount | undefined, { account: { uid } }: Item): account is ServiceAccount {
  return account !== undefined && (uid === '' || account.metadata?.uid === uid);
}

async function liveAccount({ client }: TokensControllerDeps, item: Item): Promise<ServiceAccount | undefined> {
  const target = { namespace: item.namespace, name: item.account.name };
  if (target.name === '') return undefined; // the API refuses such a Secret; an older store may hold one
  const live = await present<ServiceAccount>(client, SERVICE_ACCOUNTS, target);
  return isAccountOf(live, item) ? live : undefined;
}

async function deleteTokensOf(deps: TokensControllerDeps, secrets: Informer<Secret>, account: Item): Promise<'done'> {
  const { namespace, name, uid } = account;
  if ((await liveAccount(deps, account)) !== undefined) return 'done'; // our copy was wrong, and this cannot be undone
  for (const secret of secrets.list()) {
    const item = secretItem(secret);
    const isToken = secret.type === SERVICE_ACCOUNT_TOKEN_TYPE; // the watch asks for no other, but this deletes
    const isItsToken = isToken && item.namespace === namespace && item.account.name === name;
    if (isItsToken && (item.account.uid === '' || item.account.uid === uid)) await deleteSecret(deps, item);
  }
  return 'done';
}

async function deleteSecret({ client, log }: TokensControllerDeps, { namespace, name, uid }: Item): Promise<'done'> {
  try {
    await client.delete(SECRETS, { namespace, name }, { preconditions: { uid } });
    log.info('a token Secret went with its service account', { namespace, name });
  } catch (error) {
    if (!isOutrun(error)) throw error;
  }
  return 'done';
}

async function fill(deps: TokensControllerDeps, cached: Secret, account: ServiceAccount): Promise<'done'> {
  const { namespace = '', name = '', resourceVersion } = cached.metadata ?? {};
  const secret = await present<Secret>(deps.client, SECRETS, { namespace, name });
  if (secret?.metadata?.resourceVersion !== resourceVersion || secret === undefined) return 'done'; // its event is coming
  const filled = await filledSecret(secret, account, deps).catch((error: unknown) => {
    deps.log.error('a legacy token could not be signed', { namespace, name, error }); // trying again would not help
  });
  if (!filled) return 'done';
  try {
    await deps.client.update(SECRETS, filled);
  } catch (error) {
    if (!isOutrun(error)) throw error;
  }
  return 'done';
}

async function dropReference(deps: TokensControllerDeps, item: Item): Promise<'done' | 'again'> {
  const account = await liveAccount(deps, item);
  const isListed = account?.secrets?.some(({ name }) => name === item.name) === true;
  if (account === undefined || !isListed) return 'done';
  const kept = account.secrets?.filter(({ name }) => name !== item.name) ?? [];
  try {
    await deps.client.update(SERVICE_ACCOUNTS, { ...account, secrets: kept });
  } catch (error) {
    if (isConflict(error)) return 'again';
    if (!isOutrun(error)) throw error;
  }
  return 'done';
}
