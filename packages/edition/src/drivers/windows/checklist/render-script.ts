import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checklistData, checklistSha256 } from './checklist-data.ts';
import type { ChecklistSubject } from './model.ts';

export const checklistFileName = 'imprint-checklist.ps1';

/** What tells Windows PowerShell 5.1 that a script is UTF-8. Source: about_Character_Encoding. */
const byteOrderMark = '\ufeff';

/**
 * Writes the script that an owner of Windows runs: it carries its build's checklist as base64, so that no name in it
 * can be read as code. The same build gives the same bytes.
 */
export function renderChecklist(subject: ChecklistSubject): Buffer {
  const data = checklistData(subject);
  const template = readFileSync(join(import.meta.dirname, checklistFileName), 'utf8');
  const text = template
    .replace('@@CHECKLIST_SHA256@@', checklistSha256(data))
    .replace('@@CHECKLIST_DATA@@', Buffer.from(JSON.stringify(data)).toString('base64'));
  return Buffer.from(byteOrderMark + text.replaceAll('\n', '\r\n'));
}
