/** Splits a byte stream into lines; carriage returns end a line too, as progress meters print them. */
export function lineSplitter(onLine: (line: string) => void): { push(chunk: Uint8Array): void; end(): void } {
  const decoder = new TextDecoder();
  let rest = '';
  const emit = (text: string) => {
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
  };
  return {
    push: (chunk) => emit(decoder.decode(chunk, { stream: true })),
    end: () => {
      emit(decoder.decode());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
