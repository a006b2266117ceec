/**
 * `mayfly token trace`: from a token, or only its id, to who asked for it, where it was seen, what it may do and what it did.
 *
 * Each part needs a right of its own (docs/tasks/trace-a-token.md); a part that is refused says so and the rest goes on. The
 * token itself is read for its id and namespace only; it is sent nowhere and never printed.
 */
import { join } from 'node:path';
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { systemClock } from '../clock/clock.ts';
import { processEnvironment } from '../config/environment.ts';
import { CommandError } from './failure.ts';
import { kubeconfigPath, readKubeconfig, type ServerAccess } from './kubeconfig.ts';
import type { TokenTraceOptions } from './options.ts';
import type { Terminal } from './terminal.ts';
import { queryTokens } from './token-query.ts';
import { readTokenSource } from './token-source.ts';
import { inspect } from './token-verdicts.ts';
import { accessOf } from './trace/access.ts';
import { reportAudit } from './trace/audit-report.ts';
import { boundStates } from './trace/bound-objects.ts';
import { issueChain } from './trace/chain.ts';
import { traceText } from './trace/text.ts';
import type { Trace } from './trace/trace.ts';

export async function traceToken(source: string, options: TokenTraceOptions, terminal: Terminal): Promise<void> {
  const access = await readKubeconfig(kubeconfigPath(options));
  const wanted = await idOf(source, options.namespace ?? '');
  const row = await findRow(access, wanted);
  const [boundTo, chain, reach] = await Promise.all([
    boundStates(access, row),
    issueChain(access, row),
    accessOf(access, row),
  ]);
  const audit = await reportAudit(auditLogPath(options), wanted.id, options.full === true);
  const trace: Trace = { row, boundTo, chain, reach, audit };
  terminal.out(
    options.output === 'json' ? `${JSON.stringify(trace, null, 2)}\n` : traceText(trace, systemClock.nowMs()),
  );
}

interface Wanted {
  readonly id: string;
  /** Empty: unknown. */
  readonly namespace: string;
}

const ID = /^(?:JTI=)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** @param source an id, as audit logs have it or bare, or what `readTokenSource` takes */
async function idOf(source: string, namespace: string): Promise<Wanted> {
  const id = ID.exec(source)?.[1];
  if (id !== undefined) return { id, namespace };
  const { claims } = inspect(await readTokenSource(source), systemClock.nowMs());
  const ofAccount = (claims['kubernetes.io'] as { namespace?: unknown } | undefined)?.namespace;
  if (typeof claims.jti !== 'string' || !ID.test(claims.jti) || typeof ofAccount !== 'string')
    throw new CommandError('this token names no namespace and id; tokens from Secrets have none');
  return { id: claims.jti, namespace: ofAccount };
}

async function findRow(access: ServerAccess, { id, namespace }: Wanted): Promise<IssuedToken> {
  const [row] = await queryTokens(access, { namespace, fields: [['metadata.name', id]] });
  if (row !== undefined) return row;
  const where = namespace === '' ? 'the ledger' : `the ledger of namespace ${namespace}`;
  throw new CommandError(`${where} has no token ${id}: not issued by this server, or ended`);
}

function auditLogPath({ auditLog, dataDir }: TokenTraceOptions): string {
  return auditLog ?? join(dataDir ?? processEnvironment().MAYFLY_DATA_DIR ?? '.mayfly', 'audit.log');
}
