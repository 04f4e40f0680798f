import { foldPath } from '../formats/wim/wim-path.ts';

interface VolatilePath {
  readonly pattern: string;
  /** Why a running system rewrites it. */
  readonly reason: string;
}

/** Paths a running Windows rewrites; a device compares that they are there, not what they hold. */
const volatilePaths: readonly VolatilePath[] = [
  { pattern: '/Windows/System32/config/**', reason: 'registry hives, their logs and event state' },
  { pattern: '/Users/**', reason: "people's own files and registry hives" },
  { pattern: '/ProgramData/**', reason: 'state of services and programs' },
  { pattern: '/Windows/ServiceProfiles/**', reason: 'state of service accounts' },
  { pattern: '/Windows/AppCompat/**', reason: 'compatibility records of programs that ran' },
  { pattern: '/Windows/appcompat/Programs/**', reason: 'compatibility records of programs that ran' },
  { pattern: '/Windows/Prefetch/**', reason: 'what was started lately' },
  { pattern: '/Windows/Logs/**', reason: 'logs' },
  { pattern: '/Windows/Panther/**', reason: "Setup's logs, and the answer file it consumes" },
  { pattern: '/Windows/Setup/State/**', reason: 'how far Setup has come' },
  { pattern: '/Windows/debug/**', reason: 'logs' },
  { pattern: '/Windows/INF/**', reason: 'compiled driver information and device logs' },
  { pattern: '/Windows/SoftwareDistribution/**', reason: 'state of the update client' },
  { pattern: '/Windows/Temp/**', reason: 'temporary files' },
  { pattern: '/Windows/Tasks/**', reason: 'state of scheduled tasks' },
  { pattern: '/Windows/System32/Tasks/**', reason: 'scheduled tasks register and renew themselves' },
  { pattern: '/Windows/System32/LogFiles/**', reason: 'logs' },
  { pattern: '/Windows/System32/winevt/Logs/**', reason: 'event logs' },
  { pattern: '/Windows/System32/wbem/Repository/**', reason: 'the WMI repository' },
  { pattern: '/Windows/System32/sru/**', reason: 'resource usage records' },
  { pattern: '/Windows/System32/spool/**', reason: 'print queues' },
  { pattern: '/Windows/System32/catroot2/**', reason: 'index of the catalogs, made anew' },
  { pattern: '/Windows/System32/perfc009.dat', reason: 'performance counters, made anew' },
  { pattern: '/Windows/System32/perfh009.dat', reason: 'performance counters, made anew' },
  { pattern: '/Windows/WinSxS/pending.xml', reason: 'servicing in progress' },
  { pattern: '/Windows/WinSxS/Temp/**', reason: 'servicing in progress' },
  { pattern: '/Windows/bootstat.dat', reason: 'how the last boot went' },
  { pattern: '/$Recycle.Bin/**', reason: "people's deleted files" },
  { pattern: '/System Volume Information/**', reason: 'restore points and indexes' },
  { pattern: '/Recovery/**', reason: 'recovery environment, moved at the first boot' },
  { pattern: '/pagefile.sys', reason: 'memory paged out' },
  { pattern: '/swapfile.sys', reason: 'memory paged out' },
  { pattern: '/hiberfil.sys', reason: 'memory at hibernation' },
];

const folded = volatilePaths.map(({ pattern }) => foldPath(pattern));
const single = new Set(folded.filter((pattern) => !pattern.endsWith('/**')));
/** An image has very many paths, so what stands before `**` is cut out once. */
const prefixes = folded.filter((pattern) => pattern.endsWith('/**')).map((pattern) => pattern.slice(0, -2));

/** True where a running Windows rewrites the path's content. */
export function isVolatile(path: string): boolean {
  const wanted = foldPath(path);
  return single.has(wanted) || prefixes.some((prefix) => wanted.startsWith(prefix));
}
