import { Option } from 'commander';
import { LOG_FORMATS } from '../../server/log.ts';

/** The option for the form of log lines. */
export function logFormatOption(): Option {
  return new Option('--log-format <format>', 'form of log lines: json or text').choices(LOG_FORMATS).default('json');
}
