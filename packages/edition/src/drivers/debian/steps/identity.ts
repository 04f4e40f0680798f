import { devicePaths } from '@imprint/protocol';
import type { StepDefinition } from '../../../plan/model.ts';
import { channelOf, jsonText, lines, type StepContext } from '../context.ts';

const upstreamNames = {
  trixie: 'Debian GNU/Linux 13 (trixie)',
  bookworm: 'Debian GNU/Linux 12 (bookworm)',
} as const;

function quoted(text: string): string {
  return `"${text.replace(/[\\"$`]/g, (character) => `\\${character}`)}"`;
}

function osReleaseText({ lock }: StepContext): string {
  const { manifest, edition, version } = lock;
  const { suite } = manifest.base.debian;
  return lines(
    `PRETTY_NAME=${quoted(`${manifest.title['zh-CN'] ?? manifest.title.en} ${version}`)}`,
    `NAME=${quoted(manifest.title.en)}`,
    `ID=${edition}`,
    'ID_LIKE=debian',
    `VERSION=${quoted(version)}`,
    `VERSION_ID=${quoted(version)}`,
    `VERSION_CODENAME=${suite}`,
    `HOME_URL=${quoted(manifest.services.imprint)}`,
    `IMPRINT_CHANNEL=${channelOf(lock)}`,
    `IMPRINT_UPSTREAM=${quoted(upstreamNames[suite])}`,
  );
}

/**
 * The edition's own name beside upstream's: `/etc/os-release` speaks for the edition, upstream's file, marks and
 * copyright notices stay where upstream put them. Source: os-release(5), issue.d in agetty(8), hostname(5).
 */
export function identityStep(context: StepContext): StepDefinition {
  const { lock, lockSha256 } = context;
  const { edition, version, manifest } = lock;
  const channel = channelOf(lock);
  const hosts = lines(
    '127.0.0.1 localhost',
    `127.0.1.1 ${edition}`,
    '::1 localhost ip6-localhost ip6-loopback',
  );
  return {
    id: 'identity',
    kind: 'overlay',
    version: 1,
    settings: { edition, version, channel, lockSha256 },
    actions: [
      { kind: 'remove', paths: ['/etc/os-release'] },
      { kind: 'write', path: '/etc/os-release', mode: 0o644, text: osReleaseText(context) },
      {
        kind: 'write',
        path: '/etc/issue.d/10-imprint.issue',
        mode: 0o644,
        text: lines(`${manifest.title['zh-CN']} · ${manifest.title.en} ${version}`, ''),
      },
      { kind: 'write', path: '/etc/hostname', mode: 0o644, text: lines(edition) },
      { kind: 'write', path: '/etc/hosts', mode: 0o644, text: hosts },
      {
        kind: 'write',
        path: devicePaths.edition,
        mode: 0o644,
        text: jsonText({ edition, version, channel, lockSha256 }),
      },
    ],
  };
}
