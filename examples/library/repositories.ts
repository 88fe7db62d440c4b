import { createFunction } from 'function-workload-ecr/function';
import { digestOf, parseReference } from 'function-workload-ecr/oci';
import { loadInputs, printOutput, type RenderOutput, render } from 'function-workload-ecr/render';
import { cacheFileName } from 'function-workload-ecr/xpkg';

// Uses the function as a library, in this process and without Crossplane or a network: prints the resources that the example claim gets,
// and where Crossplane caches a package. After `npm run build`: npx tsx examples/library/repositories.ts

const example = `${import.meta.dirname}/../claim`;

async function renderClaim(): Promise<RenderOutput> {
  const { inputs } = await loadInputs({
    composite: `${example}/claim.yaml`,
    composition: `${example}/composition.yaml`,
    functions: undefined,
    definition: `${example}/xrd.yaml`,
    observed: undefined,
    required: [],
    credentials: undefined,
    contextValues: {},
    contextFiles: {},
  });
  const run = createFunction();
  return render(inputs, async (_name, request) => (await run(request)).response);
}

process.stdout.write(printOutput(await renderClaim(), { fullComposite: false, results: false, context: false }));

const reference = 'registry.example.com/team/configuration:v1.2.3';
const { registry, repository, tag } = parseReference(reference);
const digest = digestOf(Buffer.from('a manifest'));
process.stdout.write(`---\n# ${repository} ${tag} of ${registry} is cached as ${cacheFileName(reference, digest)}\n`);
