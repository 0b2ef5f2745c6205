"""The pages as somebody sees them who has keys alone: where Tab goes, whether one sees it, whether one comes on."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

ROUNDS_MAX = 25
"""Times that Tab is pressed as often as elements are left; it takes several, since one in a field for a day goes to the next part of that field."""

_STOPS = """() => {
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const usable = each => !each.disabled && !each.matches('svg [tabindex="-1"]');
  const seen = [...document.querySelectorAll(all)].filter(each => usable(each) && each.checkVisibility({contentVisibilityAuto: true}));
  const shown = each => { const style = getComputedStyle(each); return [style.outlineStyle, style.outlineWidth, style.boxShadow].join(' '); };
  const top = each => {
    const box = each.getBoundingClientRect(), around = each.parentElement.closest('.scroll, .checks');
    const inside = around ? around.getBoundingClientRect() : box;
    return [Math.min(box.top, inside.bottom), Math.min(box.bottom, inside.bottom)];
  };
  const inColumns = (a, b) => {
    let around = a.parentElement;
    while (!around.contains(b)) around = around.parentElement;
    return ['grid', 'table-row'].includes(getComputedStyle(around).display);
  };
  const said = each => (each.getAttribute('aria-label') || each.textContent).trim().replace(/\\s+/g, ' ').slice(0, 40);
  const name = each => `${each.tagName.toLowerCase()} ${each.name || ''} ${said(each)}`;
  window.walked = [];
  seen.forEach((each, number) => { each.stop = number; });
  const before = seen.map(shown);
  document.addEventListener('focusin', event => {
    const number = event.target.stop ?? -1;
    window.walked.push([number, number === -1 ? name(event.target) : '', shown(event.target) !== before[number]]);
  });
  const back = seen.slice(1).filter((each, number) => top(each)[1] < top(seen[number])[0] && !inColumns(seen[number], each));
  return {names: seen.map(name), back: back.map(name)};
}"""


def walk(page: Page) -> dict[str, Any]:
    """Tab from the top of a page to its end, and once more.

    names: what can be used, as read; not what is drawn and leads where a list of the same card does (tabindex -1). back: of these, what stands
    above the one before it, on the screen, and not in another column. missed: what Tab did not come to in that order. unseen: what looks the same
    with the focus on it. is_out: the last one was left again.
    """
    found = page.evaluate(_STOPS)
    names = found["names"]
    left = len(names) + 1  # none of these presses goes too far: each leaves one element, or one part of a field for a day
    for _ in range(ROUNDS_MAX):
        for _ in range(left):
            page.keyboard.press("Tab")
        left = len(names) + 1 - page.evaluate("window.walked.length")
        if left <= 0:
            break
    walked = page.evaluate("window.walked")
    order = [number for number, _, _ in walked]
    first = order[: len(names)]
    missed = next(([names[at], walked[at][1] or names[order[at]]] for at, number in enumerate(first) if number != at), [])
    if not missed and len(first) < len(names):
        missed = [names[len(first)], "nothing"]
    unseen = [names[number] for number, _, is_seen in walked if number >= 0 and not is_seen]
    return {"names": names, "back": found["back"], "missed": missed, "unseen": unseen, "is_out": len(order) > len(names)}


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on it. Raises: AssertionError, it never is."""
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keys never come to {selector}")


def focus_of(page: Page) -> str:
    """Which element has the focus: its tag, and its name or text."""
    return str(page.evaluate("() => ((on) => `${on.tagName.toLowerCase()} ${on.name || on.textContent.trim()}`)(document.activeElement)"))
