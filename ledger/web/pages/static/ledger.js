// What the pages do beyond what they do without it: sign in by link, say that there is news, say that the ledger is away.
"use strict";

const signIn = document.querySelector("[data-sign-in]");
if (signIn && location.hash.startsWith("#ledger_link_")) {
  signIn.elements.link.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname); // the secret leaves the address at once
  signIn.submit();
}

const positions = document.body.dataset.positions;
if (positions && "EventSource" in window) {
  const news = document.querySelector("[data-news]");
  const stale = document.querySelector("[data-stale]");
  const isOfNow = !new URLSearchParams(location.search).get("on");
  const changes = new EventSource("/v1/changes");
  changes.addEventListener("folded", (event) => {
    stale.hidden = true;
    news.hidden = !isOfNow || JSON.parse(event.data).positions === document.body.dataset.positions;
  });
  changes.addEventListener("unreachable", () => { stale.hidden = false; });
  changes.addEventListener("error", () => { stale.hidden = false; });
  addEventListener("pagehide", () => changes.close());
}
