import type { LocalizedText } from '@imprint/protocol';

/** What is known about a tool's version that a reader of the evidence should know too. */
export interface ToolWarning {
  readonly id: string;
  readonly tool: string;
  readonly version: string;
  readonly text: LocalizedText;
}

/** The first wimlib whose images every DISM takes. Source: wimlib NEWS, 1.14.2 and 1.14.5. */
const wimlibForEveryDism = [1, 14, 5] as const;

function isBefore(version: string, wanted: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const at = wanted.findIndex((part, index) => parts[index] !== part);
  const [found, expected] = [parts[at], wanted[at]];
  return at >= 0 && (found === undefined || Number.isNaN(found) || found < (expected ?? 0));
}

/** Warnings about the versions of the tools a build was made with, as data. */
export function toolWarnings(tools: Readonly<Record<string, string>>): ToolWarning[] {
  const { wimlib } = tools;
  if (wimlib === undefined || !isBefore(wimlib, wimlibForEveryDism)) return [];
  return [
    {
      id: 'wimlib-before-1.14.5',
      tool: 'wimlib',
      version: wimlib,
      text: {
        en: 'recent DISM refuses some images of wimlib before 1.14.5: those with named streams on directories, or with absolute symbolic links; try the image with DISM before it is rolled out',
        'zh-CN':
          '较新的 DISM 会拒绝 1.14.5 之前的 wimlib 生成的部分映像（目录带有命名流或含绝对符号链接者）；推广之前请先用 DISM 试验该映像',
      },
    },
  ];
}
