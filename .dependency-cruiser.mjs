/** Who may import whom (docs/architecture.md). `npm run imports` enforces it. */
const src = '^packages/mayfly/src';
const parts = '(apiserver|agent|broker|scan|leak)';
const foundations = '(storage|envelope|jose|x509|httpserver|httpclient|clock|random|log|metrics)';
const notTest = '(\\.test|/contract|\\.bench)\\.ts$';

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'parts-meet-on-the-wire',
      severity: 'error',
      from: { path: `${src}/${parts}/`, pathNot: notTest },
      to: { path: `${src}/${parts}/`, pathNot: `${src}/$1/` },
    },
    {
      name: 'only-the-registry-stores',
      severity: 'error',
      from: { path: `${src}/apiserver/(?!registry/|server/)`, pathNot: notTest },
      to: { path: `${src}/storage/` },
    },
    {
      name: 'foundations-know-no-part',
      severity: 'error',
      from: { path: `${src}/${foundations}/`, pathNot: notTest },
      to: { path: `${src}/(${'apiserver|agent|broker|scan|leak|cli|config'})/` },
    },
    {
      name: 'authentication-knows-users-not-storage',
      severity: 'error',
      from: { path: `${src}/apiserver/(authentication|authorization)/`, pathNot: notTest },
      to: { path: `${src}/(storage|apiserver/(registry|endpoints|admission|filters|server|controllers))/` },
    },
    {
      name: 'authentication-and-authorization-are-strangers',
      severity: 'error',
      from: { path: `${src}/apiserver/(authentication|authorization)/`, pathNot: notTest },
      to: { path: `${src}/apiserver/(authentication|authorization)/`, pathNot: `${src}/apiserver/$1/` },
    },
    {
      name: 'controllers-are-clients',
      severity: 'error',
      from: { path: `${src}/apiserver/controllers/`, pathNot: notTest },
      to: { path: `${src}/apiserver/(registry|endpoints|admission|filters|server|authentication|audit)/` },
    },
    {
      name: 'registry-imports-downwards',
      severity: 'error',
      from: { path: `${src}/apiserver/registry/`, pathNot: notTest },
      to: { path: `${src}/apiserver/(endpoints|admission|filters|server|controllers)/` },
    },
    {
      name: 'admission-imports-downwards',
      severity: 'error',
      from: { path: `${src}/apiserver/admission/`, pathNot: notTest },
      to: { path: `${src}/apiserver/(endpoints|filters|server|controllers)/` },
    },
    {
      name: 'endpoints-import-downwards',
      severity: 'error',
      from: { path: `${src}/apiserver/endpoints/`, pathNot: notTest },
      to: { path: `${src}/apiserver/(filters|server|controllers)/` },
    },
    {
      name: 'only-config-is-assembled-by-cli-and-server',
      severity: 'error',
      from: { path: `${src}/(?!cli/|config/|main\\.ts|testing/|apiserver/server/)`, pathNot: notTest },
      to: { path: `${src}/(cli|testing)/` },
    },
    {
      name: 'api-imports-nothing',
      severity: 'error',
      from: { path: '^packages/api/src', pathNot: notTest },
      to: { pathNot: '^packages/api/src' },
    },
    {
      name: 'sdk-imports-only-api',
      severity: 'error',
      from: { path: '^packages/sdk/src', pathNot: notTest },
      to: { pathNot: '^packages/(api|sdk)/src' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
