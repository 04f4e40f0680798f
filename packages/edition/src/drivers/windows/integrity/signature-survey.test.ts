import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flipByte, tamperMounted } from '../evidence/tamper.ts';
import { fixtureVendor } from '../testing/fixture-certificates.ts';
import { signatureKinds } from '../testing/fixture-tree.ts';
import { buildWindowsFixture, type WindowsFixture } from '../testing/windows-fixture.ts';
import type { ImageEntry, ImageFile } from './model.ts';
import { readImage } from './read-image.ts';
import { signatureSurvey } from './signature-survey.ts';

let directory = '';
let fixture: WindowsFixture;
let core: readonly ImageEntry[];
/** A few programs of each kind, and all catalogs. */
const wanted = new Set<string>([
  ...signatureKinds.embedded.slice(0, 2),
  ...signatureKinds.catalog.slice(0, 2),
  ...signatureKinds.none,
]);

const image = (file: string): ImageFile => ({ file, index: 1, parts: [] });
const isWanted = ({ path }: ImageEntry) => wanted.has(path) || path.endsWith('.cat');

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-survey-'));
  fixture = await buildWindowsFixture(join(directory, 'medium'));
  core = (await readImage(image(fixture.wim))).filter(isWanted);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const survey = (file: string, roots: string, sample?: number) =>
  signatureSurvey({ image: image(file), core, roots, sample, workDir: directory });

test('programs are known by their own signature or by a catalog, and the others stay unknown', async () => {
  expect(await survey(fixture.wim, fixture.rootCertificate)).toEqual({
    state: 'surveyed',
    ...{ programs: 5, checked: 5, embedded: 2, catalog: 2 },
    catalogs: { trusted: 2, total: 2 },
    ...{ unknown: [...signatureKinds.none], untrusted: [], mismatched: [] },
  });
});

test('another authority makes signatures untrusted and catalogs worthless', async () => {
  const roots = join(directory, 'other.pem');
  await writeFile(roots, fixtureVendor('Somebody Else').rootCertificate);
  expect(await survey(fixture.wim, roots)).toMatchObject({
    ...{ embedded: 0, catalog: 0, catalogs: { trusted: 0, total: 2 } },
    untrusted: signatureKinds.embedded.slice(0, 2).toSorted(),
    unknown: [...signatureKinds.catalog.slice(0, 2), ...signatureKinds.none].sort(),
  });
});

test('a program whose bytes are not the signed ones is named', async () => {
  const [path = ''] = signatureKinds.embedded;
  const file = await tamperMounted(fixture.wim, join(directory, 'flipped.wim'), (root) =>
    flipByte(join(root, path), 4096),
  );
  expect(await survey(file, fixture.rootCertificate)).toMatchObject({ embedded: 1, mismatched: [path] });
});

test('a sample says how many of how many it looked at', async () => {
  expect(await survey(fixture.wim, fixture.rootCertificate, 2)).toMatchObject({ programs: 5, checked: 2 });
});
