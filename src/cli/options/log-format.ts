import { Option } from 'commander';
import { LOG_FORMATS } from '../../server/log.ts';

/** Returns the option for the format of log lines. */
export function logFormatOption(): Option {
  return new Option('--log-format <format>', 'format of log lines: json or text').choices(LOG_FORMATS).default('json');
}
