import { managedEditions } from '../edition-ids.ts';
import { definePolicy } from './model.ts';
import { inSoftware } from './settings.ts';

const updateKey = 'Policies\\Microsoft\\Windows\\WindowsUpdate';

/** Windows 11 knows mode 100 (bypass) no more and then fails to download; 99 (simple) asks no cloud service there. */
const downloadMode = (build: number) => (build >= 22000 ? 99 : 100);

export const updateService = definePolicy({
  id: 'updateService',
  title: { en: "Updates come from the edition's own service", 'zh-CN': '更新来自版本自己的服务' },
  follows:
    'Policy CSP Update/UpdateServiceUrl and UpdateServiceUrlAlternate (WindowsUpdate.admx, CorpWuURL), DoNotConnectToWindowsUpdateInternetLocations; Policy CSP DeliveryOptimization/DODownloadMode; "Manage connections from Windows operating system components to Microsoft services", Windows Update',
  editions: managedEditions,
  fromBuild: 14393,
  note: {
    en: 'Patches are never withheld: automatic updates stay switched on, nothing pauses, defers or hides one. They arrive from an update service (WSUS or one that speaks its protocol) that the operator runs and names in services.windowsUpdate, and with each edition by base.windows.updates. Without such an address the policy is refused; where nothing answers there, the device reports its patches as not current.',
    'zh-CN':
      '补丁从不被扣留：自动更新保持开启，不暂停、不推迟、不隐藏任何补丁。补丁来自运营方运行并在 services.windowsUpdate 写明的更新服务（WSUS 或兼容其协议的服务），并随每个版本的 base.windows.updates 到达。未写明地址则拒绝该策略；若该地址无应答，设备会报告其补丁不是最新。',
  },
  carry: (value, { manifest, image }) => {
    if (value === 'upstream') return undefined;
    // Without a service to ask, the policy would withhold patches: the manifest is refused before it comes here.
    const address = manifest.services.windowsUpdate?.replace(/\/+$/, '');
    if (address === undefined) return undefined;
    return {
      intended: value,
      settings: [
        ...inSoftware('Policies\\Microsoft\\Windows\\DeliveryOptimization', {
          DODownloadMode: downloadMode(image.version.build),
        }),
        ...inSoftware(updateKey, {
          DoNotConnectToWindowsUpdateInternetLocations: 1,
          UpdateServiceUrlAlternate: address,
          WUServer: address,
          WUStatusServer: address,
        }),
        ...inSoftware(`${updateKey}\\AU`, { UseWUServer: 1 }),
      ],
    };
  },
});
