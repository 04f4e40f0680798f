import type { DeviceReport, EditionIdentity } from '@imprint/protocol';
import type { WindowsSystem } from '../platform/model.ts';
import { releaseRecord } from '../state/records.ts';
import type { Look } from './look.ts';

const currentVersion = 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion';

/** What runs, as the vendor counts: edition and build with its revision. */
interface RunningBuild {
  readonly editionId: string;
  readonly build: string;
}

function readRunning({ registry }: WindowsSystem): RunningBuild | undefined {
  const text = (name: string) => {
    const value = registry.read(currentVersion, name);
    return typeof value === 'string' ? undefined : value.text;
  };
  const [editionId, build, revision] = [text('EditionID'), text('CurrentBuild'), text('UBR')];
  if (editionId === undefined || build === undefined || revision === undefined) return undefined;
  return { editionId, build: `10.0.${build}.${revision}` };
}

/** Below zero where `a` is the older of two builds; undefined where either is none. */
export function compareBuilds(a: string, b: string): number | undefined {
  const numbers = (build: string) =>
    /^\d+(\.\d+){3}$/.test(build) ? build.split('.').map(Number) : undefined;
  const [left, right] = [numbers(a), numbers(b)];
  if (left === undefined || right === undefined) return undefined;
  const index = left.findIndex((part, position) => part !== right[position]);
  return index < 0 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}

/**
 * The running build against the one this image was pressed from, older is failing, and against that of the newest
 * verified release, older is stale. A newer build is an update the vendor published since.
 */
export function observeWindowsPatch(
  { device, now, say }: Look,
  edition: EditionIdentity,
  windows: WindowsSystem,
): DeviceReport['patch'] {
  const observedAt = now.toISOString();
  const unknown = (reason: string): DeviceReport['patch'] => ({ state: 'unknown', observedAt, reason });
  if (edition.windows === undefined)
    return unknown(say('the edition states no build', '版本未说明内部版本号'));
  const running = readRunning(windows);
  if (running === undefined) return unknown(say('the build cannot be read', '无法读取内部版本号'));
  const differs = (state: 'failing' | 'stale', approved: string): DeviceReport['patch'] => {
    const differing = [`Windows ${running.editionId} ${running.build} (approved ${approved})`];
    const reason = say(
      `${running.editionId} ${running.build} runs here, ${approved} is approved`,
      `本机运行 ${running.editionId} ${running.build}，已批准 ${approved}`,
    );
    return { state, observedAt, differing, reason };
  };
  const pressed = edition.windows;
  if (running.editionId !== pressed.editionId) return differs('failing', pressed.editionId);
  const distance = compareBuilds(running.build, pressed.build);
  if (distance === undefined) return unknown(say('the build is not a number', '内部版本号无法比较'));
  if (distance < 0) return differs('failing', pressed.build);
  const release = releaseRecord.load(device.files)?.release;
  if (release === undefined) return unknown(say('no release verified yet', '尚无已验证的发布'));
  const approved = release.windowsBuild ?? pressed.build;
  if ((compareBuilds(running.build, approved) ?? 0) < 0) return differs('stale', approved);
  return { state: 'ok', observedAt, differing: [] };
}
