/* A report leaves the page: as Markdown, as one HTML file, as PDF by the browser's print sheet. Its title is its name. */

import * as api from "./api.js";
import { byId, element } from "./dom.js";
import { persistently } from "./trouble.js";

const STYLE = "body{font:1.05rem/1.6 Georgia,serif;max-width:42rem;margin:3rem auto;padding:0 1rem}blockquote{color:#555}table{border-collapse:collapse}td,th{padding:.3rem .8rem .3rem 0;text-align:left}";

/** A file name that every system takes. */
export function fileName(title) {
  return title.normalize("NFKC").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 80) || "report";
}

export function exportReport(id, title) {
  const name = fileName(title);
  byId("download").href = api.reportAddress(id, "md");
  byId("download").download = `${name}.md`;
  byId("download-html").onclick = () => save(`${name}.html`, documentOf(title));
  byId("print").onclick = () => print(); // the file is named after the page's title
  byId("copy").onclick = () => copy(id);
}

/** The report as a document of its own. Built from what is shown here: nothing in it can run. */
function documentOf(title) {
  const heading = element("h1", {}, title).outerHTML;
  const name = element("title", {}, title).outerHTML;
  const parts = ["summary", "article", "sources"].map((part) => byId(part).outerHTML);
  const head = `<meta charset="utf-8">${name}<style>${STYLE}</style>`;
  return `<!doctype html>\n<html><head>${head}</head><body>\n${[heading, ...parts].join("\n")}\n</body></html>\n`;
}

function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/html" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function copy(id) {
  try {
    await navigator.clipboard.writeText(await persistently(() => api.report(id, "md")));
    byId("copied").textContent = "Copied.";
  } catch {
    byId("copied").textContent = "The browser does not let this page copy. Download the file instead.";
  }
}
