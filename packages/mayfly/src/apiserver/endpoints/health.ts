/**
 * `/livez`, `/readyz`, `/healthz`: one line for each check, reasons withheld (the log has them).
 *
 * @see kubernetes/apiserver pkg/server/healthz/healthz.go; spec kubernetes-wire §21
 */
import type { Log } from '../../log/log.ts';
import type { APIRequest } from './request.ts';
import { writeAnswer } from './response.ts';

/** Resolves when well, rejects with the reason when not. */
export interface HealthCheck {
  readonly name: string;
  check(): Promise<void> | void;
}

export interface HealthChecks {
  /** Is the process worth keeping? */
  readonly livez: readonly HealthCheck[];
  /** Should it get traffic? */
  readonly readyz: readonly HealthCheck[];
}

export const PING: HealthCheck = { name: 'ping', check: () => undefined };

const TEXT = 'text/plain; charset=utf-8';
const NOSNIFF = ['X-Content-Type-Options', 'nosniff'];
const ENDPOINTS = new Set(['livez', 'readyz', 'healthz']);

export class Health {
  readonly #checks: Readonly<Record<string, readonly HealthCheck[]>>;
  readonly #log: Log;

  constructor({ livez, readyz }: HealthChecks, log: Log) {
    this.#checks = { livez: [PING, ...livez], readyz: [PING, ...readyz], healthz: [PING, ...livez] };
    this.#log = log;
  }

  get paths(): readonly string[] {
    return Object.entries(this.#checks).flatMap(([endpoint, checks]) => [
      `/${endpoint}`,
      ...checks.map(({ name }) => `/${endpoint}/${name}`),
    ]);
  }

  /** Undefined when the path is none of its own. */
  serve(request: APIRequest, path: string): Promise<void> | undefined {
    const [, endpoint = '', ...rest] = path.split('/');
    if (!ENDPOINTS.has(endpoint)) return undefined;
    const checks = this.#checks[endpoint] ?? [];
    if (rest.length === 0) return this.#serveAll(request, endpoint, checks);
    const wanted = checks.find(({ name }) => name === rest.join('/'));
    return wanted === undefined ? undefined : this.#serveOne(request, wanted);
  }

  async #serveOne(request: APIRequest, check: HealthCheck): Promise<void> {
    const isWell = await this.#isWell(check);
    if (isWell) writeAnswer(request, 200, TEXT, 'ok', NOSNIFF);
    else writeAnswer(request, 500, TEXT, `internal server error: ${check.name} failed, reason withheld\n`, NOSNIFF);
  }

  async #serveAll(request: APIRequest, endpoint: string, checks: readonly HealthCheck[]): Promise<void> {
    const excluded = new Set(request.query.getAll('exclude'));
    const lines: string[] = [];
    let isWell = true;
    for (const check of checks) {
      if (excluded.delete(check.name)) {
        lines.push(`[+]${check.name} excluded: ok`);
      } else if (await this.#isWell(check)) {
        lines.push(`[+]${check.name} ok`);
      } else {
        isWell = false;
        lines.push(`[-]${check.name} failed: reason withheld`);
      }
    }
    if (excluded.size > 0) lines.push(unknownExclusions(excluded));
    const report = lines.map((line) => `${line}\n`).join('');
    if (!isWell) writeAnswer(request, 500, TEXT, `${report}${endpoint} check failed\n`, NOSNIFF);
    else if (request.query.has('verbose'))
      writeAnswer(request, 200, TEXT, `${report}${endpoint} check passed\n`, NOSNIFF);
    else writeAnswer(request, 200, TEXT, 'ok', NOSNIFF);
  }

  async #isWell({ name, check }: HealthCheck): Promise<boolean> {
    try {
      await check();
      return true;
    } catch (error) {
      this.#log.warn('health check failed', { check: name, error });
      return false;
    }
  }
}

function unknownExclusions(names: ReadonlySet<string>): string {
  const list = [...names].map((name) => JSON.stringify(name)).join(',');
  return `warn: some health checks cannot be excluded: no matches for ${list}`;
}
