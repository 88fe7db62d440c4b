import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../go/duration.ts';

/** Returns a parser of durations in Go's syntax, with results in seconds. `rule` describes valid ones, and completes "It must be". */
export function durationOption(isValid: (seconds: number) => boolean, rule: string): (text: string) => number {
  return (text) => {
    const seconds = parseDuration(text);
    if (seconds === undefined || !isValid(seconds)) throw new InvalidArgumentError(`It must be ${rule}.`);
    return seconds;
  };
}
