import { expect, test } from 'vitest';
import { parseWimXml } from './read-xml.ts';
import { parseXml } from './xml-elements.ts';

test('elements, attributes and references are read', () => {
  expect(
    parseXml('\ufeff<?xml version="1.0"?><a x="1&amp;2"><b>&lt;&#x653f;&#21153;&gt;</b><c/></a>'),
  ).toEqual({
    name: 'a',
    attributes: { x: '1&2' },
    text: '',
    children: [
      { name: 'b', attributes: {}, text: '<政务>', children: [] },
      { name: 'c', attributes: {}, text: '', children: [] },
    ],
  });
});

test.each([
  '<a>',
  '<a></b>',
  '<a/><b/>',
  'text<a/>',
  '<a>&unknown;</a>',
  '<a>&</a>',
  '<!DOCTYPE a><a/>',
  '<a><![CDATA[x]]></a>',
  '<a x=1/>',
  '',
  '<a>'.repeat(40),
])('%j is refused', (source) => {
  expect(() => parseXml(source)).toThrow(SyntaxError);
});

test('an image without what Windows adds is still an image', () => {
  expect(parseWimXml('<WIM><IMAGE INDEX="1"><NAME>Data</NAME></IMAGE></WIM>')).toEqual([
    expect.objectContaining({
      index: 1,
      name: 'Data',
      editionId: undefined,
      build: undefined,
      languages: [],
    }),
  ]);
});

test.each([
  '<WIN/>',
  '<WIM><IMAGE><NAME>x</NAME></IMAGE></WIM>',
  '<WIM><IMAGE INDEX="1"><TOTALBYTES>many</TOTALBYTES></IMAGE></WIM>',
])('%s is refused', (source) => expect(() => parseWimXml(source)).toThrow(SyntaxError));
