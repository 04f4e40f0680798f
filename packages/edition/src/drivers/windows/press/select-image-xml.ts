/**
 * Takes one image's element out of a WIM's XML as it stands, numbered 1. Source: [MS-WIM] "XML Data": UTF-16LE with a
 * byte order mark, one IMAGE element for each image.
 */
export function selectImageXml(xml: Buffer, index: number): Buffer {
  const text = new TextDecoder('utf-16le', { fatal: true }).decode(xml);
  const image = [...text.matchAll(/<IMAGE\s+INDEX\s*=\s*["'](\d+)["']\s*>([\s\S]*?)<\/IMAGE>/g)].find(
    ([, number]) => Number(number) === index,
  );
  if (image === undefined) throw new RangeError(`the XML has no image ${index}`);
  return Buffer.from(`\ufeff<WIM><IMAGE INDEX="1">${image[2]}</IMAGE></WIM>`, 'utf16le');
}
