import { closeSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReadStream } from 'node:tty';
import type { ImprintError, Language, Localized } from '@imprint/protocol';
import { readVirtual } from '../files/virtual.ts';

/** Every screen of the machine at once: what one shows, all show; whoever answers first has answered. */
export interface InstallerConsole {
  readonly say: (text: Localized) => void;
  readonly fail: (error: ImprintError) => void;
  readonly ask: (question: Localized) => Promise<string>;
}

interface Screen {
  readonly path: string;
  readonly language: Language;
}

/** The kernel's own text screen draws no Chinese characters: it has 512 glyphs. A serial terminal draws what it can. */
function screensOf(language: Language): Screen[] {
  const active = (readVirtual('/sys/class/tty/console/active') ?? '').trim().split(/\s+/).filter(Boolean);
  return active.map((name) => ({ path: `/dev/${name}`, language: /^tty\d/.test(name) ? 'en' : language }));
}

function write({ path }: Screen, text: string): void {
  try {
    const descriptor = openSync(path, 'w');
    writeSync(descriptor, text.replaceAll('\n', '\r\n'));
    closeSync(descriptor);
  } catch {
    // A screen that is not there is not read either.
  }
}

/** The first line that anybody types. */
async function firstLine(screens: readonly Screen[]): Promise<string> {
  const open: { close: () => void }[] = [];
  try {
    return await new Promise<string>((resolve) => {
      for (const { path } of screens) {
        try {
          const input = new ReadStream(openSync(path, 'r+'));
          const reader = createInterface({ input, terminal: false });
          reader.once('line', (line) => resolve(line.trim()));
          open.push({ close: () => void input.destroy() });
        } catch {
          // No keyboard there.
        }
      }
    });
  } finally {
    for (const one of open) one.close();
  }
}

/** Opens the screens that the kernel was told of. */
export function openConsole(language: Language): InstallerConsole {
  const screens = screensOf(language);
  const say = (text: Localized) => {
    for (const screen of screens) write(screen, `imprint: ${text[screen.language]}\n`);
  };
  return {
    say,
    fail: (error) => {
      for (const screen of screens) {
        const { language: shown } = screen;
        write(screen, `\nimprint: error: ${error.messageIn(shown)} (${error.code})\n`);
        write(screen, `imprint: hint: ${error.hintIn(shown) ?? ''}\n`);
      }
    },
    ask: (question) => {
      say(question);
      return firstLine(screens);
    },
  };
}
