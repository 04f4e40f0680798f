#Requires -Version 5.1
<#
.SYNOPSIS
Looks at an Imprint edition where only Windows can, and writes one report. It changes nothing.

查看只有 Windows 才能检查的内容，并写出一份报告；不作任何改动。

.DESCRIPTION
-Mode Image   on the machine where the files of the build are: hashes them, asks DISM what it reads in them and, with
              -MountedImage, whether a mounted image is healthy. Mount it yourself with /ReadOnly.
              在存放构建文件的机器上运行：计算摘要，并用 DISM 读取映像信息。
-Mode Device  on an installed device, as administrator: hashes files, reads registry values, the root store, Security
              Center, provisioned applications, first-boot effects, servicing and update health.
              在已安装的设备上以管理员身份运行。

.EXAMPLE
powershell -ExecutionPolicy Bypass -File imprint-checklist.ps1 -Mode Image -Artifacts D:\build\artifacts

.EXAMPLE
powershell -ExecutionPolicy Bypass -File imprint-checklist.ps1 -Mode Device -Report C:\Temp\device.json
#>
[CmdletBinding()]
param(
  [Parameter(Mandatory = $true)][ValidateSet('Image', 'Device')][string]$Mode,
  [string]$Artifacts = '.',
  [string]$MountedImage = '',
  [string]$Report = ''
)

$ErrorActionPreference = 'Stop'
$checklistSha256 = '@@CHECKLIST_SHA256@@'
$data = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('@@CHECKLIST_DATA@@')) | ConvertFrom-Json
$items = New-Object System.Collections.ArrayList

