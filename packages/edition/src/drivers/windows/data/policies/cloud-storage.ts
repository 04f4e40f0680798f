import { managedEditions } from '../edition-ids.ts';
import { definePolicy } from './model.ts';
import { inSoftware } from './settings.ts';

export const cloudStorage = definePolicy({
  id: 'cloudStorage',
  title: { en: "The vendor's cloud storage client", 'zh-CN': '厂商云存储客户端' },
  follows:
    'Policy CSP System/DisableOneDriveFileSync (SkyDrive.admx, PreventOnedriveFileSync); "Manage connections from Windows operating system components to Microsoft services", OneDrive',
  editions: managedEditions,
  fromBuild: 15063,
  carry: (value) =>
    value === 'upstream'
      ? undefined
      : {
          intended: value,
          settings: [
            ...inSoftware('Policies\\Microsoft\\Windows\\OneDrive', { DisableFileSyncNGSC: 1 }),
            ...inSoftware('Microsoft\\OneDrive', { PreventNetworkTrafficPreUserSignIn: 1 }),
          ],
        },
});
