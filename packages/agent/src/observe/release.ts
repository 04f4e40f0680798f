import type { DeviceReport, EditionIdentity } from '@imprint/protocol';
import { type ReleaseState, releaseRecord, type VerifiedRelease } from '../state/records.ts';
import type { Look } from './look.ts';

const staleAfterMs = 7 * 86_400_000;

/** Refusals that say "this is old", not "this is wrong". */
const ageCodes = new Set(['TRUST_TUF_EXPIRED', 'TRUST_RELEASE_EXPIRED']);

const factsOf = (release: VerifiedRelease | undefined) =>
  release === undefined
    ? {}
    : {
        version: release.version,
        sequence: release.sequence,
        sha256: release.sha256,
        signedBy: [...release.signedBy],
      };

function judge(look: Look, last: ReleaseState & { release: VerifiedRelease }, edition: EditionIdentity) {
  const { now, say } = look;
  const { release } = last;
  const verifiedAt = last.verifiedAt ?? last.checkedAt;
  // Says of the newer release why it was not taken; the one that holds is judged as ever.
  const code = last.passedOver === undefined ? {} : { code: last.passedOver.code };
  const base = { observedAt: verifiedAt, ...factsOf(release), ...code };
  if (last.isClockBehind === true) {
    const reason = say('the clock is behind: freshness is not known', '时钟落后，无法判断是否最新');
    return { ...base, state: 'unknown' as const, reason };
  }
  const stale = (reason: string): DeviceReport['release'] => ({ ...base, state: 'stale', reason });
  if (Date.parse(release.expiresAt) <= now.getTime()) {
    return stale(say(`the release expired at ${release.expiresAt}`, `该发布已于 ${release.expiresAt} 过期`));
  }
  if (now.getTime() - Date.parse(verifiedAt) > staleAfterMs) {
    return stale(say('not verified for more than seven days', '超过七天未验证'));
  }
  if (release.lockSha256 !== edition.lockSha256) {
    return stale(
      say(
        `${release.version} is approved, ${edition.version} runs here`,
        `已批准 ${release.version}，本机运行 ${edition.version}`,
      ),
    );
  }
  return { ...base, state: 'ok' as const };
}

/** Is the approved release on this channel what runs here, and did its approvals verify on this device? */
export function observeRelease(look: Look, edition: EditionIdentity): DeviceReport['release'] {
  const last = releaseRecord.load(look.device.files);
  if (last === undefined) {
    return { state: 'unknown', reason: look.say('the channel was never looked at', '尚未查看过该通道') };
  }
  if (last.outcome === 'refused') {
    const state = ageCodes.has(last.code ?? '') ? 'stale' : 'failing';
    return {
      state,
      observedAt: last.checkedAt,
      ...factsOf(last.release),
      ...(last.code === undefined ? {} : { code: last.code }),
      ...(last.reason === undefined ? {} : { reason: last.reason }),
    };
  }
  if (last.release === undefined) {
    const reason = look.say('the server was never reached', '从未连接到服务器');
    return { state: 'unknown', observedAt: last.checkedAt, reason };
  }
  return judge(look, { ...last, release: last.release }, edition);
}
