import type { FirstBootStep } from '@imprint/protocol';
import { type factsOf, listOf, type Seen, textOf } from './facts.ts';
import { type ChecklistCheck, judged, unknownCheck } from './judgement.ts';

type Look = ReturnType<typeof factsOf>;

/** The bit of productState that says a product is on, as Security Center's own list shows it. Undocumented by Microsoft. */
const productIsOn = 0x1000;

interface Question {
  /** The item that answers it; absent where a script cannot see the effect. */
  readonly item?: string;
  readonly expected: string;
  readonly answer: (facts: Seen['facts']) => string;
}

/** Compares the observed effect of a first-boot step with what it declares; no installer's exit code is asked. */
export function judgeFirstBoot(step: FirstBootStep, seen: Look): ChecklistCheck {
  const id = `first-boot:${step.id}`;
  const { item, expected, answer } = questionOf(step);
  if (item === undefined) return unknownCheck(id, 'its effect cannot be seen by a script');
  const found = seen(item);
  if ('reason' in found) return unknownCheck(id, found.reason);
  return judged(id, expected, answer(found.facts), found.at);
}

const unseen: Question = { expected: '', answer: () => '' };

function questionOf({ action }: FirstBootStep): Question {
  switch (action.kind) {
    case 'remove-provisioned-app': {
      const name = action.packageFamilyName.toUpperCase();
      const isThere = (facts: Seen['facts']) =>
        listOf(facts, 'families').some((family) => family.toUpperCase() === name);
      return {
        ...{ item: 'provisioned-apps', expected: 'removed' },
        answer: (facts) => (isThere(facts) ? 'still provisioned' : 'removed'),
      };
    }
    case 'add-language-pack':
      return {
        ...{ item: 'languages', expected: action.language },
        answer: (facts) =>
          listOf(facts, 'languages').find((name) => name.toLowerCase() === action.language.toLowerCase()) ===
          undefined
            ? 'not there'
            : action.language,
      };
    case 'install-update':
      return updateQuestion(action.file);
    case 'install-component':
      return action.securityCenterName === undefined ? unseen : antivirusQuestion(action.securityCenterName);
    case 'set-password-length':
      return {
        ...{ item: 'password-length', expected: String(action.minimum) },
        answer: (facts) => textOf(facts, 'minimum'),
      };
    case 'disable-administrator':
      return {
        ...{ item: 'administrator', expected: 'disabled' },
        answer: (facts) => (textOf(facts, 'disabled') === 'true' ? 'disabled' : 'enabled'),
      };
    case 'register-agent-task':
      return {
        ...{ item: `task:${action.name}`, expected: 'registered' },
        answer: (facts) => (textOf(facts, 'present') === 'true' ? 'registered' : 'missing'),
      };
  }
}

/** Only an update whose file names its number can be told from others. */
function updateQuestion(file: string): Question {
  const number = /kb\d{6,8}/i.exec(file)?.[0].toUpperCase();
  if (number === undefined) return unseen;
  return {
    ...{ item: 'updates', expected: number },
    answer: (facts) =>
      listOf(facts, 'ids').some((id) => id.toUpperCase() === number) ? number : 'not installed',
  };
}

function antivirusQuestion(name: string): Question {
  return {
    ...{ item: 'security-center', expected: `${name} is on` },
    answer: (facts) => {
      const at = listOf(facts, 'names').indexOf(name);
      if (at < 0) return `${name} is not registered`;
      const state = Number(listOf(facts, 'states')[at]);
      return (state & productIsOn) === 0 ? `${name} is off` : `${name} is on`;
    },
  };
}
