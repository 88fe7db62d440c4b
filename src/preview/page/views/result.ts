import { html, nothing, type TemplateResult } from 'lit-html';
import type { ExplainedValue } from '../../../function/explain.ts';
import type { Json } from '../../../json/value.ts';
import { printYaml } from '../../../yaml/index.ts';
import type { Picture, RepositoryPicture, TreeNode } from '../../model/picture.ts';

/** Shows the result of a claim: the tree of objects, and each repository with its settings. */
export function resultView({ tree, repositories, parameters, provider, skipped }: Picture): TemplateResult {
  return html`
    ${skipped.map(
      ({ step, functionName }) =>
        html`<p class="note">Step <code>${step}</code> is not run here: it calls <code>${functionName}</code>.</p>`,
    )}
    <section aria-labelledby="objects">
      <h2 id="objects">Objects</h2>
      <ul class="tree">${treeNode(tree)}</ul>
    </section>
    ${repositories.map(repositoryView)}
    <section aria-labelledby="parameters">
      <h2 id="parameters">Parameters</h2>
      <p class="muted">The AWS provider is <code>${provider}</code>.</p>
      ${valueTable(parameters, 'Values of parameters')}
    </section>
  `;
}

const STATES = { ready: 'ready', waiting: 'not ready', new: 'new' } as const;

function treeNode({ kind, name, detail, state, children }: TreeNode): TemplateResult {
  return html`<li>
    <div class="node">
      <span class=${`dot ${state}`} aria-hidden="true"></span>
      <span class="kind">${kind}</span>
      <span class="name">${name}</span>
      ${detail === undefined ? nothing : html`<span class="detail">${detail}</span>`}
      <span class="state">${STATES[state]}</span>
    </div>
    ${children.length === 0 ? nothing : html`<ul>${children.map(treeNode)}</ul>`}
  </li>`;
}

function repositoryView({ key, name, uri, isUriKnown, settings }: RepositoryPicture): TemplateResult {
  return html`<section class="card" aria-labelledby=${`repository-${key}`}>
    <h2 id=${`repository-${key}`}>Repository ${key}</h2>
    <dl>
      <dt>Name in ECR</dt>
      <dd><code>${name}</code></dd>
      <dt>Push to</dt>
      <dd>
        <code>${uri}</code>
        ${isUriKnown ? nothing : html`<div class="muted">The provider reports the account once the repository exists.</div>`}
      </dd>
    </dl>
    ${valueTable(settings, `Settings of ${key}`)}
  </section>`;
}

const LAYERS = { default: 'default', claim: 'claim', enforced: 'enforced', combined: 'several layers' } as const;

function valueTable(values: readonly ExplainedValue[], caption: string): TemplateResult {
  if (values.length === 0) return html`<p class="muted">No values are set, so ECR's defaults apply.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table class="values">
      <caption class="hidden">${caption}</caption>
      <thead>
        <tr><th scope="col">Setting</th><th scope="col">From</th><th scope="col">Value</th></tr>
      </thead>
      <tbody>
        ${values.map(
          ({ name, value, layer, path, overruled }) => html`<tr>
            <th scope="row">${name}</th>
            <td><span class=${`layer ${layer}`} title=${path}>${layer === 'enforced' ? lock() : nothing}${LAYERS[layer]}</span></td>
            <td><pre>${inYaml(value)}</pre>${overruled === undefined ? nothing : html`<p class="overruled">The claim requests <code>${inYaml(overruled)}</code>; the platform enforces this value.</p>`}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function lock(): TemplateResult {
  return html`<svg class="lock" viewBox="0 0 16 16" role="img" aria-label="enforced by the platform:"><path d="M4 7V5a4 4 0 0 1 8 0v2h1v7H3V7zm2 0h4V5a2 2 0 0 0-4 0z" fill="currentColor" /></svg>`;
}

function inYaml(value: Json): string {
  return typeof value === 'string' ? value : printYaml(value).trimEnd();
}
