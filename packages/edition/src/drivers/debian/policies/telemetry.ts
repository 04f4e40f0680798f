import { definePolicy } from './model.ts';

/** Upstream's packages that report from a device to someone else than the operator. */
const reporters = ['popularity-contest', 'reportbug', 'apport', 'whoopsie'];

export const telemetry = definePolicy({
  id: 'telemetry',
  title: { en: 'No telemetry to outside', 'zh-CN': '不向外部发送遥测数据' },
  follows: 'popularity-contest(8): participation is by an installed package',
  carry: (value) =>
    value === 'upstream'
      ? undefined
      : {
          intended: value,
          actions: [],
          observe: reporters.map((name) => ({ kind: 'package-absent', package: name }) as const),
        },
});
