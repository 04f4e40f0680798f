/**
 * The house's import rules, read by dependency-cruiser and checked by tools/architecture.test.ts.
 * Paths are matched against resolved files, so a workspace import counts as the file it leads to.
 */
const packagesMayImport = {
  protocol: [],
  trust: ['protocol'],
  edition: ['protocol', 'trust'],
  agent: ['protocol', 'trust'],
  console: ['protocol'],
  imprint: ['protocol', 'trust', 'edition'],
};

/** A room may import the front door of any room that stands to its right. */
const roomOrder = [
  ['support', 'feedback'],
  ['fleet'],
  ['licensing'],
  ['release'],
  ['edition'],
  ['organisation'],
  ['assurance'],
];

const rooms = 'packages/imprint/src/rooms';
const notTests = ['\\.test\\.ts$', '/test/', '/testing/'];

const pureFiles = '/(rules|plan)\\.ts$';

const packageRules = Object.entries(packagesMayImport).map(([name, allowed]) => ({
  name: `package-${name}`,
  comment: `${name} may import ${allowed.join(', ') || 'no other package'}`,
  severity: 'error',
  from: { path: `^packages/${name}/`, pathNot: notTests },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
}));

const frontDoorRules = [
  {
    name: 'package-front-door',
    comment: 'another package is entered by its index.ts',
    severity: 'error',
    from: { path: '^packages/([^/]+)/', pathNot: notTests },
    to: { path: '^packages/[^/]+/', pathNot: ['^packages/$1/', '^packages/[^/]+/src/index\\.ts$'] },
  },
  {
    name: 'room-front-door',
    comment: 'a room is entered by its index.ts',
    severity: 'error',
    from: { path: `^${rooms}/([^/]+)/`, pathNot: notTests },
    to: { path: `^${rooms}/[^/]+/`, pathNot: [`^${rooms}/$1/`, `^${rooms}/[^/]+/index\\.ts$`] },
  },
  {
    name: 'room-front-door-from-outside',
    comment: 'the server, the command and npm start enter a room by its index.ts',
    severity: 'error',
    from: { path: '^packages/imprint/src/', pathNot: [`^${rooms}/`, ...notTests] },
    to: { path: `^${rooms}/[^/]+/`, pathNot: `^${rooms}/[^/]+/index\\.ts$` },
  },
];

const orderRules = roomOrder.flatMap((names, position) => {
  const left = roomOrder.slice(0, position).flat();
  const forbidden = names.length > 1 ? [...left, ...names] : left;
  return names
    .map((name) => ({ name, others: forbidden.filter((other) => other !== name) }))
    .filter(({ others }) => others.length > 0)
    .map(({ name, others }) => ({
      name: `room-order-${name}`,
      comment: `${name} may not import ${others.join(', ')}`,
      severity: 'error',
      from: { path: `^${rooms}/${name}/`, pathNot: notTests },
      to: { path: `^${rooms}/(${others.join('|')})/` },
    }));
});

const purityRules = [
  {
    name: 'rules-are-pure',
    comment: 'rules.ts and plan.ts decide: no I/O and no clock, so only built-ins that compute',
    severity: 'error',
    from: { path: pureFiles },
    to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|path|path/posix|util|buffer|assert)$' },
  },
  {
    name: 'rules-know-no-store',
    comment: 'rules.ts and plan.ts get what they judge as arguments',
    severity: 'error',
    from: { path: pureFiles },
    to: { path: ['/store\\.ts$', '^packages/imprint/src/platform/', 'node_modules/(kysely|pg|fastify)/'] },
  },
  {
    name: 'protocol-runs-anywhere',
    comment: 'protocol is read by browsers and devices: no built-ins, typebox and uqr only',
    severity: 'error',
    from: { path: '^packages/protocol/', pathNot: notTests },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'platform-knows-no-room',
    comment: 'platform/ serves the rooms and imports none',
    severity: 'error',
    from: { path: '^packages/imprint/src/platform/' },
    to: { path: `^${rooms}/` },
  },
  {
    name: 'agent-stays-small',
    comment: 'the device carries only what it bundles: protocol, trust, built-ins',
    severity: 'error',
    from: { path: '^packages/agent/src/', pathNot: notTests },
    to: { path: 'node_modules/', pathNot: 'node_modules/(@noble|typebox|uqr)/' },
  },
  {
    name: 'updates-ask-no-licence',
    comment:
      'releases, definitions, policies and verification are withheld in no licence state: they know of none',
    severity: 'error',
    from: {
      path: '^packages/agent/src/(release|verify|packs|patch|apply-policy|first-boot|observe/(antivirus|integrity|patch|policy|release|rollout))',
    },
    to: { path: '^packages/agent/src/licence/', pathNot: '^packages/agent/src/licence/errors' },
  },
];

const generalRules = [
  {
    name: 'no-cycles',
    severity: 'error',
    from: { path: '^packages/' },
    to: { circular: true, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'resolvable',
    comment: 'every import leads to a file',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-tests-in-products',
    comment: 'what ships imports no test',
    severity: 'error',
    from: { path: '^packages/', pathNot: notTests },
    to: { path: '\\.test\\.ts$' },
  },
];

module.exports = {
  forbidden: [...packageRules, ...frontDoorRules, ...orderRules, ...purityRules, ...generalRules],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/(dist|__golden__)/' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
