import { encode } from 'uqr';
import { greyPng } from './png.ts';

/** Modules of light around a code, as ISO/IEC 18004 §5.3.8 asks. */
const quietZone = 4;
const pixelsPerModule = 4;
/** Black on white by number: the sixteen named colours follow the terminal's theme. */
const [blackOnWhite, reset] = ['\u001b[38;5;16;48;5;231m', '\u001b[0m'];

/** Returns the modules of a code with its quiet zone, true for dark; error correction M. */
function modulesOf(text: string): readonly (readonly boolean[])[] {
  return encode(text, { ecc: 'M', border: quietZone }).data;
}

/**
 * Draws a QR code with half blocks, two rows of modules a line, dark on light whatever the terminal's own colours are.
 *
 * Throws a RangeError when the text is too long for a QR code.
 */
export function qrTerminal(text: string): string {
  const modules = modulesOf(text);
  const lines: string[] = [];
  for (let row = 0; row < modules.length; row += 2) {
    const [upper = [], lower = []] = [modules[row], modules[row + 1]];
    const blocks = upper.map((isDark, column) => halfBlock(isDark, lower[column] ?? false));
    lines.push(`${blackOnWhite}${blocks.join('')}${reset}`);
  }
  return `${lines.join('\n')}\n`;
}

function halfBlock(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}

/** Draws a QR code as SVG, one unit a module. Throws a RangeError when the text is too long for a QR code. */
export function qrSvg(text: string): string {
  const modules = modulesOf(text);
  const size = modules.length;
  const path = modules.flatMap((row, y) =>
    runsOf(row).map(({ x, width }) => `M${x} ${y}h${width}v1h-${width}z`),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">`,
    `<path fill="#fff" d="M0 0h${size}v${size}h-${size}z"/><path d="${path.join('')}"/></svg>\n`,
  ].join('');
}

/** Stretches of dark modules in a row. */
function runsOf(row: readonly boolean[]): { readonly x: number; readonly width: number }[] {
  return [
    ...row
      .map((isDark) => (isDark ? '1' : '0'))
      .join('')
      .matchAll(/1+/g),
  ].map((run) => ({
    x: run.index,
    width: run[0].length,
  }));
}

/** Draws a QR code as PNG, four pixels a module. Throws a RangeError when the text is too long for a QR code. */
export function qrPng(text: string): Uint8Array {
  const modules = modulesOf(text);
  const isDark = (x: number, y: number) =>
    modules[Math.floor(y / pixelsPerModule)]?.[Math.floor(x / pixelsPerModule)] ?? false;
  return greyPng(modules.length * pixelsPerModule, isDark);
}
