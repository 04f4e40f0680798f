import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const config = createRequire(import.meta.url)('../depcruise.cjs') as {
  forbidden: NonNullable<ICruiseOptions['ruleSet']>['forbidden'];
  options: ICruiseOptions;
};

async function cruiseIn(baseDir: string): Promise<ICruiseResult> {
  const options = {
    ...config.options,
    baseDir,
    validate: true,
    ruleSet: { forbidden: config.forbidden ?? [] },
  };
  const { output } = await cruise(['packages'], options, config.options.enhancedResolveOptions ?? {});
  if (typeof output === 'string') throw new TypeError('expected a result, got text');
  return output;
}

const violationsOf = (result: ICruiseResult) =>
  result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort();

describe('the import rules of the house', () => {
  let result: ICruiseResult;
  beforeAll(async () => {
    result = await cruiseIn(root);
  });

  test('see every package, so that silence means something', () => {
    expect(result.summary.totalCruised).toBeGreaterThan(400);
    for (const name of ['protocol', 'trust', 'edition', 'agent', 'imprint']) {
      expect(
        result.modules.some(({ source }) => source.startsWith(`packages/${name}/src/`)),
        name,
      ).toBe(true);
    }
  });

  test('are kept', () => {
    expect(violationsOf(result)).toEqual([]);
  });
});

/** File → its imports; each pair breaks exactly the rule it is listed under. */
const planted: Record<string, Record<string, string>> = {
  'package-protocol': { 'packages/protocol/src/a.ts': '@imprint/trust' },
  'package-imprint': { 'packages/imprint/src/a.ts': '@imprint/agent' },
  'package-front-door': { 'packages/edition/src/a.ts': '../../trust/src/inner.ts' },
  'room-front-door': { 'packages/imprint/src/rooms/fleet/a.ts': '../release/store.ts' },
  'room-front-door-from-outside': { 'packages/imprint/src/server/a.ts': '../rooms/release/store.ts' },
  'room-order-release': { 'packages/imprint/src/rooms/release/a.ts': '../fleet/index.ts' },
  'rules-are-pure': { 'packages/imprint/src/rooms/release/rules.ts': 'node:fs' },
  'protocol-runs-anywhere': { 'packages/protocol/src/b.ts': 'node:os' },
  'platform-knows-no-room': { 'packages/imprint/src/platform/a.ts': '../rooms/fleet/index.ts' },
  'updates-ask-no-licence': { 'packages/agent/src/release/a.ts': '../licence/read.ts' },
  'no-cycles': { 'packages/trust/src/a.ts': './b.ts', 'packages/trust/src/b.ts': './a.ts' },
  resolvable: { 'packages/trust/src/c.ts': './nowhere.ts' },
};

const standing = [
  'packages/protocol/src/index.ts',
  'packages/trust/src/index.ts',
  'packages/trust/src/inner.ts',
  'packages/agent/src/index.ts',
  'packages/agent/src/licence/read.ts',
  'packages/imprint/src/rooms/fleet/index.ts',
  'packages/imprint/src/rooms/release/index.ts',
  'packages/imprint/src/rooms/release/store.ts',
];

describe('a planted violation', () => {
  let directory: string;
  let found: string[];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'imprint-architecture-'));
    const write = async (path: string, text: string) => {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    };
    for (const path of standing) await write(path, 'export const here = 1;\n');
    await mkdir(join(directory, 'node_modules/@imprint'), { recursive: true });
    for (const name of ['protocol', 'trust', 'agent']) {
      await write(
        `packages/${name}/package.json`,
        JSON.stringify({ name: `@imprint/${name}`, type: 'module', exports: './src/index.ts' }),
      );
      await symlink(`../../packages/${name}`, join(directory, 'node_modules/@imprint', name));
    }
    for (const files of Object.values(planted)) {
      for (const [path, target] of Object.entries(files)) {
        await write(path, `import * as other from '${target}';\nexport const used = other;\n`);
      }
    }
    found = violationsOf(await cruiseIn(directory));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test.each(Object.entries(planted))('of %s is caught', (rule, files) => {
    const [path] = Object.keys(files);
    expect(found.filter((line) => line.startsWith(`${rule}: ${path} ->`))).not.toEqual([]);
  });
});
