/** Columns a text takes on a terminal: Chinese characters and full-width signs take two. Source: Unicode TR 11. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

/** Pads a text on the right to a number of columns. */
export const padTo = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - displayWidth(text)));

/** Sets rows as aligned columns, two spaces apart; the last column runs free. */
export function alignRows(rows: readonly (readonly string[])[], indent = ''): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length - 1));
  const widths = Array.from({ length: columns }, (_, index) =>
    Math.max(...rows.map((row) => (index < row.length - 1 ? displayWidth(row[index] ?? '') : 0))),
  );
  return rows.map((row) => {
    const cells = row.map((cell, index) => (index < row.length - 1 ? padTo(cell, widths[index] ?? 0) : cell));
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

/** How long ago an instant was, in the largest fitting unit. */
export function ageText(
  observedAt: string | undefined,
  now: Date,
  say: (en: string, zh: string) => string,
): string {
  if (observedAt === undefined) return '-';
  const seconds = Math.round((now.getTime() - Date.parse(observedAt)) / 1000);
  if (seconds < 0) return say('in the future', '时间在未来');
  const units: [number, string, string][] = [
    [86_400, 'd', ' 天'],
    [3_600, 'h', ' 小时'],
    [60, 'min', ' 分钟'],
  ];
  for (const [size, en, zh] of units) {
    if (seconds >= size)
      return say(`${Math.floor(seconds / size)} ${en} ago`, `${Math.floor(seconds / size)}${zh}前`);
  }
  return seconds < 2 ? say('now', '刚刚') : say(`${seconds} s ago`, `${seconds} 秒前`);
}
