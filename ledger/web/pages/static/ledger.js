// What the pages do beyond what they do without it: look at a sign-in link, say that there is news, say that the ledger is away
// or not ready yet, keep the question in the other language, follow what is being worked out without loading the page again and again.
"use strict";

const signIn = document.querySelector("[data-sign-in]");
if (signIn && location.hash.startsWith("#ledger_link_")) {
  signIn.elements.link.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname); // the secret leaves the address at once
  signIn.submit(); // looks only: it is the button on the next page that signs in
}

const language = document.querySelector("[data-language]");
language?.addEventListener("click", () => { // htmx may have gone on to another question since the page came
  const asked = new URLSearchParams(location.search);
  asked.set("lang", language.lang);
  language.search = asked;
});

const stale = document.querySelector("[data-stale]");
const busy = (is) => document.getElementById("main").setAttribute("aria-busy", is);
document.body.addEventListener("htmx:beforeRequest", () => busy(true));
document.body.addEventListener("htmx:afterRequest", () => busy(false));
document.body.addEventListener("htmx:afterSettle", () => { // what had the focus and is not in the answer (htmx finds it again by its id) is lost
  if (document.activeElement === document.body) document.getElementById("main").focus({preventScroll: true});
});
document.body.addEventListener("htmx:sendError", () => { stale.hidden = false; });
document.body.addEventListener("htmx:responseError", (event) => location.assign(event.detail.pathInfo.finalRequestPath)); // a problem has a page

const COMES_AGAIN_MS = 8000;
const positions = document.body.dataset.positions;
if (positions && "EventSource" in window) {
  const news = document.querySelector("[data-news]");
  const isOfNow = !new URLSearchParams(location.search).get("on");
  const changes = new EventSource("/v1/changes");
  let missed = 0;
  changes.addEventListener("folded", (event) => {
    missed = clearTimeout(missed);
    stale.hidden = true;
    if (news) news.hidden = !isOfNow || JSON.parse(event.data).positions === document.body.dataset.positions; // none where a form was answered
  });
  changes.addEventListener("unreachable", () => { stale.hidden = false; });
  changes.addEventListener("error", () => { // a stream ends now and then, and the browser comes again by itself
    if (changes.readyState === EventSource.CLOSED) stale.hidden = false;
    else missed ||= setTimeout(() => { stale.hidden = false; }, COMES_AGAIN_MS);
  });
  addEventListener("pagehide", () => changes.close());
}

const LOOK_AGAIN_MS = 2000;
let following = 0;

async function lookAgain() {
  const shown = document.querySelector("[data-working]");
  if (!shown) return;
  let found = null;
  try {
    const answer = await fetch(location.href, {headers: {Accept: "text/html"}});
    if (answer.status !== 202) return location.reload(); // the answer, or what went wrong
    found = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch { /* the server is away for a moment */ }
  const again = found?.querySelector("[data-working]");
  if (again) {
    document.title = found.title;
    shown.querySelector("progress").value = again.querySelector("progress").value;
    for (const each of ["h1", "small"]) shown.querySelector(each).replaceChildren(...again.querySelector(each).childNodes);
  }
  following = setTimeout(lookAgain, LOOK_AGAIN_MS);
}

document.body.addEventListener("htmx:load", () => { // of a page, and of what htmx puts into one
  clearTimeout(following);
  following = setTimeout(lookAgain, LOOK_AGAIN_MS);
});
