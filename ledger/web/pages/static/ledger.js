// What the pages do beyond what they do without it: sign in by link, say that there is news, say that the ledger is away,
// keep the question in the other language.
"use strict";

const signIn = document.querySelector("[data-sign-in]");
if (signIn && location.hash.startsWith("#ledger_link_")) {
  signIn.elements.link.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname); // the secret leaves the address at once
  signIn.submit();
}

const language = document.querySelector("[data-language]");
language?.addEventListener("click", () => { // htmx may have gone on to another question since the page came
  const asked = new URLSearchParams(location.search);
  asked.set("lang", language.lang);
  language.search = asked;
});

const positions = document.body.dataset.positions;
if (positions && "EventSource" in window) {
  const news = document.querySelector("[data-news]");
  const stale = document.querySelector("[data-stale]");
  const isOfNow = !new URLSearchParams(location.search).get("on");
  const changes = new EventSource("/v1/changes");
  changes.addEventListener("folded", (event) => {
    stale.hidden = true;
    if (news) news.hidden = !isOfNow || JSON.parse(event.data).positions === document.body.dataset.positions; // none where a form was answered
  });
  changes.addEventListener("unreachable", () => { stale.hidden = false; });
  changes.addEventListener("error", () => { stale.hidden = false; });
  addEventListener("pagehide", () => changes.close());
}
