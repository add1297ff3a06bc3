// Who may import whom. The reasons stand in CONTRIBUTING.md ("The house").
const inServer = (room) => `^packages/server/src/${room}/`;
const domains = [
  'clients',
  'tokens',
  'authorization',
  'authority',
  'acme',
  'revocation',
  'monitoring',
  'accounts',
];

/** What each domain may reach, always through the other's index.ts; `events` is open to all. */
const reaches = {
  clients: [],
  tokens: [],
  authority: ['clients'],
  acme: ['authority', 'clients', 'revocation'],
  revocation: ['authority', 'clients', 'tokens'],
  authorization: ['clients', 'tokens', 'revocation'],
  monitoring: ['authority', 'clients', 'tokens', 'revocation'],
  accounts: [],
};

const packageRule = (name, from, forbidden) => ({
  name,
  severity: 'error',
  from: { path: `^packages/${from}/` },
  to: { path: `^packages/(${forbidden.join('|')})/` },
});

export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'only-declared-dependencies',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: '\\.test\\.ts$|/testing/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    packageRule('x509-imports-nothing-of-ours', 'x509', [
      'resource-server',
      'client',
      'gateway',
      'server',
      'console',
    ]),
    packageRule('resource-server-imports-x509-only', 'resource-server', [
      'client',
      'gateway',
      'server',
      'console',
    ]),
    packageRule('client-imports-x509-only', 'client', ['resource-server', 'gateway', 'server', 'console']),
    {
      name: 'x509-is-pure',
      severity: 'error',
      from: { path: '^packages/x509/src/', pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: '^(node:)?(fs|fs/promises|net|tls|http|https|http2|dns|child_process|worker_threads)$' },
    },
    {
      name: 'only-server-wires',
      severity: 'error',
      from: {
        path: '^packages/server/src/',
        pathNot: '^packages/server/src/(main\\.ts|server\\.ts|start/|cli/)|\\.test\\.ts$|/testing/',
      },
      to: { path: '^packages/server/src/(server\\.ts$|start/)' },
    },
    {
      name: 'http-and-storage-never-meet',
      severity: 'error',
      from: { path: inServer('(http|storage)'), pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: inServer('(http|storage)'), pathNot: '^packages/server/src/$1/' },
    },
    {
      name: 'domains-know-neither-http-nor-storage',
      severity: 'error',
      from: { path: inServer(`(${domains.join('|')}|events|fetching)`), pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: inServer('(http|storage|cli|config|admin)') },
    },
    {
      name: 'domains-are-entered-through-their-index',
      severity: 'error',
      from: {
        path: '^packages/server/src/([^/]+)/',
        pathNot: '\\.test\\.ts$|/testing/|^packages/server/src/storage/',
      },
      to: {
        path: inServer(`(${domains.join('|')}|events)`),
        pathNot: '^packages/server/src/$1/|/index\\.ts$',
      },
    },
    ...Object.entries(reaches).map(([domain, allowed]) => ({
      name: `${domain}-reaches-only-${allowed.join('-') || 'events'}`,
      severity: 'error',
      from: { path: inServer(domain), pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: inServer(`(${domains.filter((d) => d !== domain && !allowed.includes(d)).join('|')})`) },
    })),
    {
      name: 'no-rooms-without-a-subject',
      severity: 'error',
      from: {},
      to: { path: '^(packages|examples|bench|scripts|testing)/.*(utils?|helpers?|common|misc)(/|\\.ts$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['mortise-source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs'],
    },
  },
};
