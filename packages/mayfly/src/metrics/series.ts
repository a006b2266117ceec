/**
 * Counters, gauges and histograms that cost an addition where they are fed, and are formatted by prom-client when asked.
 *
 * prom-client's own children hash and check their labels at every increment, which at tens of thousands of requests a
 * second costs more than the requests' own filters. Here a child is found once and kept by who feeds it.
 */
import type { MetricDefinition } from './definitions.ts';

/** What prom-client's registry asks of a metric when it writes `/metrics`. */
export interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly metricName?: string;
}

/** One value; a counter only grows. */
export class Value {
  value = 0;
  readonly labels: Readonly<Record<string, string>>;

  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels;
  }

  samples(): Sample[] {
    return [{ value: this.value, labels: this.labels }];
  }
}

/** Observations counted by size. */
export class Distribution {
  readonly labels: Readonly<Record<string, string>>;
  readonly #name: string;
  readonly #bounds: readonly number[];
  readonly #counts: number[]; // not cumulative; one more than bounds, for what exceeds them all
  #sum = 0;
  #count = 0;

  constructor(labels: Readonly<Record<string, string>>, name: string, bounds: readonly number[]) {
    this.labels = labels;
    this.#name = name;
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let i = 0;
    while (i < bounds.length && value > (bounds[i] as number)) i++;
    (this.#counts[i] as number)++;
    this.#sum += value;
    this.#count++;
  }

  samples(): Sample[] {
    const bucket = `${this.#name}_bucket`;
    let below = 0;
    const samples: Sample[] = this.#bounds.map((bound, i) => {
      below += this.#counts[i] as number;
      return { value: below, labels: { le: String(bound), ...this.labels }, metricName: bucket };
    });
    return [
      ...samples,
      { value: this.#count, labels: { le: '+Inf', ...this.labels }, metricName: bucket },
      { value: this.#sum, labels: this.labels, metricName: `${this.#name}_sum` },
      { value: this.#count, labels: this.labels, metricName: `${this.#name}_count` },
    ];
  }
}

/** A metric with its children, in the shape prom-client registers. */
export class Series {
  readonly name: string;
  readonly #definition: MetricDefinition;
  readonly #children = new Map<string, Value | Distribution>();
  readonly #collectors: (() => void)[] = [];

  constructor(definition: MetricDefinition) {
    this.name = definition.name;
    this.#definition = definition;
    if (definition.labels.length === 0) this.child([]); // shown as 0 from the start
  }

  /** @param labelValues in the order of the definition's labels */
  child(labelValues: readonly string[]): Value | Distribution {
    const key = labelValues.join('\u0000');
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const added = this.#newChild(labelValues);
    this.#children.set(key, added);
    return added;
  }

  /** Runs `collect` before each answer to `/metrics`. */
  beforeCollect(collect: () => void): void {
    this.#collectors.push(collect);
  }

  async get() {
    for (const collect of this.#collectors) collect();
    const { name, help, type } = this.#definition;
    const values = [...this.#children.values()].flatMap((child) => child.samples());
    return { name, help, type, values, aggregator: 'sum' };
  }

  reset(): void {
    this.#children.clear();
  }

  #newChild(labelValues: readonly string[]): Value | Distribution {
    const { name, type, labels, buckets = [] } = this.#definition;
    const named = Object.fromEntries(labels.map((label, i) => [label, labelValues[i] ?? '']));
    return type === 'histogram' ? new Distribution(named, name, buckets) : new Value(named);
  }
}
