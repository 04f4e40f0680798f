import type { DebianManifest, PolicyBaseline } from '@imprint/protocol';

type Locale = DebianManifest['locale'];
type Font = NonNullable<Locale['fonts']>[number];
type InputMethod = NonNullable<Locale['inputMethod']>;

/** What makes a language, a time zone and a keyboard work. */
export const localePackages = {
  language: ['locales'],
  timezone: ['tzdata'],
  keyboard: ['console-setup', 'keyboard-configuration'],
} as const satisfies Partial<Record<keyof Locale, readonly string[]>>;

export const fontPackages: Readonly<Record<Font, readonly string[]>> = {
  'noto-cjk': ['fontconfig', 'fonts-noto-cjk'],
  'wqy-microhei': ['fontconfig', 'fonts-wqy-microhei'],
};

export const inputMethodPackages: Readonly<Record<InputMethod, readonly string[]>> = {
  'fcitx5-chinese': ['fcitx5', 'fcitx5-chinese-addons'],
  'ibus-libpinyin': ['ibus', 'ibus-libpinyin'],
};

/** Packages that a component's package is of little use without. */
export const companionPackages: Readonly<Record<string, readonly string[]>> = {
  'clamav-daemon': ['clamdscan'],
};

/** What a policy needs on the device, and what it keeps out; absent means it works with the base alone. */
export interface PolicyPackages {
  readonly needs: readonly string[];
  readonly removes: readonly string[];
}

export function policyPackages(
  policy: PolicyBaseline,
): Partial<Record<keyof PolicyBaseline, PolicyPackages>> {
  return {
    ...(policy.firewall === 'deny-incoming' ? { firewall: { needs: ['nftables'], removes: [] } } : {}),
    ...(policy.passwordMinLength === undefined
      ? {}
      : { passwordMinLength: { needs: ['libpam-pwquality'], removes: [] } }),
    ...(policy.telemetry === 'none'
      ? { telemetry: { needs: [], removes: ['popularity-contest', 'reportbug'] } }
      : {}),
  };
}
