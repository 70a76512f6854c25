// The desk's keys, the claim's heartbeat, and live news. Pages work without it: every key presses a button that is there.
"use strict";
(() => {
  const $ = (choice, root) => (root || document).querySelector(choice);
  const all = (choice) => Array.from(document.querySelectorAll(choice));
  const form = $("#decide");
  let staying = false, still = () => {};

  // One key, one button.
  const press = (key) => {
    const found = all("[data-key]").filter((one) => one.dataset.key === key && !one.closest("[hidden]"))[0];
    if (!found) return false;
    if (found.disabled) { say(found.dataset.say || ""); return true; }
    if (twice(key)) return true;
    found.click();
    const details = found.closest("details");
    if (found.tagName === "SUMMARY" && details.open) $("input[name=reason]", details).focus(); // what is typed next is its
    return true;
  };
  // A double press: its second half comes when the case behind is there already, which nobody can have seen.
  const twice = (key) => {
    if (!"ase".includes(key)) return false;
    const [before, at] = JSON.parse(sessionStorage.getItem("aup-pressed") || "[]");
    sessionStorage.setItem("aup-pressed", JSON.stringify([key, Date.now()]));
    return before === key && Date.now() - at < 500;
  };
  const say = (text) => { const place = $("#fresh"); if (place) place.textContent = text; };
  let row = -1;
  const move = (step) => {
    const rows = all("[data-rows] tbody tr");
    if (!rows.length) return;
    rows.forEach((one) => one.classList.remove("at"));
    row = Math.max(0, Math.min(rows.length - 1, row + step));
    rows[row].classList.add("at");
    const link = $("a", rows[row]);
    if (link) link.focus();
  };
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (event.key === "Escape" && typing) { event.target.blur(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const dialog = $("#help");
    if (dialog && dialog.open) { if (event.key === "?") { dialog.close(); event.preventDefault(); } return; }
    let taken = true;
    if (event.key === "?") dialog && dialog.showModal();
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/") { const field = $(".filters select, .filters input"); if (field) field.focus(); }
    else if (event.key === "o") { const field = $("#open-reason"); if (field) field.focus(); else taken = false; }
    else taken = press(event.key);
    if (taken) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-stay], [data-help], [data-blur]");
    if (!target) return;
    if (target.matches("[data-help]")) $("#help").showModal();
    if (target.matches("a[data-stay]")) staying = true;
    if (target.matches("[data-blur]")) blur(target);
  });

  // A reason chosen by the pointer is chosen: the next key decides, it does not look for another reason.
  let pointed = false;
  document.addEventListener("pointerdown", () => { pointed = true; }, true);
  document.addEventListener("keydown", () => { pointed = false; }, true);
  document.addEventListener("change", (event) => { if (pointed && event.target.matches(".decide select")) event.target.blur(); });

  // Nothing is decided twice by a double press, and a form that is sent keeps the claim for the server to end.
  let sent = false;
  document.addEventListener("submit", (event) => {
    if (event.target.method === "dialog") return;
    if (sent) { event.preventDefault(); return; }
    sent = true;
    staying = event.target === form || event.target.matches("[data-stay]");
    if (!staying) release();
  });
  window.addEventListener("pageshow", (event) => {
    sent = false; staying = false;
    if (event.persisted && form) location.reload();
  });

  const blur = (button) => {
    const picture = $("[data-picture]");
    if (!picture) return;
    const blurred = picture.classList.toggle("blurred");
    button.setAttribute("aria-pressed", String(blurred));
    if (!blurred) fetch(button.dataset.reveal, { method: "POST", headers: { "X-CSRF-Token": csrf() } });
  };
  const csrf = () => ($("input[name=csrf]") || {}).value || "";

  // The claim: a heartbeat while the page is open, and a word to the server when it is left.
  const lost = (why) => {
    const place = $("#lost");
    if (!place || !form) return;
    place.textContent = `${document.body.dataset.lost || ""} ${why}`;
    place.hidden = false;
    all(".decide button[data-key]").forEach((one) => { if (!"?n".includes(one.dataset.key)) one.disabled = true; });
    const skip = $("form[data-skip] input[name=token]");
    if (skip) skip.value = "0"; // there is nothing to give back: only on to the next
    form.removeAttribute("data-token");
    place.scrollIntoView();
  };
  const release = () => {
    if (!form || !form.dataset.token) return;
    navigator.sendBeacon(form.dataset.leave, body());
    if (others) others.postMessage(held());
    form.removeAttribute("data-token");
  };
  const body = () => new URLSearchParams({ csrf: csrf(), token: form.dataset.token });
  const held = () => `${form.dataset.case} ${form.dataset.token}`;
  // Other windows of this browser, also those that are hidden and hear no news.
  const others = window.BroadcastChannel ? new BroadcastChannel("aup-claims") : null;
  let active = true; // whether anybody did anything here since the last heartbeat
  ["keydown", "pointerdown", "pointermove", "wheel", "scroll"].forEach((name) =>
    document.addEventListener(name, () => { active = true; }, { capture: true, passive: true }));
  if (form) {
    const beat = async () => {
      if (!form.dataset.token) return;
      const told = body();
      if (active) told.set("active", "1");
      active = false;
      try {
        const answer = await fetch(form.dataset.keep, { method: "POST", body: told, headers: { Accept: "application/json" } });
        if (answer.ok) {
          const until = (await answer.json()).until;
          const line = $("#held");
          if (line && until) line.textContent = line.textContent.replace(/\d\d:\d\d/, until.slice(11, 16));
        } else if (answer.status < 500) lost((await answer.json()).title || String(answer.status));
        else say(document.body.dataset.silent || ""); // it fails for a moment; the claim stands
      } catch { say(document.body.dataset.silent || ""); }
    };
    // A page that was only loaded again tells at once, and once more, that it is still there: the word of the page that
    // it replaced may come late.
    const [came] = performance.getEntriesByType("navigation");
    if (came && came.type !== "navigate") { beat(); setTimeout(beat, 2500); }
    if (others) others.onmessage = (event) => {
      if (form.dataset.token && event.data === held()) [300, 2500, 5500].forEach((late) => setTimeout(beat, late));
    };
    setInterval(beat, 60000);
    still = beat;
    window.addEventListener("pagehide", () => {
      if (!staying) release();
    });
  }

  // Live news, while the page can be seen: a browser opens six connections to a host, and a tab in the background needs none.
  const where = document.body.dataset.live;
  if (where && window.EventSource) {
    let stream = null, first = null;
    const hear = () => {
      if (stream || document.visibilityState === "hidden") return;
      stream = new EventSource(where);
      stream.addEventListener("lanes", (event) => {
        const counts = JSON.parse(event.data);
        const badge = $("#waiting");
        if (badge) badge.textContent = counts.all;
        all("[data-lane]").forEach((one) => { one.textContent = counts[one.dataset.lane]; });
        if (first === null) first = counts.all;
        else if (counts.all > first && document.body.dataset.new) say(`${counts.all - first} ${document.body.dataset.new}`);
      });
      stream.addEventListener("left", () => still());
      stream.addEventListener("lost", (event) => { if (!sent) lost(JSON.parse(event.data)); });
      stream.addEventListener("error", () => {
        if (stream && stream.readyState === EventSource.CLOSED) say(document.body.dataset.over || "");
      });
    };
    const deaf = () => { if (stream) stream.close(); stream = null; };
    document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? deaf() : hear()));
    window.addEventListener("pagehide", deaf);
    hear();
  }
})();
