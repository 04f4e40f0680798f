export { networkScript, type StartOptions } from './boot-menu.ts';
export { type Installer, type InstallerOptions, pressInstaller } from './press-installer.ts';
export { type CarriedFile, type MediumOptions, pressMedium } from './press-medium.ts';
