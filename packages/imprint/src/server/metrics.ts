import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import Type from 'typebox';
import type { App } from '../platform/http/app.ts';

/** Counts and times every request by route, never by address or device, and shows it at `/metrics`. */
export function measure(app: App, checkInsWaiting: () => number): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'imprint_' });
  const duration = new Histogram({
    name: 'imprint_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  new Gauge({
    name: 'imprint_check_ins_waiting',
    help: 'Check-ins waiting for a batch',
    registers: [registry],
    collect() {
      this.set(checkInsWaiting());
    },
  });
  app.addHook('onResponse', async (request, reply) => {
    duration.observe(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: String(reply.statusCode),
      },
      reply.elapsedTime / 1000,
    );
  });
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['service'],
        operationId: 'metrics',
        summary: 'Prometheus metrics of this process',
        produces: ['text/plain'],
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  );
}
