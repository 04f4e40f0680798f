import { enterpriseAndServer } from '../edition-ids.ts';
import { definePolicy } from './model.ts';
import { inSoftware } from './settings.ts';

export const telemetry = definePolicy({
  id: 'telemetry',
  title: { en: 'No telemetry to outside', 'zh-CN': '不向外部发送遥测数据' },
  follows:
    'Policy CSP System/AllowTelemetry: 0 is honoured by Enterprise, Education, IoT Enterprise and Server, others take it as 1; Policy CSP Privacy/DisableAdvertisingId; "Manage connections from Windows operating system components to Microsoft services", General, Feedback & diagnostics',
  editions: enterpriseAndServer,
  fromBuild: 14393,
  carry: (value) =>
    value === 'upstream'
      ? undefined
      : {
          intended: value,
          settings: [
            ...inSoftware('Policies\\Microsoft\\Windows\\AdvertisingInfo', { DisabledByGroupPolicy: 1 }),
            ...inSoftware('Policies\\Microsoft\\Windows\\DataCollection', { AllowTelemetry: 0 }),
          ],
        },
});
