/** A browser as far as cookies and redirects go: it follows and keeps, and stops where it is told. */
export interface CookieBrowser {
  /** Goes to an address and on, until an answer is no redirect or points to `until`; returns the last answer and address. */
  visit(url: string, until?: string): Promise<{ answer: Response; url: string }>;
  /** The `Cookie` header it would send to an address. */
  cookies(url: string): string;
  setCookies(url: string, answer: Response): void;
}

/** A fresh browser; cookies are kept per origin, more finely than real ones do. */
export function cookieBrowser(): CookieBrowser {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (url: string) => {
    const { origin } = new URL(url);
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    return jar;
  };
  const cookies = (url: string) => [...jarOf(url)].map(([name, value]) => `${name}=${value}`).join('; ');
  const setCookies = (url: string, answer: Response) => {
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0|expires=Thu, 01 Jan 1970/i.test(line)) jarOf(url).delete(name);
      else jarOf(url).set(name, value);
    }
  };
  return {
    cookies,
    setCookies,
    async visit(start, until) {
      let url = start;
      for (let step = 0; step < 12; step += 1) {
        const answer = await fetch(url, { redirect: 'manual', headers: { cookie: cookies(url) } });
        setCookies(url, answer);
        const location = answer.headers.get('location');
        if (location === null) return { answer, url };
        url = new URL(location, url).href;
        if (until !== undefined && url.startsWith(until)) return { answer, url };
      }
      throw new TypeError(`more redirects than any sign-in has: ${url}`);
    },
  };
}
