import { SOURCES, type Texts } from '../model/problems.ts';

/**
 * Shows the files that `function-workload-ecr preview` serves, now and whenever they change. `tell` gets what is wrong with them, and an
 * empty text once nothing is.
 */
export function followFiles(show: (texts: Texts) => void, tell: (notice: string) => void): void {
  const events = new EventSource('events');
  events.addEventListener('message', ({ data }) => {
    const message: unknown = JSON.parse(String(data));
    if (isTexts(message)) show(message);
    else tell(isFailure(message) ? message.failure : 'The command sent something unknown.');
  });
  events.addEventListener('error', () => tell('The command preview has ended; changes of files are no longer shown.'));
  events.addEventListener('open', () => tell(''));
}

function isTexts(value: unknown): value is Texts {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return SOURCES.every((source) => typeof fields.get(source) === 'string');
}

function isFailure(value: unknown): value is { readonly failure: string } {
  return typeof value === 'object' && value !== null && 'failure' in value && typeof value.failure === 'string';
}
