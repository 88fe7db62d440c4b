import { html, nothing, type TemplateResult } from 'lit-html';
import type { Picture } from '../../model/picture.ts';

/** Shows the YAML that the function returns to Crossplane, and the results and conditions. */
export function outputView({ yaml, events, conditions }: Picture): TemplateResult {
  return html`
    <section aria-labelledby="conditions">
      <h2 id="conditions">Conditions</h2>
      <ul class="events">
        ${conditions.map(
          ({ type, status, reason, message }) => html`<li>
            <span class=${`dot ${status === 'True' ? 'ready' : 'waiting'}`} aria-hidden="true"></span>
            <strong>${type}</strong> is ${status} <span class="muted">(${reason})</span>${message ? html`: ${message}` : nothing}
          </li>`,
        )}
      </ul>
    </section>
    <section aria-labelledby="events">
      <h2 id="events">Events</h2>
      <ul class="events">
        ${events.map(({ type, reason, message }) => html`<li><strong>${type}</strong> <span class="muted">${reason}</span>: ${message}</li>`)}
      </ul>
    </section>
    <section aria-labelledby="yaml">
      <h2 id="yaml">YAML</h2>
      <pre class="yaml scroll" tabindex="0" role="region" aria-label="YAML that the function returns to Crossplane">${yaml}</pre>
    </section>
  `;
}
