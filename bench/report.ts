/** One measured figure. `ratio` is against `baseline`, measured in the same run; `goal` is the least ratio wanted. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: number;
  readonly ratio?: number;
  readonly goal?: string;
}

export type Report = (row: Row) => void;

export interface BenchOptions {
  /** A second or so per figure: shows that the benchmark runs, not how fast the program is. */
  readonly smoke: boolean;
}

export interface Bench {
  bench(report: Report, options: BenchOptions): Promise<void>;
}

export function formatRow({ name, value, unit, ratio, goal }: Row): string {
  const figure = `${value >= 100 ? Math.round(value) : value.toPrecision(3)} ${unit}`;
  const against = ratio === undefined ? '' : `${(ratio * 100).toFixed(0)} %`;
  return `${name.padEnd(58)} ${figure.padStart(16)} ${against.padStart(8)} ${goal === undefined ? '' : `(goal ${goal})`}`.trimEnd();
}
