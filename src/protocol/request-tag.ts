import { EXTRA_RESOURCES, META, REQUIRED_RESOURCES, REQUIRED_SCHEMAS } from './request.ts';
import { decoding } from './struct.ts';
import { type Bytes, checkEnd, DELIMITED, payloadEnd, Reader, readTag, skipField, tag } from './wire.ts';

const REQUIREMENTS: readonly number[] = [EXTRA_RESOURCES, REQUIRED_RESOURCES, REQUIRED_SCHEMAS];
const TAG = tag(1, DELIMITED);

/**
 * Returns the tag of a request that has neither required resources nor schemas; otherwise undefined. It makes no view of anything else, which
 * would take most of the time of a call that is answered by its tag.
 */
export function tagWithoutRequirements(bytes: Bytes): string | undefined {
  return decoding('RunFunctionRequest', () => {
    let found: string | undefined;
    const reader = Reader.create(bytes);
    while (reader.pos < reader.len) {
      const fieldTag = readTag(reader);
      if (REQUIREMENTS.includes(fieldTag)) return undefined;
      if (fieldTag === META) found = tagInMeta(reader) ?? found;
      else skipField(reader, fieldTag);
    }
    checkEnd(reader, reader.len);
    return found;
  });
}

function tagInMeta(reader: Reader): string | undefined {
  let found: string | undefined;
  const end = payloadEnd(reader);
  while (reader.pos < end) {
    const fieldTag = readTag(reader);
    if (fieldTag === TAG) found = reader.string();
    else skipField(reader, fieldTag);
  }
  checkEnd(reader, end);
  return found;
}
