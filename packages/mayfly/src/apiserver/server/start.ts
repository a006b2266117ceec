import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../clock/clock.ts';
import type { ServerConfig } from '../../config/config.ts';
import type { Log } from '../../log/log.ts';
import type { Random } from '../../random/random.ts';
import { openSQLiteStore } from '../../storage/sqlite/sqlite-store.ts';
import { newAuditLog } from '../audit/log-sink.ts';
import { startAPIServer, warnIfUnverifiable } from './api-server.ts';
import { openPKI, servingHosts } from './pki.ts';
import { openServiceAccountKeys, type ServiceAccountKeys } from './service-account-keys.ts';
import type { ServingFiles } from './serving-files.ts';

/** What `startServer` is handed beside its settings. */
export interface ServerDependencies {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A server that answers. */
export interface RunningServer {
  /** `https://HOST:PORT` as it really listens. */
  readonly url: string;
  /** Path of the admin kubeconfig. */
  readonly kubeconfig: string;
  /** Path of the serving CA's certificate. */
  readonly caFile: string;
  /** Reads certificates, keys and static files again (SIGHUP); a broken file is logged and the old one stays. */
  reload(): Promise<void>;
  /** Stops accepting, finishes what is in flight (10 s at most), flushes and resolves. */
  close(): Promise<void>;
}

/**
 * Opens everything in the data directory and starts the API server on it.
 *
 * The directory exists and is locked by the caller. Whatever was opened is closed again when a later step fails.
 *
 * @throws ConfigError, FaultError, StorageError: one line an operator can act on
 */
export async function startServer(dependencies: ServerDependencies): Promise<RunningServer> {
  const opened: { close(): unknown }[] = [];
  const closeAll = async (): Promise<void> => {
    for (const it of opened.splice(0).reverse()) await it.close();
  };
  try {
    return await open(dependencies, opened, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function open(
  { config, clock, random, log }: ServerDependencies,
  opened: { close(): unknown }[],
  close: () => Promise<void>,
): Promise<RunningServer> {
  const { dataDir } = config;
  const store = openSQLiteStore({ path: join(dataDir, 'store.db'), clock, log });
  opened.push(store);
  const auditSink = newAuditLog({
    path: config.auditLogPath ?? join(dataDir, 'audit.log'),
    maxSizeMB: config.auditLogMaxsize,
    maxBackups: config.auditLogMaxbackup,
    maxAgeDays: config.auditLogMaxage,
    clock,
    log,
  });
  opened.push(auditSink);
  const [pki, keys] = await Promise.all([
    openPKI({ dataDir, clock, random, log, hosts: hostsOf(config), servingFiles: servingFilesOf(config) }),
    openServiceAccountKeys({ config, store, dataDir, clock, random, log }).then((keys) => {
      opened.push(keys); // at once: it follows the store, also when the certificates cannot be opened
      return keys;
    }),
  ]);
  opened.push(pki);
  const server = await startAPIServer({ config, store, pki, keys, auditSink, clock, random, log });
  opened.push(server);
  return {
    url: server.url,
    kubeconfig: (await pki.writeKubeconfig(server.url)) ?? '',
    caFile: join(dataDir, 'ca.crt'),
    async reload() {
      await Promise.all([pki.refresh(), server.reload(), reloadKeys(keys, log)]);
    },
    close,
  };
}

/** A file that cannot be used leaves all the old keys in force: half a set could refuse good tokens. */
async function reloadKeys(keys: ServiceAccountKeys, log: Log): Promise<void> {
  try {
    await keys.reload();
    warnIfUnverifiable(keys.keyring, log);
  } catch (error) {
    log.warn('service account keys not reloaded; the old ones stay in use', { error: (error as Error).message });
  }
}

function hostsOf({ externalHostname, listen }: ServerConfig): readonly string[] {
  const external = externalHostname === undefined ? [] : [externalHostname.replace(/:\d+$/, '')];
  return servingHosts([...external, listen.host, hostname()]);
}

function servingFilesOf({ tlsCertFile, tlsPrivateKeyFile }: ServerConfig): ServingFiles | undefined {
  if (tlsCertFile === undefined || tlsPrivateKeyFile === undefined) return undefined;
  return { certFile: tlsCertFile, keyFile: tlsPrivateKeyFile };
}
