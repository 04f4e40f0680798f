export { type Installer, type InstallerOptions, pressInstaller } from './press-installer.ts';
