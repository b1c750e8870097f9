/* Puts a report into the page: headings for the contents, tables that scroll, and its sources beside it. */

import { element } from "./dom.js";

/** Insert the server's rendering of a report. */
export function insertReport(article, markup) {
  // The only place where markup becomes part of the page. It is safe for two reasons: the server has rendered it and taken out
  // everything but harmless elements (nh3), and the page's Content-Security-Policy runs no script that isn't a file of ours.
  // DOMParser itself runs nothing and loads nothing while it reads.
  const parsed = new DOMParser().parseFromString(markup, "text/html");
  article.replaceChildren(...parsed.body.childNodes);
  for (const link of article.querySelectorAll("a[href^='http']")) openElsewhere(link);
  for (const table of article.querySelectorAll("table")) letScroll(table);
}

function openElsewhere(link) {
  link.target = "_blank";
  link.rel = "noopener noreferrer";
}

function letScroll(table) {
  const frame = element("div", { class: "scrolls", tabindex: "0", role: "region", "aria-label": "Table" });
  table.replaceWith(frame);
  frame.append(table);
}

/** Mark citations, and move the list of sources beside the text. Returns whether there is one. */
export function insertSources(panel, article) {
  for (const link of article.querySelectorAll("a[href^='#']")) link.className = link.id.startsWith("cite-") ? "number" : "back";
  const heading = article.querySelector("#section-sources");
  const list = heading?.nextElementSibling;
  if (list?.tagName !== "OL") return false;
  panel.replaceChildren(heading, list);
  return true;
}

/** The table of contents, from the headings of the second and third level. */
export function drawContents(list, article) {
  const headings = [...article.querySelectorAll("h2, h3")].filter((heading) => heading.textContent.trim());
  headings.forEach((heading, index) => (heading.id ||= `part-${index + 1}`));
  list.replaceChildren(...headings.map((heading) =>
    element("li", { class: heading.tagName.toLowerCase() }, element("a", { href: `#${heading.id}` }, heading.textContent))));
}
