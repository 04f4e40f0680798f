import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { App } from '../platform/http/app.ts';
import { byteRange } from './byte-range.ts';
import { type ContentFile, classify, type Freshness, openContent } from './content-file.ts';
import { serverError } from './errors.ts';

const cacheControl: Record<Freshness, string> = {
  immutable: 'public, max-age=31536000, immutable',
  short: 'public, max-age=10, must-revalidate',
};

/**
 * Serves the published tree at `/content/`: what any web server could. Ranges, strong ETags, and only paths of the tree's own
 * shape; what a name pins by digest or version may be kept for ever, pointers for seconds.
 */
export function contentRoutes(app: App, root: string): void {
  app.get(
    '/content/*',
    {
      exposeHeadRoute: true,
      schema: {
        tags: ['content'],
        operationId: 'content',
        summary: 'Published metadata, releases, approvals and blobs',
        params: Type.Object({ '*': Type.String({ maxLength: 400 }) }),
        produces: ['application/octet-stream'],
        response: { 200: Type.Any(), 206: Type.Any() },
      },
    },
    async (request, reply) => {
      const path = request.params['*'];
      const kind = classify(path);
      const file = kind === undefined ? undefined : await openContent(root, path, kind.sha256);
      if (kind === undefined || file === undefined) {
        throw serverError('SERVER_CONTENT_UNKNOWN', { path: path.slice(0, 200) });
      }
      reply.header('cache-control', cacheControl[kind.freshness]);
      return sendContent(request, reply, file, path.endsWith('.json'));
    },
  );
}

async function sendContent(
  request: FastifyRequest,
  reply: FastifyReply,
  file: ContentFile,
  isJson: boolean,
): Promise<FastifyReply> {
  const { etag, sizeBytes, handle } = file;
  reply.header('etag', etag).header('last-modified', file.modifiedAt.toUTCString());
  reply.header('accept-ranges', 'bytes').type(isJson ? 'application/json' : 'application/octet-stream');
  if (isUnchanged(request, file)) {
    await handle.close();
    return reply.code(304).send();
  }
  // RFC 9110 §13.1.5: a range of another version of the file is no use; the whole of this one is sent.
  const ifRange = request.headers['if-range'];
  const rangeHeader = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
  const range = byteRange(rangeHeader, sizeBytes);
  if (range === 'unsatisfiable') {
    await handle.close();
    reply.header('content-range', `bytes */${sizeBytes}`);
    throw serverError('SERVER_RANGE_UNSATISFIABLE', { size: sizeBytes, range: String(rangeHeader) });
  }
  const { start, end } = range === 'whole' ? { start: 0, end: sizeBytes - 1 } : range;
  if (range !== 'whole') reply.code(206).header('content-range', `bytes ${start}-${end}/${sizeBytes}`);
  reply.header('content-length', end - start + 1);
  if (request.method === 'HEAD' || sizeBytes === 0) {
    await handle.close();
    // An empty stream leaves the content-length as it is.
    return reply.send(Readable.from([]));
  }
  return reply.send(handle.createReadStream({ start, end }));
}

/** RFC 9110 §13.1.3: a date counts only where no tag is given. freshclam knows no tags. */
function isUnchanged({ headers }: FastifyRequest, { etag, modifiedAt }: ContentFile): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) return matches(tags, etag);
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return Number.isFinite(since) && Math.floor(modifiedAt.getTime() / 1000) * 1000 <= since;
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((item) => [etag, `W/${etag}`, '*'].includes(item.trim()));
}
