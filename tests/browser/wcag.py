"""What is wrong with a page for those who see, hear or move otherwise: axe's rules for WCAG 2.2 A and AA, with all of it open.

axe does not look into a closed `<details>`, nor at the colours of what a scrolled box cuts off: so all is opened, and for the look at colours boxes
are as large as what is in them. What axe leaves for somebody to judge ("incomplete") is a flaw too, but for what is listed here with its reason.
"""

from __future__ import annotations

from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS: Final = "color-contrast"
BEYOND: Final = "beyond its card"
JUDGED: Final = {
    "elmPartiallyObscured": (BEYOND, "what scrolls sideways on a telephone, unrolled beyond its card: its other cells were looked at"),
    "nonBmp": ("[aria-hidden]", "an arrow between two names; who hears the page hears words instead"),
    "pseudoContent": (".timeline *", "the dot of a line stands beside its words, not under them"),
}
"""What axe could not tell of a colour -> where alone that is no flaw, and why. Text in drawings is not here: `CONTRAST` measures it."""
CONTRAST: Final = """() => {
  const channel = value => value <= 10.31475 ? value / 3294.6 : ((value / 255 + .055) / 1.055) ** 2.4;
  const parts = colour => (colour.match(/[0-9.]+/g) ?? []).map(Number);
  const light = colour => { const [r, g, b] = parts(colour).map(channel); return .2126 * r + .7152 * g + .0722 * b; };
  const isSeen = colour => colour.startsWith('rgb') && (parts(colour)[3] ?? 1) === 1;
  const holds = (outer, x, y) => outer.left <= x && x <= outer.right && outer.top <= y && y <= outer.bottom;
  const behind = text => {
    const {left, right, top, bottom} = text.getBoundingClientRect();
    const boxes = [...text.closest('svg').querySelectorAll('rect')].filter(each => isSeen(getComputedStyle(each).fill));
    const box = boxes.findLast(each => holds(each.getBoundingClientRect(), (left + right) / 2, (top + bottom) / 2));
    if (box) return getComputedStyle(box).fill;
    for (let each = text; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (isSeen(colour)) return colour;
    }
  };
  return [...document.querySelectorAll('svg text')].filter(each => each.checkVisibility()).flatMap(text => {
    const [one, other] = [getComputedStyle(text).fill, behind(text)].map(light).sort((a, b) => b - a);
    const ratio = (one + .05) / (other + .05);
    return ratio >= 4.5 ? [] : [`colour of a text in a drawing: ${text.outerHTML}: ${ratio.toFixed(1)} to 1`];
  });
}"""
"""Texts of drawings with a contrast under 4.5 to 1 (WCAG 2.2, 1.4.3) to the box behind them, or to what the drawing stands on."""
_OPEN: Final = """() => {
  window.closedBefore = [...document.querySelectorAll('details:not([open])')];
  closedBefore.forEach(each => { each.open = true; });
}"""
_UNROLL: Final = """() => {
  const rolls = each => /auto|scroll/.test(getComputedStyle(each).overflow);
  window.rolledBefore = [...document.querySelectorAll('body *')].filter(rolls);
  rolledBefore.forEach(each => { Object.assign(each.style, {overflow: 'visible', maxHeight: 'none', background: 'none'}); });
}"""
_BACK: Final = """() => {
  rolledBefore.forEach(each => { each.removeAttribute('style'); });
  closedBefore.forEach(each => { each.open = false; });
}"""


def flaws_of(page: Page) -> list[str]:
    """What axe finds, and what is judged here: rule, place, why. The page is left as it was."""
    page.evaluate(_OPEN)
    found = ["scrolls sideways with all of it open"] if is_wider_than_screen(page) else []
    found += _found(page, {"runOnly": {"type": "tag", "values": WCAG}, "rules": {COLOURS: {"enabled": False}}})
    page.evaluate(_UNROLL)
    found += _found(page, {"runOnly": {"type": "rule", "values": [COLOURS]}}) + page.evaluate(CONTRAST)
    page.evaluate(_BACK)
    return found


def is_wider_than_screen(page: Page) -> bool:
    """Whether the page as a whole scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def _found(page: Page, options: dict[str, Any]) -> list[str]:
    """Broken rules, and what axe did not decide."""
    kinds = ["violations", "incomplete"]
    response = Axe().run(page, options=options | {"resultTypes": kinds}).response
    nodes = [(kind, each["id"], node) for kind in kinds for each in response[kind] for node in each["nodes"]]
    return [
        f"{rule} ({kind}): {node['target']}: {node['failureSummary']}"
        for kind, rule, node in nodes
        if kind == "violations" or not _is_judged(page, rule, node)
    ]


def _is_judged(page: Page, rule: str, node: Any) -> bool:
    if rule != COLOURS:
        return False
    element, said = page.locator(node["target"][0]), [check["data"].get("messageKey") for check in node["any"] if check["data"]]
    is_where = "(each, where) => each.matches(where)"
    if element.evaluate(is_where, "svg text"):
        return True
    where, _ = JUDGED.get(said[0] if said else "", (None, ""))
    if where == BEYOND:
        return bool(element.evaluate("each => each.getBoundingClientRect().right > each.closest('.card')?.getBoundingClientRect().right"))
    return where is not None and bool(element.evaluate(is_where, where))
