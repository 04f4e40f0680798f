import { type ImprintError, isImprintError, type Language, problemOf } from '@imprint/protocol';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isConnectionFailure } from '../platform/database/index.ts';
import { platformError } from '../platform/errors.ts';
import type { App } from '../platform/http/app.ts';
import { serverError } from './errors.ts';

/** Seconds a caller is told to wait after 503, unless the refusal knows better. */
const retryAfterSeconds = 5;

/** Every failure leaves as an RFC 9457 problem in the caller's language, with the request's id as `instance`. */
export function sendProblems(app: App): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const known = asImprintError(error, request);
    if (known.definition.status >= 500 && known.definition.status !== 503) {
      request.log.error({ err: error, code: known.code }, 'request failed');
    } else {
      request.log.info({ code: known.code }, 'request refused');
    }
    return sendProblem(request, reply, known);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      request,
      reply,
      serverError('SERVER_ROUTE_UNKNOWN', { method: request.method, path: pathOf(request) }),
    ),
  );
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: ImprintError): FastifyReply {
  const { status } = error.definition;
  const language = languageOf(request.headers['accept-language']);
  const wait = error.params.retryAfterSeconds ?? (status === 503 ? retryAfterSeconds : undefined);
  if (wait !== undefined) reply.header('retry-after', wait);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  const problem = { ...problemOf(error, language), instance: request.id };
  return reply
    .code(status)
    .header('content-language', language)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}

export function pathOf(request: FastifyRequest): string {
  return (request.raw.url ?? '').split('?')[0]?.slice(0, 200) ?? '';
}

/** The better of the two languages we speak. Source: RFC 9110 §12.5.4. */
export function languageOf(header: string | undefined): Language {
  let best: { language: Language; weight: number } = { language: 'en', weight: 0 };
  for (const item of (header ?? '').slice(0, 500).split(',')) {
    const [tag = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = quality === undefined ? 1 : Number(quality.slice(2)) || 0;
    const language =
      tag === 'zh' || tag.startsWith('zh-') ? 'zh-CN' : tag.startsWith('en') ? 'en' : undefined;
    if (language !== undefined && weight > best.weight) best = { language, weight };
  }
  return best.language;
}

function asImprintError(error: FastifyError, request: FastifyRequest): ImprintError {
  if (isImprintError(error)) return error;
  if (error.validation !== undefined) {
    const [first] = error.validation;
    return serverError(
      'SERVER_REQUEST_INVALID',
      {
        where: `${error.validationContext ?? 'request'}${first?.instancePath ?? ''}`,
        problem: first?.message ?? '',
      },
      { place: { pointer: first?.instancePath ?? '' } },
    );
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return serverError('SERVER_BODY_TOO_LARGE', { limit: request.routeOptions.bodyLimit });
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return serverError('SERVER_MEDIA_TYPE_UNSUPPORTED');
  if (isConnectionFailure(error)) return platformError('DB_UNAVAILABLE', {}, { cause: error });
  if (isUnstorableText(error)) {
    const params = { where: 'request', problem: 'must not hold the character U+0000' };
    return serverError('SERVER_REQUEST_INVALID', params, { cause: error });
  }
  if (error.statusCode === 503) return serverError('SERVER_STOPPING');
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return serverError('SERVER_BODY_UNREADABLE');
  }
  return serverError('SERVER_INTERNAL', {}, { cause: error });
}

/** A text with U+0000, which no text or JSON of PostgreSQL holds. Source: PostgreSQL, appendix A, 22021 and 22P05. */
const isUnstorableText = ({ code }: FastifyError): boolean => code === '22021' || code === '22P05';
