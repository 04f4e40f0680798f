import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function sourceOf(name: string): string {
  const id = (part: string) => {
    const digest = createHash('sha1').update(name + part);
    return `7A0F5A1C-0B6E-4B0A-9C0F-${digest.digest('hex').slice(0, 12)}`;
  };
  return `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="${id('product')}" UpgradeCode="${id('upgrade')}" Name="${name}" Language="1033" Version="1.0.0"
    Manufacturer="Example Agency">
    <Package InstallerVersion="200" Compressed="yes" InstallScope="perMachine"/>
    <Media Id="1" Cabinet="a.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFiles64Folder">
      <Directory Id="INSTALLDIR" Name="${name}">
        <Component Id="Main" Guid="${id('component')}" Win64="yes">
          <File Id="readme" Name="readme.txt" Source="readme.txt" KeyPath="yes"/>
          <RegistryKey Root="HKLM" Key="SOFTWARE\\Example\\${name}">
            <RegistryValue Name="Installed" Type="integer" Value="1"/>
            <RegistryValue Name="Purpose" Type="string" Value="[PURPOSE]"/>
          </RegistryKey>
        </Component>
      </Directory>
    </Directory></Directory>
    <Feature Id="All" Level="1"><ComponentRef Id="Main"/></Feature>
  </Product>
</Wix>`;
}

/** Makes a small Windows Installer package that leaves `readme.txt` and `HKLM\SOFTWARE\Example\<name>` behind. */
export function makeInstaller(name: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'imprint-installer-'));
  try {
    writeFileSync(join(folder, 'readme.txt'), `${name}\n`);
    writeFileSync(join(folder, 'installer.wxs'), sourceOf(name));
    const argv = ['-a', 'x64', '-o', 'installer.msi', 'installer.wxs'];
    execFileSync('wixl', argv, { cwd: folder, stdio: 'ignore' });
    return readFileSync(join(folder, 'installer.msi'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
