import { managedEditions } from '../edition-ids.ts';
import { definePolicy } from './model.ts';
import { inSoftware } from './settings.ts';

/** The class "removable disks": volumes on media behind a removable port. */
const removableDisks =
  'Policies\\Microsoft\\Windows\\RemovableStorageDevices\\{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}';

export const usbStorage = definePolicy({
  id: 'usbStorage',
  title: { en: 'USB storage', 'zh-CN': 'USB 存储设备' },
  follows:
    'Policy CSP ADMX_RemovableStorage/RemovableDisks_DenyRead_Access_2, _DenyWrite_Access_2, _DenyExecute_Access_2 (RemovableStorage.admx)',
  editions: managedEditions,
  fromBuild: 10240,
  carry: (value) => {
    if (value === 'allow') return undefined;
    const denied = value === 'deny' ? { Deny_Execute: 1, Deny_Read: 1, Deny_Write: 1 } : { Deny_Write: 1 };
    return { intended: value, settings: inSoftware(removableDisks, denied) };
  },
});
