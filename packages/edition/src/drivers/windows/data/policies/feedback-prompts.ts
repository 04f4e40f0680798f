import { managedEditions } from '../edition-ids.ts';
import { definePolicy } from './model.ts';
import { inSoftware } from './settings.ts';

export const feedbackPrompts = definePolicy({
  id: 'feedbackPrompts',
  title: { en: 'Questions the system asks for its vendor', 'zh-CN': '系统代厂商发起的反馈询问' },
  follows:
    'Policy CSP Experience/DoNotShowFeedbackNotifications (FeedbackNotifications.admx); "Manage connections from Windows operating system components to Microsoft services", Feedback & diagnostics',
  editions: managedEditions,
  fromBuild: 14393,
  carry: (value) =>
    value === 'upstream'
      ? undefined
      : {
          intended: value,
          settings: inSoftware('Policies\\Microsoft\\Windows\\DataCollection', {
            DoNotShowFeedbackNotifications: 1,
          }),
        },
});
