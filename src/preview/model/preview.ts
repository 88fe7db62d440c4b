import { splitMessage } from '../../function/api/messages/parse-problems.ts';
import { type Explanation, explainRequest } from '../../function/explain.ts';
import { createFunction } from '../../function/function.ts';
import type { JsonObject } from '../../json/value.ts';
import { decodeResponse } from '../../protocol/caller/decode-response.ts';
import type { RunFunctionResponse } from '../../protocol/messages.ts';
import type { Bytes } from '../../protocol/wire.ts';
import { type Composition, parseComposition } from '../../render/documents/composition.ts';
import { parseDefinition } from '../../render/documents/definition.ts';
import { isOwnStep, OWN_NAME } from '../../render/documents/functions.ts';
import { toJson } from '../../render/documents/object.ts';
import { sourceObject } from '../../render/documents/source.ts';
import { RenderError } from '../../render/errors.ts';
import { type RenderOutput, render } from '../../render/render.ts';
import type { YamlDocument } from '../../yaml/index.ts';
import { readObserved } from './observed.ts';
import { type Picture, pictureOf } from './picture.ts';
import {
  type DocumentName,
  emptyProblem,
  locateProblem,
  PreviewError,
  type PreviewProblem,
  placedProblem,
  problemOf,
  readSource,
  type Texts,
} from './problems.ts';

/** The preview of a claim: a picture or problems. */
export type Preview =
  | { readonly picture: Picture; readonly problems: readonly [] }
  | { readonly picture: undefined; readonly problems: readonly PreviewProblem[] };

/** Creates a function that returns previews. It caches the documents of each text until the text changes. */
export function createPreviewer(): (texts: Texts) => Promise<Preview> {
  const run = createFunction();
  const remembered = new Map<DocumentName, { text: string; documents: readonly YamlDocument[] }>();
  const read = (source: DocumentName, text: string): readonly YamlDocument[] => {
    const known = remembered.get(source);
    if (known?.text === text) return known.documents;
    const documents = readSource(source, text);
    remembered.set(source, { text, documents });
    return documents;
  };
  return async (texts) => {
    try {
      return { picture: await previewOf(texts, read, run), problems: [] };
    } catch (error) {
      if (!(error instanceof PreviewError)) throw error;
      return { picture: undefined, problems: error.problems };
    }
  };
}

type Read = (source: DocumentName, text: string) => readonly YamlDocument[];

/** The last call of the function in its step. */
interface Call {
  readonly stepName: string;
  readonly step: number;
  readonly explanation: Explanation;
  readonly response: RunFunctionResponse;
}

async function previewOf(texts: Texts, read: Read, run: ReturnType<typeof createFunction>): Promise<Picture> {
  const documents = readAll(texts, read);
  const [claim] = documents.claim;
  const [composition] = documents.composition;
  if (claim === undefined) throw new PreviewError([emptyProblem('claim', 'WorkloadECRRepo')]);
  if (composition === undefined) throw new PreviewError([emptyProblem('composition', 'Composition')]);
  let call: Call | undefined;
  try {
    const [definition] = documents.definition;
    const parsed = parseComposition(sourceObject(composition, 'composition'));
    const isOurs = parsed.pipeline.map(isOwnStep);
    const step = isOurs.indexOf(true);
    if (step < 0) throw new PreviewError([noStep(parsed, composition)]);
    const given = sourceObject(claim, 'claim').object;
    const observed = readObserved(documents.observed, toJson(given));
    const output = await render(
      {
        given,
        composition: { ...parsed, pipeline: parsed.pipeline.filter((_, index) => isOurs[index]) },
        definition: definition && parseDefinition(sourceObject(definition, 'definition')),
        observed,
        existing: [],
        context: {},
      },
      async (_name, request) => {
        const { response } = await run(request);
        call = { ...callOf(request, response), step, stepName: parsed.pipeline[step]?.name ?? '' };
        return response;
      },
    );
    return pictureFrom(output, parsed, isOurs, observed, call);
  } catch (error) {
    throw new PreviewError(problemsFrom(error, call, { claim, composition }));
  }
}

function readAll(texts: Texts, read: Read): Readonly<Record<DocumentName, readonly YamlDocument[]>> {
  const problems: PreviewProblem[] = [];
  const attempt = (source: DocumentName) => {
    try {
      return read(source, texts[source]);
    } catch (error) {
      if (!(error instanceof PreviewError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  };
  const documents = {
    claim: attempt('claim'),
    composition: attempt('composition'),
    observed: attempt('observed'),
    definition: attempt('definition'),
  };
  if (problems.length > 0) throw new PreviewError(problems);
  return documents;
}

function noStep({ pipeline }: Composition, document: YamlDocument): PreviewProblem {
  const names = pipeline.map(({ functionName }) => functionName).join(', ') || 'none';
  const message = `must have a step that calls ${OWN_NAME}; other functions are not run here (its functions: ${names})`;
  return { source: 'composition', ...document.locate(['spec', 'pipeline']), path: 'spec.pipeline', message };
}

function callOf(request: Bytes, response: Bytes): Pick<Call, 'explanation' | 'response'> {
  return { explanation: explainRequest(request), response: decodeResponse(response) };
}

function pictureFrom(
  output: RenderOutput,
  { pipeline }: Composition,
  isOurs: readonly boolean[],
  observed: readonly JsonObject[],
  call: Call | undefined,
): Picture {
  if (call === undefined) {
    throw new PreviewError([problemOf('claim', 'is paused or being deleted, so Crossplane does not compose it')]);
  }
  const skipped = pipeline.filter((_, index) => !isOurs[index]);
  return pictureOf({
    output,
    observed,
    explanation: call.explanation,
    response: call.response,
    skipped: skipped.map(({ name, functionName }) => ({ step: name, functionName })),
  });
}

function problemsFrom(
  error: unknown,
  call: Call | undefined,
  documents: { readonly claim: YamlDocument; readonly composition: YamlDocument },
): readonly PreviewProblem[] {
  if (error instanceof PreviewError) return error.problems;
  if (!(error instanceof RenderError)) throw error;
  if (call === undefined || error.code !== 'FATAL_RESULT') {
    return [placedProblem(error.message) ?? problemOf(sourceOf(error), error.message)];
  }
  const { explanation, stepName, step } = call;
  const prefix = `pipeline step ${stepName} returned a fatal result: `;
  const said = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
  const problems = explanation.problems.length > 0 ? explanation.problems : splitMessage(said);
  return problems.map((problem) => locateProblem(problem, { ...documents, step }));
}

function sourceOf({ code, message }: RenderError): DocumentName {
  if (code === 'WRONG_COMPOSITION') return 'composition';
  if (/cannot use observed resource/.test(message)) return 'observed';
  return /the XRD|CompositeResourceDefinition/.test(message) ? 'definition' : 'claim';
}
