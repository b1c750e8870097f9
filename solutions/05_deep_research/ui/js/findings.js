/* What the searches have found so far. */

import { element } from "./dom.js";

/** What a search has found, and where; as text, whatever a page has put into it. */
export function drawFindings({ query, findings, sources }) {
  const pages = sources.length === 1 ? "1 source" : `${sources.length} sources`;
  return element("details", { class: "findings", "data-of": query },
    element("summary", {}, `What it found · ${pages}`),
    element("p", {}, findings.replace(/\(?\[([^\]]*)\]\(https?:[^)\s]*\)\)?/g, "($1)")),
    element("ul", {}, ...sources.filter(({ url }) => /^https?:\/\//.test(url)).map(({ url, title }) =>
      element("li", {}, element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, title || url),
        ` · ${new URL(url).hostname}`))));
}

/** While the writer works: what it has before it. */
export function drawOutline(status) {
  const done = status.searches.filter((search) => search.state === "done");
  return element("div", { class: "outline" },
    element("p", { class: "hint" }, "From these findings:"),
    element("ol", {}, ...done.map((search) => element("li", {}, `${search.query} · ${search.sources.length} sources`))));
}
