/**
 * Counts and durations for `/metrics`, and the registry that formats them.
 *
 * Whatever a client chooses freely never becomes a label: label values come from our own lists. The one exception,
 * `stale-uses.ts`, is bounded there.
 */
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { METRICS, type MetricName } from './definitions.ts';
import { type Distribution, Series, type Value } from './series.ts';

/** What of an answered request is counted. */
export interface AnsweredRequest {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly scope: '' | 'cluster' | 'namespace' | 'resource';
  readonly dryRun: boolean;
  readonly code: number;
  readonly isLongRunning: boolean;
}

interface RequestChildren {
  readonly counter: Value;
  readonly duration: Distribution | undefined;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #series = new Map<string, Series>();
  readonly #requests = new Map<string, RequestChildren>();

  /** @param options.processMetrics adds Node.js' own (memory, event loop); off in tests */
  constructor(options: { readonly processMetrics: boolean }) {
    for (const [name, definition] of Object.entries(METRICS)) {
      const series = new Series({ name, ...definition });
      this.#series.set(name, series);
      this.#registry.registerMetric(series as unknown as Metric); // it asks for a name and `get`, and no more
    }
    if (options.processMetrics) collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The child to keep where something is counted often. Counters and gauges. */
  value(name: MetricName, ...labelValues: string[]): Value {
    return this.#find(name).child(labelValues) as Value;
  }

  /** The child to keep where something is measured often. Histograms, in seconds. */
  distribution(name: MetricName, ...labelValues: string[]): Distribution {
    return this.#find(name).child(labelValues) as Distribution;
  }

  /** Reads a gauge or counter whenever metrics are asked for, instead of being told of each change. */
  watch(name: MetricName, read: () => number, ...labelValues: string[]): void {
    const child = this.value(name, ...labelValues);
    this.#find(name).beforeCollect(() => {
      child.value = read();
    });
  }

  requestAnswered(request: AnsweredRequest, durationMs: number): void {
    const { verb, group, version, resource, subresource, scope, dryRun, code } = request;
    const key = `${verb} ${group} ${version} ${resource} ${subresource} ${scope} ${dryRun} ${code}`;
    const { counter, duration } = this.#requests.get(key) ?? this.#addRequest(key, request);
    counter.value++;
    duration?.observe(durationMs / 1000);
  }

  #addRequest(key: string, request: AnsweredRequest): RequestChildren {
    const { verb, group, version, resource, subresource, scope, dryRun, code, isLongRunning } = request;
    const labels = [group, version, resource, subresource, scope, 'apiserver'];
    const added = {
      counter: this.value('apiserver_request_total', verb, dryRun ? 'All' : '', ...labels, String(code)),
      duration: isLongRunning ? undefined : this.distribution('apiserver_request_duration_seconds', verb, ...labels),
    };
    this.#requests.set(key, added);
    return added;
  }

  #find(name: MetricName): Series {
    const series = this.#series.get(name);
    if (series === undefined) throw new Error(`no metric "${name}"`);
    return series;
  }
}
