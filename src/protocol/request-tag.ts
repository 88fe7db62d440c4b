import { decoding } from './struct.ts';
import { type Bytes, checkEnd, DELIMITED, payloadEnd, Reader, readTag, skipField, tag } from './wire.ts';

const META = tag(1, DELIMITED);
const TAG = tag(1, DELIMITED);
/** The fields extra_resources, required_resources and required_schemas. */
const REQUIREMENTS: readonly number[] = [6, 8, 9].map((field) => tag(field, DELIMITED));

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
