import { type ErrorRegistry, errorFactory } from '@imprint/protocol';
import { antivirusErrors } from './antivirus/errors.ts';
import { installErrors } from './deploy/errors.ts';
import { licenceErrors } from './licence/errors.ts';
import { packErrors } from './packs/errors.ts';
import { patchErrors } from './patch/errors.ts';
import { tpmErrors } from './tpm/errors.ts';

/** Refusals and failures of the device agent. */
export const agentErrors = {
  AGENT_USAGE: {
    status: 400,
    exit: 2,
    message: { en: '{problem}', 'zh-CN': '{problem}' },
    hint: { en: 'run imprint-agent --help', 'zh-CN': '请运行 imprint-agent --help' },
  },
  AGENT_INTERNAL: {
    status: 500,
    exit: 70,
    message: { en: 'expected no failure here, got "{reason}"', 'zh-CN': '此处不应失败，却得到“{reason}”' },
    hint: {
      en: 'set IMPRINT_DEBUG=1, run it again and report the output as a problem',
      'zh-CN': '设置 IMPRINT_DEBUG=1 后重新运行，并将输出作为问题上报',
    },
  },
  AGENT_NOT_PERMITTED: {
    status: 403,
    exit: 3,
    message: {
      en: 'expected to be allowed to open {path}, got {reason}',
      'zh-CN': '需要打开 {path} 的权限，实际为 {reason}',
    },
    hint: {
      en: 'run it as root: sudo imprint-agent … (on Windows from an elevated prompt)',
      'zh-CN': '请以 root 身份运行：sudo imprint-agent …（Windows 上请用提升的命令提示符）',
    },
  },
  AGENT_LOCKED: {
    status: 409,
    exit: 4,
    message: {
      en: 'expected no other agent at work, got process {pid}',
      'zh-CN': '预期没有其他代理在运行，实际有进程 {pid}',
    },
    hint: { en: 'wait until it is done and try again', 'zh-CN': '请等待其完成后重试' },
  },
  AGENT_SETTINGS_MISSING: {
    status: 404,
    exit: 2,
    message: { en: 'expected {file}, got nothing', 'zh-CN': '需要 {file}，但不存在' },
    hint: {
      en: 'the edition writes this file; on another system put it there by hand',
      'zh-CN': '该文件由发行版写入；在其他系统上请手动放置',
    },
  },
  AGENT_SETTINGS_MALFORMED: {
    status: 422,
    exit: 2,
    message: { en: 'expected {expected} in {file}', 'zh-CN': '{file} 中应为 {expected}' },
    hint: {
      en: 'imprint-agent verify names files that differ from the approved release',
      'zh-CN': '运行 imprint-agent verify 可列出与已批准发布不同的文件',
    },
  },
  AGENT_STATE_CORRUPT: {
    status: 500,
    exit: 1,
    message: {
      en: 'expected {expected} in the state file {file}, got something else',
      'zh-CN': '状态文件 {file} 应为 {expected}，实际不是',
    },
    hint: {
      en: 'remove that one file; what it held is learned again at the next check-in',
      'zh-CN': '请删除该文件；下次签到会重新获得其内容',
    },
  },
  AGENT_STATE_UNWRITABLE: {
    status: 500,
    exit: 4,
    message: {
      en: 'expected {file} to be written and kept, got {reason}',
      'zh-CN': '{file} 应被持久写入，实际为 {reason}',
    },
    hint: {
      en: 'free space or repair the disk that holds it; nothing was sent',
      'zh-CN': '请释放空间或修复其所在磁盘；尚未发送任何内容',
    },
  },
  AGENT_SERVER_UNREACHABLE: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected an answer from {host}, got {reason}',
      'zh-CN': '预期 {host} 应答，实际为 {reason}',
    },
    hint: {
      en: 'check the network and the address in agent.json (/etc/imprint; on Windows Program Files\\Imprint); the agent tries again by itself',
      'zh-CN':
        '请检查网络及 agent.json（/etc/imprint；Windows 上为 Program Files\\Imprint）中的地址；代理会自动重试',
    },
  },
  AGENT_SERVER_TIMEOUT: {
    status: 504,
    exit: 4,
    message: {
      en: 'expected {path} within {seconds} s, got nothing complete',
      'zh-CN': '预期在 {seconds} 秒内收到 {path}，但未收完',
    },
    hint: {
      en: 'the agent tries again by itself; a relay nearby makes it faster',
      'zh-CN': '代理会自动重试；就近的中继会更快',
    },
  },
  AGENT_SERVER_BUSY: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected {path} to be served, got status {status}',
      'zh-CN': '预期可取得 {path}，实际状态为 {status}',
    },
    hint: { en: 'the agent tries again by itself', 'zh-CN': '代理会自动重试' },
  },
  AGENT_SERVER_REFUSED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the server to accept the message, got {code} ({title})',
      'zh-CN': '预期服务器接受消息，实际为 {code}（{title}）',
    },
    hint: {
      en: 'docs/design/device-messages.md says what each code asks of the device',
      'zh-CN': 'docs/design/device-messages.md 说明每个代码对设备的要求',
    },
  },
  AGENT_ANSWER_TOO_LARGE: {
    status: 502,
    exit: 1,
    message: {
      en: 'expected at most {limit} bytes of {path}, got more',
      'zh-CN': '{path} 最多应为 {limit} 字节，实际更多',
    },
    hint: {
      en: 'the server or a relay sends what no release holds; tell your operator',
      'zh-CN': '服务器或中继发送了任何发布都不含的内容；请通知运营方',
    },
  },
  AGENT_ANSWER_MALFORMED: {
    status: 502,
    exit: 1,
    message: { en: 'expected {expected} from {path}', 'zh-CN': '{path} 应返回 {expected}' },
    hint: {
      en: 'is the address in agent.json that of an Imprint server?',
      'zh-CN': 'agent.json 中的地址是否为 Imprint 服务器？',
    },
  },
  AGENT_REDIRECT_REFUSED: {
    status: 502,
    exit: 1,
    message: {
      en: 'refusing to follow a redirect of {path} (status {status})',
      'zh-CN': '拒绝跟随 {path} 的重定向（状态 {status}）',
    },
    hint: {
      en: 'set the final address in agent.json',
      'zh-CN': '请在 agent.json 中设置最终地址',
    },
  },
  AGENT_NOT_ENROLLED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an enrolled device, got one without enrolment',
      'zh-CN': '设备应已登记，实际尚未登记',
    },
    hint: {
      en: 'imprint-agent enrol --token <one-time token from your operator>',
      'zh-CN': 'imprint-agent enrol --token <运营方提供的一次性令牌>',
    },
  },
  AGENT_RELEASE_MISMATCH: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the release of {expected}, got that of {got}',
      'zh-CN': '预期 {expected} 的发布，实际为 {got}',
    },
    hint: {
      en: 'nothing was changed; tell your operator, the signed release is in the wrong place',
      'zh-CN': '未作任何更改；请通知运营方：已签名的发布放错了位置',
    },
  },
  AGENT_APPROVALS_ABSENT: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the approvals of release {sha256}, got none',
      'zh-CN': '需要发布 {sha256} 的批准，但不存在',
    },
    hint: {
      en: 'nothing was changed; the release has to be approved by every party before it is served',
      'zh-CN': '未作任何更改；发布须经所有方批准后方可提供',
    },
  },
  AGENT_EVIDENCE_MISSING: {
    status: 404,
    exit: 4,
    message: { en: 'expected {name} of the release, got nothing', 'zh-CN': '需要该发布的 {name}，但不存在' },
    hint: {
      en: 'the server or relay does not hold this release completely yet; try again later',
      'zh-CN': '服务器或中继尚未完整保存该发布；请稍后重试',
    },
  },
  AGENT_EVIDENCE_DIGEST: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected {name} with digest {expected}, got {got}',
      'zh-CN': '{name} 的摘要应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'it was changed after the release was approved; nothing of it was used; tell your operator',
      'zh-CN': '该文件在批准之后被改动；未使用其任何内容；请通知运营方',
    },
  },
  AGENT_EVIDENCE_MALFORMED: {
    status: 422,
    exit: 1,
    message: { en: 'expected {expected} in {name}', 'zh-CN': '{name} 中应为 {expected}' },
    hint: {
      en: 'the release was approved with unusable evidence; tell your operator',
      'zh-CN': '该发布附带的证据不可用；请通知运营方',
    },
  },
  AGENT_NOT_WINDOWS: {
    status: 409,
    exit: 2,
    message: {
      en: 'expected {command} on a running Windows edition, got another system',
      'zh-CN': '{command} 应在运行中的 Windows 版本上执行，实际为其他系统',
    },
    hint: {
      en: 'run it on the device itself, without --root',
      'zh-CN': '请在设备本机上运行，且不使用 --root',
    },
  },
  AGENT_FIRST_BOOT_MALFORMED: {
    status: 422,
    exit: 1,
    message: { en: 'expected {expected} in {file}', 'zh-CN': '{file} 中应为 {expected}' },
    hint: {
      en: 'no step of the plan was run; imprint-agent verify says whether the file is the approved one',
      'zh-CN': '未执行计划中的任何步骤；运行 imprint-agent verify 可确认该文件是否为已批准的文件',
    },
  },
  AGENT_PAYLOAD_MISSING: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected {file} in the payload directory, got nothing',
      'zh-CN': '负载目录中应有 {file}，但不存在',
    },
    hint: {
      en: 'the step was not run; imprint-agent verify names files that are missing',
      'zh-CN': '未执行该步骤；运行 imprint-agent verify 可列出缺失的文件',
    },
  },
  AGENT_PAYLOAD_DIGEST: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to run {file}: expected digest {expected}, got {got}',
      'zh-CN': '拒绝运行 {file}：摘要应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'it was changed after the edition was pressed; nothing of it was run; tell your operator',
      'zh-CN': '该文件在版本压制之后被改动；未运行其任何内容；请通知运营方',
    },
  },
  AGENT_NO_MANIFEST: {
    status: 409,
    exit: 4,
    message: {
      en: 'expected a verified release for what runs here ({version}), got none',
      'zh-CN': '需要与本机运行版本（{version}）对应且已验证的发布，但没有',
    },
    hint: {
      en: 'imprint-agent check-in says why the release was refused or not reached',
      'zh-CN': '运行 imprint-agent check-in 可查看发布被拒绝或无法取得的原因',
    },
  },
  ...installErrors,
  ...tpmErrors,
  ...licenceErrors,
  ...packErrors,
  ...antivirusErrors,
  ...patchErrors,
} as const satisfies ErrorRegistry;

export const agentError = errorFactory(agentErrors);
