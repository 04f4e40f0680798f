/** Stops the server on SIGTERM or SIGINT; resolves with the signal's name once it has stopped. */
export function stopOnSignals(server: { stop(): Promise<void> }): Promise<'SIGTERM' | 'SIGINT'> {
  return new Promise((resolve, reject) => {
    const stop = (signal: 'SIGTERM' | 'SIGINT') => {
      server.stop().then(() => resolve(signal), reject);
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
}
