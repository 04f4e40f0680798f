import { once } from 'node:events';
import { connect } from 'node:net';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import type { App } from '../platform/http/app.ts';
import { closerOf } from './close.ts';

it('does not wait for a connection that never asked anything, and does for a request under way', async () => {
  const app = fastify() as unknown as App;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asked = () => {};
  const underWay = new Promise<void>((resolve) => {
    asked = resolve;
  });
  app.get('/slow', async () => {
    asked();
    await held;
    return { done: true };
  });
  const close = closerOf(app, 3600);
  const url = await app.listen({ port: 0 });
  const idle = connect(Number(new URL(url).port), '127.0.0.1');
  await once(idle, 'connect');
  const answer = fetch(`${url}/slow`);
  await underWay;
  const closed = close();
  await once(idle, 'close');
  release();
  expect(await (await answer).json()).toEqual({ done: true });
  await closed;
});
