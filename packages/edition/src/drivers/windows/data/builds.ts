/** A build that Microsoft released for amd64, and the names it was sold under. */
interface WindowsRelease {
  readonly build: number;
  readonly names: readonly string[];
}

/**
 * The builds an edition may be pressed from. An image states the build it was compiled as: media of 19042 to 19045
 * and 22631 may say 19041 and 22621, since a small update switches on what those already hold.
 * Source: learn.microsoft.com, "Windows 10 release information", "Windows 11 release information" and "Windows Server
 * release information".
 */
export const windowsReleases: readonly WindowsRelease[] = [
  {
    build: 17763,
    names: ['Windows 10 1809', 'Windows 10 Enterprise LTSC 2019', 'Windows Server 2019'],
  },
  { build: 19041, names: ['Windows 10 2004'] },
  { build: 19042, names: ['Windows 10 20H2'] },
  { build: 19043, names: ['Windows 10 21H1'] },
  { build: 19044, names: ['Windows 10 21H2', 'Windows 10 Enterprise LTSC 2021'] },
  { build: 19045, names: ['Windows 10 22H2'] },
  { build: 20348, names: ['Windows Server 2022'] },
  { build: 22000, names: ['Windows 11 21H2'] },
  { build: 22621, names: ['Windows 11 22H2'] },
  { build: 22631, names: ['Windows 11 23H2'] },
  {
    build: 26100,
    names: ['Windows 11 24H2', 'Windows 11 Enterprise LTSC 2024', 'Windows Server 2025'],
  },
  { build: 26200, names: ['Windows 11 25H2'] },
];
