/** The part of the Web's `fetch` this client needs. Node's own fits, and so does `httpclient/fetch.ts`. */

export interface FetchRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
  readonly body: AsyncIterable<Uint8Array> | null;
}

export type Fetch = (url: string, request: FetchRequest) => Promise<FetchResponse>;
