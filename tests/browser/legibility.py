"""Which texts of a page are too faint to read: below the contrast that WCAG 2 asks for at level AA."""

from __future__ import annotations

from playwright.sync_api import Page

LEAST = 4.5

_FAINT = """
(least) => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = numbers(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const isShown = element.checkVisibility() && element.getClientRects().length;
    if (!walker.currentNode.data.trim() || !isShown || element.closest(".unseen, [aria-disabled=true]")) continue;
    const [front, back] = [light(numbers(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (contrast < least) faint.push(`${contrast.toFixed(2)} ${walker.currentNode.data.trim().slice(0, 60)}`);
  }
  return faint;
}
"""


def faint_texts(page: Page) -> list[str]:
    """The texts whose contrast is too low, each with its contrast. Texts of controls at work may be faint."""
    return [str(text) for text in page.evaluate(_FAINT, LEAST)]
