/** A property's value stands in quotes of its own, not the whole argument. Source: command-line options of msiexec. */
function quoted(argument: string): string {
  const [, name = '', value = argument] = /^([A-Za-z_][\w.]*=)([\s\S]*)$/.exec(argument) ?? [];
  return /[\s"]/.test(value) ? `${name}"${value.replaceAll('"', '""')}"` : argument;
}

/** The arguments that install a package, quoted as msiexec reads them, which is not as other programs do. */
export const msiexecArguments = (path: string, args: readonly string[]): string[] =>
  ['/i', path, ...args].map(quoted);
