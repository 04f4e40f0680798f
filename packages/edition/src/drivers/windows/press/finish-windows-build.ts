import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildRecord } from '@imprint/protocol';
import { buildDirectory } from '../../../engine/build-directory.ts';
import type { FinishedBuild } from '../../../engine/finish-build.ts';
import { openLayerStore } from '../../../engine/layer-store.ts';
import { planSha256 } from '../../../plan/key.ts';
import { writeFileDurably } from '../../../store/index.ts';
import { collectWindowsEvidence, type WindowsEvidenceInput } from '../evidence/collect-windows-evidence.ts';
import type { KeptFile } from '../outputs/kept-files.ts';
import { pressWindowsOutputs } from '../outputs/press-windows-outputs.ts';
import { baseHives } from './base-hives.ts';
import { keptNames, type PressedImage } from './kept-image.ts';
import type { WindowsShop } from './shop.ts';

/** What the image's own record says for its evidence. */
async function imageEvidence(
  shop: WindowsShop,
  { directory, record }: PressedImage,
): Promise<
  Pick<WindowsEvidenceInput, 'method' | 'hives' | 'added' | 'pressed'> & Partial<WindowsEvidenceInput>
> {
  const bases = await baseHives(shop, new Map(record.hives.map(({ name, path }) => [name, path])));
  const hives = record.hives.map(({ name, path }) => ({
    name,
    path,
    base: bases.get(name) ?? '',
    edited: join(directory, keptNames.hives, name),
  }));
  const { method, added, catalog } = record;
  const pressed = { file: join(directory, keptNames.wim), index: 1, parts: [] };
  if (catalog === undefined) return { method, hives, added, pressed };
  const bytes = await readFile(join(directory, keptNames.catalog));
  return { method, hives, added, pressed, catalog: { bytes, signed: catalog.signed } };
}

/** How many of the vendor's programs a build looks at; each costs a process, and an image has thousands. */
const surveyedPrograms = 500;

/** The authorities behind the vendor's signatures in one file, where the lock has any. */
async function vendorAuthorities({ lock, store, work }: WindowsShop): Promise<Partial<WindowsEvidenceInput>> {
  const roots = lock.inputs.filter(({ role }) => role === 'vendor-root');
  if (roots.length === 0) return {};
  const vendorRoots = join(work, 'vendor-roots.pem');
  const texts = await Promise.all(roots.map(({ sha256 }) => store.read(sha256)));
  await writeFile(vendorRoots, texts.map((text) => `${text.toString('latin1').trimEnd()}\n`).join(''));
  return { vendorRoots, vendorSample: surveyedPrograms };
}

/** Shows finished outputs in the build's directory; they are the same files, so nothing is written twice. */
async function placeOutputs(directory: string, files: readonly KeptFile[]): Promise<void> {
  for (const [{ name }, path] of files) {
    await rm(join(directory, name), { force: true });
    await link(path, join(directory, name));
  }
}

async function earlierRecord(directory: string): Promise<BuildRecord | undefined> {
  const text = await readFile(join(directory, 'build.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as BuildRecord);
}

/** What owners of Windows attested of the very same artifacts still stands after another press of them. */
function attested(
  before: BuildRecord | undefined,
  artifacts: BuildRecord['artifacts'],
): BuildRecord['evidence'] {
  const digestsOf = (files: BuildRecord['artifacts']) => files.map(({ digests }) => digests.sha256).join();
  if (before === undefined || digestsOf(before.artifacts) !== digestsOf(artifacts)) return [];
  return before.evidence.filter(({ kind }) => kind === 'device-checklist');
}

/** Presses the outputs, collects the evidence beside them, and writes `build.json` as the last file. */
export async function finishWindowsBuild(shop: WindowsShop, image: PressedImage): Promise<FinishedBuild> {
  const { plan, lock, home, store, base, tools, report, signal } = shop;
  const { lockSha256, profile, edition, version } = plan;
  const directory = buildDirectory(home, lockSha256, profile);
  await mkdir(join(directory, 'evidence'), { recursive: true });
  const before = await earlierRecord(directory);
  await rm(join(directory, 'build.json'), { force: true });
  const digest = planSha256(plan);
  const pressedImage = await imageEvidence(shop, image);
  const authorities = await vendorAuthorities(shop);
  const artifactsOf = (files: readonly KeptFile[]) => files.map(([record]) => record);
  const pressing = pressWindowsOutputs(shop, image);
  const artifacts = pressing.then(artifactsOf);
  // Evidence asks for them late; that the press failed is told by the press.
  artifacts.catch(() => {});
  const [files, evidence] = await Promise.all([
    pressing,
    collectWindowsEvidence({
      ...{ lock, lockSha256, plan, planSha256: digest, profile, base, tools },
      ...pressedImage,
      ...authorities,
      artifacts,
      ...{ store, cacheDir: join(home, 'cache', 'evidence'), outDir: join(directory, 'evidence') },
      ...{ reporter: report, signal },
    }),
  ]);
  await placeOutputs(directory, files);
  const artifactRecords = artifactsOf(files);
  const record: BuildRecord = {
    schema: 'imprint/build/v1',
    ...{ edition, version, lockSha256, planSha256: digest, profile },
    artifacts: artifactRecords,
    evidence: [...evidence.files, ...attested(before, artifactRecords)],
    counts: evidence.counts,
  };
  await writeFileDurably(join(directory, 'plan.json'), `${JSON.stringify(plan, null, 1)}\n`);
  await openLayerStore(home).rememberPlan(plan);
  await writeFileDurably(join(directory, 'build.json'), `${JSON.stringify(record, null, 1)}\n`);
  return { record, directory };
}
