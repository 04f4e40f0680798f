import { enterpriseClients } from '../edition-ids.ts';
import { definePolicy } from './model.ts';
import { inDefaultUser, inSoftware } from './settings.ts';

export const consumerFeatures = definePolicy({
  id: 'consumerFeatures',
  title: { en: 'Suggested and silently installed applications', 'zh-CN': '推荐及静默安装的应用' },
  follows:
    'Policy CSP Experience/AllowWindowsConsumerFeatures and AllowWindowsTips (CloudContent.admx), honoured by Enterprise and Education; "Manage connections from Windows operating system components to Microsoft services", Windows Spotlight',
  editions: enterpriseClients,
  fromBuild: 14393,
  carry: (value) =>
    value === 'upstream'
      ? undefined
      : {
          intended: value,
          settings: [
            ...inSoftware('Policies\\Microsoft\\Windows\\CloudContent', {
              DisableSoftLanding: 1,
              DisableWindowsConsumerFeatures: 1,
            }),
            ...inDefaultUser('Software\\Microsoft\\Windows\\CurrentVersion\\ContentDeliveryManager', {
              SilentInstalledAppsEnabled: 0,
              SystemPaneSuggestionsEnabled: 0,
            }),
          ],
        },
});
