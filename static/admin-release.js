// Keeps what is typed into the form of a release in this browser until its save is confirmed, and says
// who else has the release open. On the other pages of the admin it only clears up. Without it, or
// without a storage, the form works as always.
"use strict";
{
  const { user, admin } = document.currentScript.dataset;
  const PREFIX = "release-draft:";
  const WIPED = "release-drafts-wiped"; // written at sign-out, for the other tabs
  const SAVED = "release_saved_";
  const FIELDS = [
    "title", "summary", "dateline", "body", "slug", "kind", "language", "precision",
    "published_at_0", "published_at_1",
  ];
  const LARGEST = 2_000_000; // characters; a browser has room for about 5 million
  const OLDEST = 30 * 24 * 60 * 60 * 1000;
  const TYPING_PAUSE = 500;
  const PING = 15_000;

  // Storage: each may be refused (private mode, full), which loses the draft and nothing else.

  const attempt = (action, otherwise) => {
    try {
      return action();
    } catch {
      return otherwise;
    }
  };
  const drafts = () => attempt(() => Object.keys(localStorage), []).filter((key) => key.startsWith(PREFIX));
  const forget = (key) => attempt(() => localStorage.removeItem(key));
  const read = (key) => attempt(() => JSON.parse(localStorage.getItem(key)), null);
  const keep = (key, draft) => {
    const text = JSON.stringify(draft);
    return text.length <= LARGEST && attempt(() => (localStorage.setItem(key, text), true), false);
  };

  let isKeeping = true;

  const wipe = () => {
    isKeeping = false;
    drafts().forEach(forget);
    attempt(() => localStorage.setItem(WIPED, String(Date.now())));
  };

  const clearUp = () => {
    document.getElementById("logout-form")?.addEventListener("submit", wipe);
    if (document.getElementById("signed-out")) wipe();
    // The form of sign-in has no user: drafts wait there for whoever was signed out by time.
    if (user) drafts().filter((key) => key.split(":")[1] !== user).forEach(forget);
    for (const cookie of document.cookie.split("; ")) {
      if (!cookie.startsWith(SAVED)) continue;
      const [name] = cookie.split("=");
      const id = name.slice(SAVED.length);
      drafts().filter((key) => key.endsWith(`:${id}`)).forEach(forget);
      document.cookie = `${name}=; Max-Age=0; Path=${admin}; SameSite=Lax`;
    }
    for (const key of drafts()) {
      const draft = read(key);
      if (!draft || !(Date.now() - draft.at < OLDEST)) forget(key);
    }
  };

  // Banners

  const line = (text) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = text;
    return paragraph;
  };
  const button = (text, action) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button";
    made.textContent = text;
    made.addEventListener("click", action);
    return made;
  };
  const clock = (at) => {
    const then = new Date(at);
    const time = then.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const isToday = then.toDateString() === new Date().toDateString();
    return isToday ? time : `${time} on ${then.toLocaleDateString("en-GB", { day: "numeric", month: "long" })}`;
  };
  // Said again only when it says something else, so that screen readers are not made to repeat it.
  const say = (place, lines) => {
    if ([...place.children].map((each) => each.textContent.trim()).join("\n") === lines.join("\n")) return;
    place.replaceChildren(...lines.map(line));
  };

  const fields = (form) => FIELDS.map((name) => form.elements[name]).filter((field) => field && "value" in field);
  const valuesOf = (form) => Object.fromEntries(fields(form).map((field) => [field.name, field.value]));
  const plain = (text) => String(text).replace(/\r\n?/g, "\n");
  const differs = (values, form) =>
    fields(form).some((field) => field.name in values && plain(values[field.name]) !== plain(field.value));

  const keepDraft = (desk, form) => {
    const { release, draft } = desk.dataset;
    const place = document.getElementById("draft-offers");
    const id = draft || Date.now().toString(36) + Math.random().toString(36).slice(2, 12).padEnd(8, "0");
    const own = `${PREFIX}${user}:${release}:${id}`;
    const version = form.elements.opened_version;
    const isSentBack = Boolean(draft);

    const hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = "draft_id";
    hidden.value = id;
    form.append(hidden);

    let waiting = null;
    const write = () => {
      clearTimeout(waiting);
      waiting = null;
      if (!isKeeping) return;
      keep(own, { at: Date.now(), version: version?.value || "", values: valuesOf(form) });
    };
    const typed = (event) => {
      if (!FIELDS.includes(event.target.name)) return;
      clearTimeout(waiting);
      waiting = setTimeout(write, TYPING_PAUSE);
    };

    const offer = (key) => {
      const saved = read(key);
      if (key === own && isSentBack) return;
      if (!saved?.values) return;
      if (!differs(saved.values, form)) {
        // Stored as it is; unless a field of it is closed now.
        if (Object.keys(saved.values).every((name) => form.elements[name])) forget(key);
        return;
      }
      const box = document.createElement("div");
      box.className = "desk-note";
      const isOlder = version && saved.version !== version.value;
      box.append(line(
        "This browser kept a text of yours that was not saved." +
        (isOlder ? " The release was changed since: saving will show both texts." : ""),
      ));
      box.append(
        button(`Put back what you typed at ${clock(saved.at)}`, () => {
          if (version) version.value = saved.version; // so a change meanwhile is a conflict, not lost
          for (const field of fields(form)) {
            if (!(field.name in saved.values) || plain(field.value) === plain(saved.values[field.name])) continue;
            field.value = saved.values[field.name];
            field.dispatchEvent(new Event("change", { bubbles: true }));
          }
          write();
          if (key !== own) forget(key);
          box.remove();
          form.elements.title?.focus();
        }),
        " ",
        button("Throw it away", () => {
          forget(key);
          box.remove();
        }),
      );
      place.append(box);
    };

    drafts()
      .filter((key) => key.startsWith(`${PREFIX}${user}:${release}:`))
      .sort((one, other) => (read(other)?.at ?? 0) - (read(one)?.at ?? 0))
      .forEach(offer);
    form.addEventListener("input", typed);
    form.addEventListener("change", typed);
    window.addEventListener("pagehide", () => waiting && write());
    form.addEventListener("submit", () => waiting && write());
    window.addEventListener("storage", (event) => {
      if (event.key === WIPED) isKeeping = false;
    });
    return write;
  };

  // Presence

  const watch = (desk, form, keepAgain) => {
    const place = document.getElementById("presence");
    const { presence, session } = desk.dataset;
    const version = form.elements.opened_version;
    const token = form.elements.csrfmiddlewaretoken;

    const ask = async () => {
      const body = new URLSearchParams({ version: version?.value || "" });
      const headers = { "X-CSRFToken": token.value };
      return fetch(presence, { method: "POST", headers, body, redirect: "manual" });
    };
    // After somebody signed in again in another tab the form needs the token of the new session.
    const whoIsSignedIn = async () => {
      const answer = await fetch(session, { redirect: "manual" });
      if (!answer.ok) return null;
      const known = await answer.json();
      if (known.user === user && token.value !== known.token) token.value = known.token;
      return known.user;
    };
    const explain = async () => {
      const signedIn = await whoIsSignedIn();
      if (signedIn === user) return false;
      say(place, signedIn
        ? ["Somebody else is signed in in this browser. What you typed stands in this form only; copy what you need."]
        : ["You are signed out. Your text is kept here; sign in in another tab and save again."]);
      if (signedIn) isKeeping = false;
      return true;
    };

    let isOut = false;
    const ping = async () => {
      if (!presence) {
        const isNowOut = await explain();
        if (isOut && !isNowOut) say(place, ["You are signed in again."]);
        if (!isNowOut && isOut) isKeeping = true;
        isOut = isNowOut;
        return;
      }
      let answer = await ask();
      if (answer.type === "opaqueredirect" || answer.status === 403) {
        isOut = await explain();
        if (isOut) return;
        answer = await ask();
      }
      if (isOut) {
        isOut = false;
        isKeeping = true;
        keepAgain();
      }
      if (answer.status === 404) say(place, ["This release was deleted. Copy what you need from the form."]);
      if (answer.status === 403) say(place, ["You may not see this release any more. Copy what you need from the form."]);
      if (!answer.ok) return;
      const { people, saved } = await answer.json();
      const lines = people.map(({ name, seen }) => `${name} is editing this release, last seen ${seen}.`);
      if (saved) lines.push(`Somebody saved this release at ${saved}: saving will show both texts.`);
      say(place, lines);
    };
    const quietly = () => ping().catch(() => {}); // no network: the next one will tell
    if (presence) quietly(); // who only opens the form is not said to edit it; whoever has it open is
    setInterval(quietly, PING);
    document.addEventListener("visibilitychange", () => document.hidden || quietly());
  };

  clearUp();
  const desk = document.getElementById("release-desk");
  const form = document.getElementById("pressrelease_form");
  if (desk && form && user) watch(desk, form, keepDraft(desk, form));
}
