/** Text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** One text in both languages, Chinese first; the page shows the one chosen, or both. Takes HTML. */
export function both(zh: string, en: string): string {
  return `<span lang="zh-CN">${zh}</span> <span lang="en">${en}</span>`;
}

/** A count with thousands set apart, the same in both languages. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

export interface Column {
  readonly zh: string;
  readonly en: string;
  readonly numeric?: boolean;
}

/** A table with its caption; cells are HTML. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const align = (at: number) => (columns[at]?.numeric === true ? ' class="number"' : '');
  const head = columns.map(({ zh, en }, at) => `<th scope="col"${align(at)}>${both(zh, en)}</th>`).join('');
  const body = rows
    .map(
      (cells) =>
        `<tr>${cells
          .map((cell, at) => (at === 0 ? `<th scope="row">${cell}</th>` : `<td${align(at)}>${cell}</td>`))
          .join('')}</tr>`,
    )
    .join('\n');
  return `<div class="table"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>`;
}

export function section(id: string, zh: string, en: string, content: string): string {
  return `<section aria-labelledby="${id}"><h2 id="${id}">${both(zh, en)}</h2>\n${content}</section>`;
}

/** A digest, whole but broken where the line ends. */
export function code(text: string): string {
  return `<code translate="no">${escapeHtml(text)}</code>`;
}

/** The style every page of evidence shares; no script, no font, no picture comes from elsewhere. */
export const style = `
:root{color-scheme:light;--ink:#1b1f24;--quiet:#4d5661;--line:#d3d9e0;--accent:#0958d9;--ground:#fff;--band:#f4f6f9}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 "Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei","PingFang SC",system-ui,sans-serif}
main,header>div,footer>div{max-width:62rem;margin:0 auto;padding:0 1.5rem}
header{border-bottom:4px solid var(--accent);padding:2rem 0 1.25rem;background:var(--band)}
h1{font-size:2rem;line-height:1.25;margin:.25rem 0}h2{font-size:1.3rem;margin:2.25rem 0 .5rem;padding-top:.5rem;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.5rem 0 .25rem}p{margin:.5rem 0}.quiet{color:var(--quiet)}
.language{border:0;margin:0;padding:0;display:flex;gap:.25rem 1rem;flex-wrap:wrap;justify-content:flex-end;font-size:.9rem}
.language legend{float:left;margin-right:1rem;color:var(--quiet)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:1rem 0;padding:0;list-style:none}
.figures li{border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem}
.figures b{display:block;font-size:1.6rem;line-height:1.2;font-variant-numeric:tabular-nums}
.figures .good{border-color:#237804}.figures .good b{color:#237804}
.table{overflow-x:auto;margin:.75rem 0}table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;color:var(--quiet);padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}
thead th{background:var(--band)}tbody th{font-weight:600}.number{text-align:right;font-variant-numeric:tabular-nums}
code{font:.88em/1.5 ui-monospace,"Noto Sans Mono",Consolas,monospace;overflow-wrap:anywhere}
details{border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;padding:.4rem .8rem}summary{cursor:pointer}
details ul{columns:2 20rem;margin:.5rem 0;padding-left:1.2rem}details li{break-inside:avoid}
footer{margin-top:3rem;padding:1rem 0 2rem;border-top:1px solid var(--line);color:var(--quiet);font-size:.9rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
body:has(#zh:checked) span[lang=en],body:has(#zh:checked) p[lang=en],body:has(#en:checked) span[lang=zh-CN],body:has(#en:checked) p[lang=zh-CN]{display:none}
@media print{.language{display:none}body{font-size:10pt}details{border:0;padding:0}h2{break-after:avoid}tr{break-inside:avoid}header{background:none}}
`;

/** The choice of language, by style alone. */
export const languageChoice = `<fieldset class="language"><legend>${both('语言', 'Language')}</legend>
<label><input type="radio" name="language" id="zh" checked> <bdi lang="zh-CN">中文</bdi></label>
<label><input type="radio" name="language" id="en"> <bdi lang="en">English</bdi></label>
<label><input type="radio" name="language" id="both"> <bdi lang="zh-CN">双语</bdi> / <bdi lang="en">Both</bdi></label></fieldset>`;

/** A whole page: title and body as HTML. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title><style>${style}</style></head>
<body>
${body}
</body></html>
`;
}
