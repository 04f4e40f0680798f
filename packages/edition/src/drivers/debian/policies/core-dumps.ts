import { lines } from '../context.ts';
import { policyFile } from './files.ts';
import { definePolicy } from './model.ts';

const limits = policyFile('/etc/security/limits.d/60-imprint-core-dumps.conf', lines('* hard core 0'));
const kernel = policyFile(
  '/etc/sysctl.d/60-imprint-core-dumps.conf',
  lines('fs.suid_dumpable = 0', 'kernel.core_pattern = |/bin/false'),
);

export const coreDumps = definePolicy({
  id: 'coreDumps',
  title: { en: 'Memory images of crashed programs', 'zh-CN': '程序崩溃转储' },
  follows: 'core(5), limits.conf(5), sysctl.d(5); CIS Debian Linux Benchmark, core dumps',
  carry: (value) =>
    value
      ? undefined
      : {
          intended: value,
          actions: [limits.write, kernel.write],
          observe: [
            limits.check,
            { kind: 'sysctl', name: 'fs.suid_dumpable', expected: '0' },
            { kind: 'sysctl', name: 'kernel.core_pattern', expected: '|/bin/false' },
          ],
        },
});
