import { SOURCES, type Texts } from '../model/problems.ts';

/**
 * Shows the files that `function-workload-ecr preview` serves, now and whenever they change. `notify` receives errors of the files, and an
 * empty string once the files can be read.
 */
export function followFiles(show: (texts: Texts) => void, notify: (notice: string) => void): void {
  const events = new EventSource('events');
  events.addEventListener('message', ({ data }) => {
    const message: unknown = JSON.parse(String(data));
    if (isTexts(message)) show(message);
    else notify(isFailure(message) ? message.failure : 'The command sent an unknown message.');
  });
  events.addEventListener('error', () => notify('The preview command has ended; file changes are no longer shown.'));
  events.addEventListener('open', () => notify(''));
}

function isTexts(value: unknown): value is Texts {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return SOURCES.every((source) => typeof fields.get(source) === 'string');
}

function isFailure(value: unknown): value is { readonly failure: string } {
  return typeof value === 'object' && value !== null && 'failure' in value && typeof value.failure === 'string';
}
