/**
 * `/api` and `/apis` and what is directly below them. Every document is made once, from the resources served.
 *
 * @see kubernetes/apiserver pkg/endpoints/discovery; spec kubernetes-wire §4
 */
import { writeJSON } from '../answer.ts';
import { negotiate, parseAccept } from '../negotiation.ts';
import type { APIRequest } from '../request.ts';
import { writeAnswer, writeEmptyAnswer } from '../response.ts';
import { type AggregatedDocument, type AggregatedVersion, aggregatedDocument } from './aggregated.ts';
import type { GroupVersionResources } from './groups.ts';
import { apiGroupDocument, apiGroupListDocument, apiResourceListDocument, apiVersionsDocument } from './legacy.ts';

interface Root {
  readonly legacy: unknown;
  readonly aggregated: Readonly<Record<AggregatedVersion, AggregatedDocument>>;
}

export class Discovery {
  readonly #roots: ReadonlyMap<string, Root>;
  readonly #documents: ReadonlyMap<string, unknown>;

  constructor(groups: readonly GroupVersionResources[], serverAddress: string) {
    const core = groups.filter(({ group }) => group === '');
    const named = groups.filter(({ group }) => group !== '');
    this.#roots = new Map([
      ['/api', root(core, apiVersionsDocument(serverAddress))],
      ['/apis', root(named, apiGroupListDocument(groups))],
    ]);
    this.#documents = new Map([
      ...core.map((served) => [`/api/${served.version}`, apiResourceListDocument(served)] as const),
      ...named.map(({ group }) => [`/apis/${group}`, apiGroupDocument(group, groups)] as const),
      ...named.map((served) => [`/apis/${served.group}/${served.version}`, apiResourceListDocument(served)] as const),
    ]);
  }

  /** Paths it answers, without trailing slash. */
  get paths(): readonly string[] {
    return [...this.#roots.keys(), ...this.#documents.keys()];
  }

  /** @returns false when the path is none of its own */
  serve(request: APIRequest, path: string): boolean {
    const found = this.#roots.get(path);
    if (found !== undefined) {
      serveRoot(request, found);
      return true;
    }
    const document = this.#documents.get(path);
    if (document === undefined) return false;
    negotiate(request.header('accept'));
    writeJSON(request, 200, document);
    return true;
  }
}

function root(groups: readonly GroupVersionResources[], legacy: unknown): Root {
  return {
    legacy,
    aggregated: { v2: aggregatedDocument(groups, 'v2'), v2beta1: aggregatedDocument(groups, 'v2beta1') },
  };
}

function serveRoot(request: APIRequest, { legacy, aggregated }: Root): void {
  const version = wantedVersion(request.header('accept') ?? '');
  if (version === undefined) {
    negotiate(request.header('accept'));
    writeJSON(request, 200, legacy, ['Vary', 'Accept']);
    return;
  }
  const { body, etag, contentType } = aggregated[version];
  const headers = ['ETag', etag, 'Vary', 'Accept', 'Cache-Control', 'public'];
  if (request.header('if-none-match') === etag) writeEmptyAnswer(request, 304, headers);
  else writeAnswer(request, 200, contentType, body, headers);
}

/** The first clause that names an aggregated document, unless plain JSON is asked for before it. */
function wantedVersion(accept: string): AggregatedVersion | undefined {
  for (const { type, parameters } of parseAccept(accept)) {
    if (type !== 'application/json') continue;
    if (parameters.get('as') === undefined) return undefined;
    const version = parameters.get('v');
    const isOurs = parameters.get('g') === 'apidiscovery.k8s.io' && parameters.get('as') === 'APIGroupDiscoveryList';
    if (isOurs && (version === 'v2' || version === 'v2beta1')) return version;
  }
  return undefined;
}
