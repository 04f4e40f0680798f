import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const serverErrors = {
  SERVER_REQUEST_INVALID: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a request as its schema says: {where} {problem}',
      'zh-CN': '请求应符合其模式：{where} {problem}',
    },
    hint: { en: 'see /openapi.json', 'zh-CN': '参见 /openapi.json' },
  },
  SERVER_BODY_UNREADABLE: {
    status: 400,
    exit: 2,
    message: { en: 'expected a JSON body, got something else', 'zh-CN': '请求体应为 JSON，实际不是' },
    hint: {
      en: 'send Content-Type: application/json and a valid JSON document',
      'zh-CN': '请发送 Content-Type: application/json 及有效的 JSON 文档',
    },
  },
  SERVER_BODY_TOO_LARGE: {
    status: 413,
    exit: 2,
    message: {
      en: 'expected a body of at most {limit} bytes, got more',
      'zh-CN': '请求体不应超过 {limit} 字节',
    },
    hint: { en: 'no honest message is this large', 'zh-CN': '正常消息不会这么大' },
  },
  SERVER_MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    exit: 2,
    message: {
      en: 'expected Content-Type application/json, got another',
      'zh-CN': 'Content-Type 应为 application/json',
    },
    hint: { en: 'send JSON', 'zh-CN': '请发送 JSON' },
  },
  SERVER_ROUTE_UNKNOWN: {
    status: 404,
    exit: 1,
    message: { en: 'expected a known address, got {method} {path}', 'zh-CN': '地址未知：{method} {path}' },
    hint: { en: 'see /openapi.json for all addresses', 'zh-CN': '全部地址见 /openapi.json' },
  },
  SERVER_CONTENT_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected published content at {path}, there is none',
      'zh-CN': '{path} 处没有已发布的内容',
    },
    hint: {
      en: 'content appears when a release is published; check edition, channel and digest',
      'zh-CN': '内容在发布后出现；请检查发行版、通道与摘要',
    },
  },
  SERVER_RANGE_UNSATISFIABLE: {
    status: 416,
    exit: 1,
    message: {
      en: 'expected a range within {size} bytes, got {range}',
      'zh-CN': '范围应在 {size} 字节之内，实际为 {range}',
    },
    hint: { en: 'ask again without a range', 'zh-CN': '请不带范围重新请求' },
  },
  SERVER_STOPPING: {
    status: 503,
    exit: 4,
    message: { en: 'expected a running server, this one is stopping', 'zh-CN': '服务器正在停止' },
    hint: { en: 'try again in a moment', 'zh-CN': '请稍后重试' },
  },
  SERVER_PORT_TAKEN: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected to listen on {host} port {port}, something else does already',
      'zh-CN': '无法监听 {host} 端口 {port}，该端口已被占用',
    },
    hint: {
      en: 'stop the other program, or choose another IMPRINT_PORT',
      'zh-CN': '请停止占用端口的程序，或选择其他 IMPRINT_PORT',
    },
  },
  SERVER_INTERNAL: {
    status: 500,
    exit: 70,
    message: { en: 'something went wrong in the server', 'zh-CN': '服务器内部错误' },
    hint: {
      en: 'the log has the cause under this request id; please report it',
      'zh-CN': '日志中以此请求编号记录了原因；请报告此问题',
    },
  },
} as const satisfies ErrorRegistry;

export const serverError = errorFactory(serverErrors);
