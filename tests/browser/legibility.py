"""Which texts of a page are too faint to read: below the contrast that WCAG 2 asks for at level AA.

It uses computed styles: opacity, the values of fields, and in drawings the shapes under a text, with patterns
and halos.
"""

from __future__ import annotations

from playwright.sync_api import Page

LEAST = 4.5

_FAINT = """
([least, within]) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const known = new Map();
  const rgba = (colour) => {  // whatever notation the browser computes, as red, green, blue and opacity
    if (!known.has(colour)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const over = ([r, g, b, a], back) => [r, g, b].map((part, index) => part * a + back[index] * (1 - a));
  const light = (colour) => colour.map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const contrast = (one, other) => {
    const [a, b] = [light(one), light(other)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const parents = function* (element) { for (let one = element; one; one = one.parentElement) yield one; };
  const opacity = (element) =>
    [...parents(element)].reduce((all, one) => all * getComputedStyle(one).opacity, 1);
  const faded = (colour, factor) => [...rgba(colour).slice(0, 3), rgba(colour)[3] * factor];
  const behind = (element) => [...parents(element)].map((one) => rgba(getComputedStyle(one).backgroundColor))
    .reverse().reduce((back, colour) => over(colour, back), [255, 255, 255]);

  const fills = (shape) => {  // a pattern has several colours, and a text may stand on any of them
    const {fill} = getComputedStyle(shape);
    const pattern = fill.startsWith("url(") && document.querySelector(fill.match(/#[^")]+/)[0]);
    if (pattern) return [...pattern.children].map((part) => getComputedStyle(part).fill);
    return fill === "none" ? [] : [fill];
  };
  const under = (text) => {  // the colours that a drawing has under the middle of a text
    const style = getComputedStyle(text);
    if (style.paintOrder.startsWith("stroke") && parseFloat(style.strokeWidth) >= 3)
      return [rgba(style.stroke).slice(0, 3)];
    const drawing = text.ownerSVGElement, box = text.getBoundingClientRect();
    const middle = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
    let backs = [behind(drawing)];
    for (const shape of drawing.querySelectorAll("rect, path, circle, polygon, ellipse")) {
      const isBefore = shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (!isBefore || shape.closest("defs")) continue;
      if (!shape.isPointInFill(middle.matrixTransform(shape.getScreenCTM().inverse()))) continue;
      const factor = opacity(shape) * getComputedStyle(shape).fillOpacity;
      const painted = fills(shape).flatMap((fill) => backs.map((back) => over(faded(fill, factor), back)));
      backs = painted.length ? painted : backs;
    }
    return backs;
  };

  const faint = [];
  const judge = (words, element, colour, backs) => {
    const ink = faded(colour, opacity(element));
    const found = Math.min(...backs.map((back) => contrast(over(ink, back), back)));
    if (found < least) faint.push(`${found.toFixed(2)} ${words.trim().slice(0, 60)}`);
  };
  const isSeen = (element) => element.checkVisibility() && element.getClientRects().length
    && !element.closest(".unseen, [aria-disabled=true], :disabled, title");
  for (const root of document.querySelectorAll(within)) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement, words = walker.currentNode.data;
      if (!words.trim() || !isSeen(element)) continue;
      const style = getComputedStyle(element);
      if (element.ownerSVGElement) judge(words, element, style.fill, under(element));
      else judge(words, element, style.color, [behind(element)]);
    }
    for (const field of root.querySelectorAll("input, textarea, select")) {
      if (!isSeen(field) || !(field.value || field.placeholder)) continue;
      const style = getComputedStyle(field, field.value ? null : "::placeholder");
      judge(field.value || field.placeholder, field, style.color, [behind(field)]);
    }
  }
  return faint;
}
"""


def faint_texts(page: Page, within: str = "body") -> list[str]:
    """Return the texts of too low contrast inside the selector `within`, each with its contrast. Texts of
    busy or disabled controls may be faint.
    """
    return [str(text) for text in page.evaluate(_FAINT, [LEAST, within])]
