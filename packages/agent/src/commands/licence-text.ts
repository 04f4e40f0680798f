import type { Language, LicenceState } from '@imprint/protocol';
import { withheldIn } from '@imprint/trust';
import { ageText, alignRows } from '../cli/columns.ts';
import type { Licence } from '../licence/read.ts';

type Say = (en: string, zh: string) => string;

/** A state in a person's words. */
export const licenceWord = (state: LicenceState, say: Say): string =>
  ({
    unactivated: say('not activated', '未激活'),
    active: say('active', '有效'),
    renewal_due: say('active, renewal due', '有效，应续期'),
    grace: say('lease ended, in grace', '租约已到期，宽限期内'),
    restricted: say('restricted', '受限'),
    revoked: say('revoked', '已撤销'),
    clock_suspect: say('active, clock suspect', '有效，时钟可疑'),
    duplicate_suspect: say('active, duplicate suspected', '有效，疑似重复'),
  })[state];

const dateText = (seconds: number | undefined): string | undefined =>
  seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();

/** The end of the lease, on the licence clock. */
function untilText({ lease, clock }: Licence, say: Say): string {
  const end = dateText(lease?.exp);
  if (lease === undefined || end === undefined) return say('no lease', '无租约');
  const days = Math.floor((lease.exp * 1000 - clock.nowMs) / 86_400_000);
  return days >= 0 ? say(`${end} (in ${days} d)`, `${end}（${days} 天后）`) : end;
}

const codeSteps: Readonly<Record<string, readonly [string, string]>> = {
  LICENSING_HARDWARE_CHANGED: [
    'this machine has other parts than before; if that is right: imprint-agent activate --rebind',
    '本机部件与之前不同；若属实，请运行：imprint-agent activate --rebind',
  ],
  LICENSING_DUPLICATE: [
    'another device holds this seat (a copied disk?); enrol this one as a device of its own: imprint-agent enrol --new-key --token TOKEN',
    '该席位由另一台设备持有（磁盘被复制？）；请将本机登记为独立设备：imprint-agent enrol --new-key --token <令牌>',
  ],
  FLEET_CLOCK_SKEW: [
    'set the clock (timedatectl, on Windows w32tm); the next attempt follows by itself',
    '请校正时钟（timedatectl，Windows 上为 w32tm）；之后会自动重试',
  ],
};

/** What a person can do; undefined where nothing is asked of one. */
export function nextStep({ state, code, clock }: Licence, say: Say): string | undefined {
  const step = codeSteps[code ?? ''];
  if (step !== undefined) return say(...step);
  if (clock.isSuspect) {
    return say(
      'the clock is more than a day behind signed times: set it (timedatectl set-ntp true, on Windows w32tm /resync)',
      '时钟比已签名的时间落后一天以上：请校时（timedatectl set-ntp true，Windows 上为 w32tm /resync）',
    );
  }
  if (state === 'revoked') {
    return say(
      'ask your operator; the reason and the way to appeal are there',
      '请联系运营方了解原因与申诉途径',
    );
  }
  if (code !== undefined) return say('ask your operator with this code', '请将此代码告知运营方');
  return state === 'unactivated' || state === 'restricted' || state === 'grace'
    ? say(
        'imprint-agent activate; where there is no network: imprint-agent activate --offline, then --response with the answer',
        'imprint-agent activate；无网络时：imprint-agent activate --offline，再用 --response 应用答复',
      )
    : undefined;
}

/** When the next request goes out by itself: the renewal, or the attempt after a failure, whichever is later. */
export function nextRequestAt({ lease, attempts }: Licence): string | undefined {
  const instants = [dateText(lease?.renew), attempts?.nextAt].filter((instant) => instant !== undefined);
  return instants.sort().at(-1);
}

const neverWithheld = (say: Say): string =>
  say(
    'security patches, antivirus definitions, your data, reports and the verification of releases',
    '安全补丁、病毒库、您的数据、上报以及对发布的验证',
  );

/** The licence for a person. */
export function licenceText(licence: Licence, say: Say): string[] {
  const { state, lease, code, attempts, clock, revocations } = licence;
  const withheld = withheldIn(state).map(() => say('feature updates', '功能更新'));
  const refusal = code === undefined ? undefined : [code, attempts?.title].filter(Boolean).join(' · ');
  const rows = [
    [say('licence', '许可'), licenceWord(state, say)],
    [say('lease ends', '租约到期'), untilText(licence, say)],
    [say('seat', '席位'), lease === undefined ? '-' : `${lease.edition} · ${lease.class}`],
    [say('generation', '代次'), String(lease?.generation ?? 0)],
    [say('next request', '下次申请'), nextRequestAt(licence) ?? say('at the next cycle', '下个周期')],
    [say('withheld', '暂停提供'), withheld.length === 0 ? say('nothing', '无') : withheld.join(', ')],
    [say('never withheld', '从不限制'), neverWithheld(say)],
    ...(lease?.overage === undefined
      ? []
      : [
          [
            say('beyond the seats agreed', '超出约定席位'),
            say(`until ${dateText(lease.overage)}`, `至 ${dateText(lease.overage)}`),
          ],
        ]),
    ...(refusal === undefined ? [] : [[say('last refusal', '上次拒绝'), refusal]]),
    [say('licence clock', '许可时钟'), new Date(clock.nowMs).toISOString()],
    ...(revocations === undefined
      ? []
      : [
          [
            say('revocation list', '撤销清单'),
            say(`number ${revocations.number}`, `第 ${revocations.number} 号`),
          ],
        ]),
  ];
  const step = nextStep(licence, say);
  return [...alignRows(rows), ...(step === undefined ? [] : ['', step])];
}

/** The licence as data. */
export function licenceData(licence: Licence, language: Language) {
  const { state, deviceId, lease, code, clock, attempts, revocations } = licence;
  const say: Say = (en, zh) => (language === 'en' ? en : zh);
  const step = nextStep(licence, say);
  const next = nextRequestAt(licence);
  return {
    state,
    withheld: withheldIn(state),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(lease === undefined ? {} : { lease }),
    ...(code === undefined ? {} : { code }),
    ...(attempts === undefined ? {} : { failures: attempts.failures }),
    ...(next === undefined ? {} : { nextRequestAt: next }),
    ...(step === undefined ? {} : { nextStep: step }),
    clock: { now: new Date(clock.nowMs).toISOString(), isSuspect: clock.isSuspect },
    ...(revocations === undefined ? {} : { revocations: revocations.number }),
  };
}

/** One line for the status of the device. */
export function licenceLine({ state, lease, code, clock }: Licence, now: Date, say: Say): string {
  const end = dateText(lease?.exp);
  const asked = clock.isSuspect ? say('set the clock', '请校时') : undefined;
  const parts = [
    licenceWord(state, say),
    end === undefined ? undefined : say(`lease until ${end}`, `租约至 ${end}`),
    lease === undefined
      ? undefined
      : say(
          `renewed ${ageText(dateText(lease.iat), now, say)}`,
          `${ageText(dateText(lease.iat), now, say)}续期`,
        ),
    code,
    asked,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
