/* Puts a report into the page: headings for the contents, tables that scroll, and numbers that lead to their sources. */

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
  linkNumbers(article);
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

/** The items of the list under the last heading "Sources". */
function sources(article) {
  const headings = [...article.querySelectorAll("h1, h2, h3")];
  const heading = headings.findLast((one) => /^(sources|references)$/i.test(one.textContent.trim()));
  let next = heading?.nextElementSibling;
  while (next && next.tagName !== "OL") next = next.nextElementSibling;
  return next ? [...next.children] : [];
}

/** Turn each [3] of the text into a link to source 3. */
function linkNumbers(article) {
  const items = sources(article);
  items.forEach((item, index) => (item.id = `source-${index + 1}`));
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (/\[\d+\]/.test(text.data) && !text.parentElement.closest("a, code, pre")) texts.push(text);
  }
  for (const text of texts) {
    text.replaceWith(...text.data.split(/(\[\d+\])/).map((piece) => {
      const number = Number(/^\[(\d+)\]$/.exec(piece)?.[1]);
      if (!(number >= 1 && number <= items.length)) return piece;
      return element("a", { href: `#source-${number}`, class: "number", "aria-label": `Source ${number}` }, piece);
    }));
  }
}

/** The table of contents, from the headings of the second and third level. */
export function drawContents(list, article) {
  const headings = [...article.querySelectorAll("h2, h3")].filter((heading) => heading.textContent.trim());
  headings.forEach((heading, index) => (heading.id ||= `part-${index + 1}`));
  list.replaceChildren(...headings.map((heading) =>
    element("li", { class: heading.tagName.toLowerCase() }, element("a", { href: `#${heading.id}` }, heading.textContent))));
}
