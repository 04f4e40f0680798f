import type { ProgressEvent } from '@imprint/edition';

/** Bytes for people, decimal units: `0 B`, `14.2 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A duration for people: `0.4 s`, `12.3 s`, `2 min 05 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** `done` of `total` in their unit; empty when nothing is counted. */
export function formatAmount(event: Pick<ProgressEvent, 'done' | 'total' | 'unit'>): string {
  if (event.done === undefined) return '';
  const show = (value: number) => (event.unit === 'bytes' ? formatBytes(value) : String(value));
  const total = event.total === undefined ? '' : ` / ${show(event.total)}`;
  const unit = event.unit === undefined || event.unit === 'bytes' ? '' : ` ${event.unit}`;
  return `${show(event.done)}${total}${unit}`;
}

/** A bar of `width` cells; empty when the total is not known. */
export function formatBar(done: number | undefined, total: number | undefined, width: number): string {
  if (done === undefined || total === undefined || total <= 0) return '';
  const filled = Math.round(Math.min(1, done / total) * width);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
}

/** Joins what is not empty with two spaces. */
export function spaced(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('  ');
}
