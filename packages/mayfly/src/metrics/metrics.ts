/**
 * Counts and durations for `/metrics`, and the small observers other parts are handed so that they need not know of it.
 *
 * Children of a metric (one for each set of label values) are looked up once and kept: on the hot path a count is one
 * map look-up and one addition. Whatever a client chooses freely never becomes a label.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricDefinition, type MetricName } from './definitions.ts';

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

type Child = Counter.Internal | Gauge.Internal<string> | Histogram.Internal<string>;

export class Metrics {
  readonly #registry = new Registry();
  readonly #metrics = new Map<string, Counter | Gauge | Histogram>();
  readonly #children = new Map<string, Child>();
  readonly #requests = new Map<
    string,
    { counter: Counter.Internal; duration: Histogram.Internal<string> | undefined }
  >();

  /** @param options.processMetrics adds Node.js' own (memory, event loop); off in tests */
  constructor(options: { readonly processMetrics: boolean }) {
    for (const [name, definition] of Object.entries(METRICS)) {
      this.#metrics.set(name, newMetric({ name, ...definition }, this.#registry));
    }
    if (options.processMetrics) collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Names of all metrics, for the test that compares them with the list. */
  names(): readonly string[] {
    return [...this.#metrics.keys()];
  }

  count(name: MetricName, ...labelValues: string[]): void {
    (this.#child(name, labelValues) as Counter.Internal).inc();
  }

  observe(name: MetricName, seconds: number, ...labelValues: string[]): void {
    (this.#child(name, labelValues) as Histogram.Internal<string>).observe(seconds);
  }

  add(name: MetricName, delta: number, ...labelValues: string[]): void {
    (this.#child(name, labelValues) as Gauge.Internal<string>).inc(delta);
  }

  /** Reads `value` whenever metrics are asked for, instead of being told of each change. */
  watch(name: MetricName, value: () => number, ...labelValues: string[]): void {
    const metric = this.#metrics.get(name) as Gauge | Counter;
    const child = this.#child(name, labelValues);
    let told = 0;
    const collect = (): void => {
      const now = value();
      if (metric instanceof Gauge) (child as Gauge.Internal<string>).set(now);
      else (child as Counter.Internal).inc(Math.max(0, now - told));
      told = now;
    };
    const withCollect = metric as unknown as { collect?: () => void };
    const before = withCollect.collect;
    withCollect.collect = () => {
      before?.call(metric);
      collect();
    };
  }

  requestAnswered(request: AnsweredRequest, durationMs: number): void {
    const { verb, group, version, resource, subresource, scope, dryRun, code } = request;
    const key = `${verb} ${group} ${version} ${resource} ${subresource} ${scope} ${dryRun} ${code}`;
    const known = this.#requests.get(key) ?? this.#addRequest(key, request);
    known.counter.inc();
    known.duration?.observe(durationMs / 1000);
  }

  #addRequest(key: string, request: AnsweredRequest) {
    const { verb, group, version, resource, subresource, scope, dryRun, code, isLongRunning } = request;
    const labels = [group, version, resource, subresource, scope, 'apiserver'];
    const added = {
      counter: this.#child('apiserver_request_total', [verb, dryRun ? 'All' : '', ...labels, String(code)]),
      duration: isLongRunning ? undefined : this.#child('apiserver_request_duration_seconds', [verb, ...labels]),
    } as { counter: Counter.Internal; duration: Histogram.Internal<string> | undefined };
    this.#requests.set(key, added);
    return added;
  }

  #child(name: MetricName, labelValues: readonly string[]): Child {
    const key = labelValues.length === 0 ? name : `${name} ${labelValues.join(' ')}`;
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const metric = this.#metrics.get(name) as Counter | Gauge | Histogram;
    const child = metric.labels(...labelValues) as Child;
    this.#children.set(key, child);
    return child;
  }
}

function newMetric(definition: MetricDefinition, registry: Registry): Counter | Gauge | Histogram {
  const { name, help, type, labels, buckets } = definition;
  const configuration = { name, help, labelNames: [...labels], registers: [registry] };
  if (type === 'counter') return new Counter(configuration);
  if (type === 'gauge') return new Gauge(configuration);
  return new Histogram({ ...configuration, buckets: [...(buckets ?? [])] });
}