function Get-Now {
  [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
}

function Get-Limited([string]$Text) {
  if ($Text.Length -gt 4000) { $Text.Substring(0, 4000) } else { $Text }
}

# Runs one look and keeps what it showed, or why it did not work.
function Look([string]$Id, [scriptblock]$Work) {
  $item = [ordered]@{ id = $Id; state = 'observed'; at = (Get-Now) }
  try { $item.facts = & $Work }
  catch { $item.state = 'failed'; $item.reason = (Get-Limited ([string]$_.Exception.Message)) }
  [void]$items.Add($item)
}

function Skip([string]$Id, [string]$Reason) {
  [void]$items.Add([ordered]@{ id = $Id; state = 'not-run'; at = (Get-Now); reason = $Reason })
}

function Get-DismFacts([string[]]$Arguments) {
  $output = & dism.exe /English @Arguments
  $lines = @($output | Where-Object { $_ -match '\S' } | Select-Object -First 200 | ForEach-Object { Get-Limited ([string]$_).Trim() })
  [ordered]@{ exitCode = $LASTEXITCODE; lines = $lines }
}

function Get-HashFacts([string]$Path, [string]$Algorithm) {
  if (-not (Test-Path -LiteralPath $Path -PathType Leaf)) { return [ordered]@{ present = $false } }
  $hash = (Get-FileHash -LiteralPath $Path -Algorithm $Algorithm).Hash.ToLowerInvariant()
  [ordered]@{ present = $true; algorithm = $Algorithm; digest = $hash; sizeBytes = (Get-Item -LiteralPath $Path -Force).Length }
}

function Get-ValueText($Value, [string]$Kind) {
  switch ($Kind) {
    'MultiString' { return ($Value -join '|') }
    'Binary' { return (($Value | ForEach-Object { $_.ToString('x2') }) -join '') }
    'DWord' { return [string][BitConverter]::ToUInt32([BitConverter]::GetBytes([int]$Value), 0) }
    'QWord' { return [string][BitConverter]::ToUInt64([BitConverter]::GetBytes([long]$Value), 0) }
    default { return [string]$Value }
  }
}

$kinds = @{ String = 'sz'; ExpandString = 'expand-sz'; MultiString = 'multi-sz'; DWord = 'dword'; QWord = 'qword'; Binary = 'binary' }

function Get-RegistryFacts($Base, [string]$Key, [string]$Name) {
  $opened = $Base.OpenSubKey($Key, $false)
  if ($null -eq $opened) { return [ordered]@{ present = $false } }
  try {
    if (@($opened.GetValueNames()) -notcontains $Name) { return [ordered]@{ present = $false } }
    $kind = [string]$opened.GetValueKind($Name)
    $value = $opened.GetValue($Name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
    $type = if ($kinds.ContainsKey($kind)) { $kinds[$kind] } else { $kind }
    [ordered]@{ present = $true; type = $type; value = (Get-Limited (Get-ValueText $value $kind)) }
  }
  finally { $opened.Close() }
}

$machine = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
$people = [Microsoft.Win32.RegistryKey]::OpenBaseKey('Users', 'Registry64')

# A value of every person signed in now; who is not signed in has no hive to look at.
function Get-PeopleFacts([string]$Key, [string]$Name) {
  $accounts = @($people.GetSubKeyNames() | Where-Object { $_ -match '^S-1-5-21-[0-9-]+$' })
  $found = @($accounts | ForEach-Object { Get-RegistryFacts $people "$_\$Key" $Name })
  [ordered]@{
    accounts = $accounts.Count
    present  = @($found | Where-Object { $_.present }).Count
    types    = @($found | Where-Object { $_.present } | ForEach-Object { $_.type })
    values   = @($found | Where-Object { $_.present } | ForEach-Object { $_.value })
  }
}

function Invoke-ImageLooks {
  foreach ($artifact in $data.artifacts) {
    $path = Join-Path $Artifacts $artifact.name
    Look "artifact:$($artifact.name)" { Get-HashFacts $path 'SHA256' }
    if (@('wim', 'esd') -contains $artifact.kind) {
      Look "dism-image-info:$($artifact.name)" { Get-DismFacts @('/Get-ImageInfo', "/ImageFile:$path", '/Index:1') }
    }
  }
  foreach ($look in @(
      @('dism-mounted-edition', '/Get-CurrentEdition'),
      @('dism-mounted-scan-health', '/Cleanup-Image', '/ScanHealth'),
      @('dism-mounted-check-health', '/Cleanup-Image', '/CheckHealth'))) {
    $rest = @($look | Select-Object -Skip 1)
    if ($MountedImage -eq '') { Skip $look[0] 'no -MountedImage was given' }
    else { Look $look[0] { Get-DismFacts (@("/Image:$MountedImage") + $rest) } }
  }
}

function Invoke-FileLooks {
  foreach ($file in $data.paths) {
    $path = $env:SystemDrive + $file.path.Replace('/', '\')
    Look "path:$($file.path)" { Get-HashFacts $path $file.algorithm }
  }
}

function Invoke-RegistryLooks {
  foreach ($value in $data.registry) {
    $id = "registry:$($value.root)\$($value.key)\$($value.name)"
    if ($value.root -eq 'HKU') { Look $id { Get-PeopleFacts $value.key $value.name } }
    else { Look $id { Get-RegistryFacts $machine $value.key $value.name } }
  }
  foreach ($thumbprint in $data.roots) {
    Look "root-store:$thumbprint" {
      $found = @(Get-ChildItem -Path Cert:\LocalMachine\Root | Where-Object { $_.Thumbprint -eq $thumbprint })
      [ordered]@{ present = ($found.Count -gt 0); subjects = @($found | ForEach-Object { [string]$_.Subject }) }
    }
  }
}

function Invoke-SystemLooks {
  Look 'security-center' {
    $products = @(Get-CimInstance -Namespace root/SecurityCenter2 -ClassName AntiVirusProduct)
    [ordered]@{ names = @($products | ForEach-Object { [string]$_.displayName }); states = @($products | ForEach-Object { [string]$_.productState }) }
  }
  Look 'provisioned-apps' {
    $apps = @(Get-AppxProvisionedPackage -Online | ForEach-Object { "$($_.DisplayName)_$($_.PublisherId)" })
    [ordered]@{ families = $apps }
  }
  Look 'languages' {
    [ordered]@{ languages = @((Get-CimInstance -ClassName Win32_OperatingSystem).MUILanguages) }
  }
  Look 'updates' { [ordered]@{ ids = @(Get-HotFix | ForEach-Object { [string]$_.HotFixID }) } }
  Look 'password-length' {
    $value = ([ADSI]"WinNT://$env:COMPUTERNAME").InvokeGet('MinPasswordLength')
    [ordered]@{ minimum = [int]$value }
  }
  Look 'administrator' {
    $found = @(Get-CimInstance -ClassName Win32_UserAccount -Filter 'LocalAccount=True' | Where-Object { $_.SID -like 'S-1-5-21-*-500' })
    [ordered]@{ present = ($found.Count -gt 0); disabled = [bool]($found | Select-Object -First 1).Disabled }
  }
  foreach ($step in @($data.firstBoot | Where-Object { $_.action.kind -eq 'register-agent-task' })) {
    Look "task:$($step.action.name)" {
      $found = @(Get-ScheduledTask | Where-Object { ($_.TaskPath + $_.TaskName).Trim('\') -eq $step.action.name })
      [ordered]@{ present = ($found.Count -gt 0); states = @($found | ForEach-Object { [string]$_.State }) }
    }
  }
  Look 'servicing-check-health' { Get-DismFacts @('/Online', '/Cleanup-Image', '/CheckHealth') }
  Look 'servicing-scan-health' { Get-DismFacts @('/Online', '/Cleanup-Image', '/ScanHealth') }
  Look 'windows-update' {
    $searcher = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
    $count = [Math]::Min(20, $searcher.GetTotalHistoryCount())
    $history = @(if ($count -gt 0) { $searcher.QueryHistory(0, $count) })
    $pending = $machine.OpenSubKey('SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired', $false)
    [ordered]@{
      results       = @($history | ForEach-Object { [string]$_.ResultCode })
      titles        = @($history | ForEach-Object { Get-Limited ([string]$_.Title) })
      rebootPending = ($null -ne $pending)
      service       = [string](Get-Service -Name wuauserv).StartType
    }
  }
}

$startedAt = Get-Now
if ($Mode -eq 'Image') { Invoke-ImageLooks }
else { Invoke-FileLooks; Invoke-RegistryLooks; Invoke-SystemLooks }

$version = $machine.OpenSubKey('SOFTWARE\Microsoft\Windows NT\CurrentVersion', $false)
$osVersion = @($version.GetValue('CurrentMajorVersionNumber'), $version.GetValue('CurrentMinorVersionNumber'), $version.GetValue('CurrentBuild'), $version.GetValue('UBR')) -join '.'
$principal = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
$result = [ordered]@{
  schema     = 'imprint/device-checklist/v1'
  mode       = $Mode.ToLowerInvariant()
  build      = [ordered]@{ edition = $data.edition; version = $data.version; lockSha256 = $data.lockSha256; checklistSha256 = $checklistSha256 }
  machine    = [ordered]@{
    osVersion = $osVersion
    editionId = [string]$version.GetValue('EditionID')
    elevated  = $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
  }
  tools      = [ordered]@{
    powershell = [string]$PSVersionTable.PSVersion
    dism       = [string](Get-Item -LiteralPath "$env:SystemRoot\System32\dism.exe").VersionInfo.ProductVersion
  }
  startedAt  = $startedAt
  finishedAt = (Get-Now)
  items      = @($items)
}

# The report is the only thing written, and never over a file that is there.
if ($Report -eq '') { $Report = Join-Path (Get-Location).ProviderPath "imprint-checklist-$($Mode.ToLowerInvariant()).json" }
$bytes = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $result -Depth 6))
$stream = [IO.File]::Open($Report, [IO.FileMode]::CreateNew, [IO.FileAccess]::Write)
try { $stream.Write($bytes, 0, $bytes.Length) } finally { $stream.Close() }
Write-Output $Report
