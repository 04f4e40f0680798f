import type { DebianManifest } from '@imprint/protocol';
import type { Action, StepDefinition } from '../../../plan/model.ts';
import { lines, type StepContext } from '../context.ts';

type Locale = DebianManifest['locale'];

const families: Readonly<Record<NonNullable<Locale['fonts']>[number], Readonly<Record<string, string>>>> = {
  'noto-cjk': {
    'sans-serif': 'Noto Sans CJK SC',
    serif: 'Noto Serif CJK SC',
    monospace: 'Noto Sans Mono CJK SC',
  },
  'wqy-microhei': {
    'sans-serif': 'WenQuanYi Micro Hei',
    monospace: 'WenQuanYi Micro Hei Mono',
  },
};

const inputMethods: Readonly<Record<NonNullable<Locale['inputMethod']>, string>> = {
  'fcitx5-chinese': 'fcitx',
  'ibus-libpinyin': 'ibus',
};

function fontconfigText(fonts: NonNullable<Locale['fonts']>): string {
  const aliases = ['sans-serif', 'serif', 'monospace'].flatMap((generic) => {
    const preferred = fonts.flatMap((font) => families[font][generic] ?? []);
    if (preferred.length === 0) return [];
    return [
      '  <alias>',
      `    <family>${generic}</family>`,
      `    <prefer>${preferred.map((family) => `<family>${family}</family>`).join('')}</prefer>`,
      '  </alias>',
    ];
  });
  return lines(
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">',
    '<fontconfig>',
    ...aliases,
    '</fontconfig>',
  );
}

function inputMethodText(module: string): string {
  return lines(`GTK_IM_MODULE=${module}`, `QT_IM_MODULE=${module}`, `XMODIFIERS=@im=${module}`);
}

/** Preferred fonts and the input method's environment. Source: fonts-conf(5), environment.d(5). */
export function fontsStep({ lock }: StepContext): StepDefinition {
  const { fonts = [], inputMethod } = lock.manifest.locale;
  const actions: Action[] = [];
  if (fonts.length > 0)
    actions.push({
      kind: 'write',
      path: '/etc/fonts/conf.d/56-imprint-preferred.conf',
      mode: 0o644,
      text: fontconfigText(fonts),
    });
  if (inputMethod !== undefined)
    actions.push({
      kind: 'write',
      path: '/etc/environment.d/90-imprint-input-method.conf',
      mode: 0o644,
      text: inputMethodText(inputMethods[inputMethod]),
    });
  return {
    id: 'fonts',
    kind: 'overlay',
    version: 1,
    settings: { fonts: [...fonts], inputMethod: inputMethod ?? null },
    actions,
  };
}
