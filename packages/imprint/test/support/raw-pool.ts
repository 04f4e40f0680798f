import pg from 'pg';

export type RawPool = pg.Pool;
export type RawClient = pg.PoolClient;

/** Connections without anything of ours between: what figures are compared with. */
export function rawPool(config: pg.PoolConfig): RawPool {
  return new pg.Pool(config);
}
