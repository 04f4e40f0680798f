import { lines } from '../context.ts';
import { policyFile } from './files.ts';
import { definePolicy } from './model.ts';

/** agetty expands backslashes; the banner is text. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\');
}

export const loginBanner = definePolicy({
  id: 'loginBanner',
  title: { en: 'Notice before login', 'zh-CN': '登录前提示' },
  follows: 'agetty(8), issue.d; CIS Debian Linux Benchmark, warning banners',
  carry: (value) => {
    const text = lines(escaped(value['zh-CN']), escaped(value.en), '');
    const banner = policyFile('/etc/issue.d/20-imprint-banner.issue', text);
    return { intended: value.en, actions: [banner.write], observe: [banner.check] };
  },
});
