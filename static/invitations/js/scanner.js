/* The door on a phone: a code is shown or typed, one word answers. With the network the server judges; without, the
   phone does by the list it took, and hands over later what it did (docs/door.md). */

import { watch } from "./camera.js";
import { cleanNumber, find, tokenIn } from "./codes.js";
import { judge } from "./judge.js";
import { Server, SignedOut } from "./server.js";
import { play, unlock } from "./sounds.js";
import * as store from "./store.js";

const AGAIN = 20_000; // how often the phone and the portal compare what they know
const PATIENCE = 3000; // milliseconds, while somebody waits at the door
const BATCH = 100; // admissions handed over at once

const root = document.querySelector("[data-door]");
const UNDO = Number(root.dataset.undo) * 1000; // milliseconds in which a slip can be taken back
const part = (name, within = document) => within.querySelector(`[data-${name}]`);
const copy = (name) => part(name).content.firstElementChild.cloneNode(true);
const say = (element, words) => {
  element.textContent = words;
  element.hidden = !words;
};
const clock = (moment) =>
  new Intl.DateTimeFormat("fr-FR", { hour: "numeric", minute: "2-digit", timeZone: "Europe/Paris" }).format(moment).replace(":", "\u00a0h\u00a0");
/* « à 20 h 30 », with its day where that isn't today. */
const spoken = (moment) => {
  const day = (one) => new Intl.DateTimeFormat("fr-FR", { weekday: "short", day: "numeric", month: "short", timeZone: "Europe/Paris" }).format(one);
  return `${day(moment) === day(now()) ? "" : `${day(moment)} `}à ${clock(moment)}`;
};
const plural = (count, one, many) => `${count} ${count > 1 ? many : one}`;

const server = new Server(root.dataset.base);
const phone = store.phoneName();
let lists = [];
let admissions = [];
let ahead = Number(localStorage.getItem("porte-avance") ?? 0); // of this phone's clock before the server's
let online = null;
let signedOut = false;
let muted = localStorage.getItem("porte-muet") === "oui";
let clearing = 0;
let forgotten = false; // somebody wiped the lists: they aren't taken again unasked

const now = () => Date.now() - ahead;

/* --- What the phone knows ------------------------------------------------------------------------------------------ */

const reload = async () => {
  await store.wipe(now());
  [lists, admissions] = await Promise.all([store.all("lists"), store.all("admissions")]);
  lists.sort((one, other) => one.opens - other.opens);
  tell();
};

const unsent = () => admissions.filter((one) => !one.sent);

const expected = (list) => Object.values(list.people).filter(({ party }) => party.length).length;

const tell = () => {
  const waiting = unsent().length;
  const words = signedOut ? "Pas connecté·e" : online ? "En ligne" : "Hors ligne";
  say(part("state"), [`${phone} · ${words}`, waiting && `${waiting} à envoyer`].filter(Boolean).join(" · "));
  part("state").classList.toggle("is-offline", !online);
  if (signedOut) {
    const link = Object.assign(document.createElement("a"), { href: root.dataset.signIn, textContent: "Connectez-vous" });
    part("state").append(" · ", link);
  }
  const today = lists.filter((list) => list.opens <= now() && now() < list.closes);
  say(part("today"), today.map((list) => `${list.title}, ${plural(expected(list), "personne", "personnes")}`).join(" · ") || "Pas de liste pour aujourd'hui");
  const doubtful = lists.filter((list) => list.doubts);
  part("doubts").hidden = !doubtful.length;
  part("doubts-list").replaceChildren(...doubtful.map((list) => {
    const line = document.createElement("li");
    line.append(Object.assign(document.createElement("a"), { href: list.page, textContent: `${list.title}, ${list.when} : ${list.doubts}` }));
    return line;
  }));
  say(part("phone"), phone);
  say(part("unsent"), waiting ? `${plural(waiting, "entrée", "entrées")} à envoyer : gardez cette page ouverte jusqu'au retour du réseau.` : "");
  const lines = lists.map((list) =>
    Object.assign(document.createElement("li"), {
      textContent: `${list.title}, ${list.when} : ${plural(expected(list), "personne", "personnes")}`,
    }));
  const none = Object.assign(document.createElement("li"), { textContent: "Aucune liste : une liste s'ouvre la veille de la séance." });
  part("lists").replaceChildren(...(lines.length ? lines : [none]));
};

const keep = async (admission) => {
  await store.put("admissions", admission);
  admissions = [...admissions.filter((one) => one.key !== admission.key), admission];
  tell();
};

/* --- Comparing with the portal ----------------------------------------------------------------------------------------- */

/* What the server said of an admission holds from now on, even if the network goes before the next list. */
const learn = async ({ invitation, undone_at }, { verdict, since }) => {
  const list = lists.find((one) => invitation in one.people);
  if (!list) return;
  if (!undone_at) list.states[invitation] = [verdict === "admitted" ? "already" : verdict, since, phone];
  else if (list.states[invitation]?.[2] === phone) delete list.states[invitation];
  await store.put("lists", list);
};

/* Says whether something was handed over. What it doesn't know stays here: somebody of another venue may have signed in. */
const handOver = async () => {
  const waiting = unsent();
  for (let start = 0; start < waiting.length; start += BATCH) {
    const batch = waiting.slice(start, start + BATCH);
    // Times are told as this phone's clock would show them now: the server knows how far that is from its own.
    const claims = batch.map(({ key, invitation, at, undone_at }) => ({ key, invitation, at: at + ahead, undone_at: undone_at && undone_at + ahead }));
    const told = await server.merge(phone, claims);
    if (!told?.answers) return false;
    for (const [index, one] of batch.entries()) {
      const latest = admissions.find(({ key }) => key === one.key);
      const asTold = latest.undone_at === one.undone_at; // else it was taken back meanwhile: the next turn says so
      if (!asTold || told.answers[index].verdict === "unknown") continue;
      await keep({ ...latest, sent: true });
      await learn(latest, told.answers[index]);
    }
  }
  return waiting.length > 0;
};

const compare = async () => {
  try {
    const told = await server.lists(lists.map((list) => list.version));
    online = told !== null;
    signedOut = false;
    if (!told) return;
    ahead = Date.now() - told.clock;
    localStorage.setItem("porte-avance", ahead);
    if (!forgotten) await store.keepLists(told.lists);
    await reload();
    if (await handOver()) {
      const after = await server.lists(told.lists.map((list) => list.version));
      if (after && !forgotten) await store.keepLists(after.lists);
    }
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error;
    online = false;
    signedOut = true;
  } finally {
    await reload();
  }
};

let comparing = Promise.resolve();
const sync = () => (comparing = comparing.then(compare, compare));

/* --- One code ------------------------------------------------------------------------------------------------------- */

const asking = async (claims) => {
  if (online === false) return null; // the next comparison finds out whether the network is back
  try {
    const told = await server.ask(phone, claims);
    online = Boolean(told?.answers);
    return told?.answers ?? null;
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error;
    online = false;
    signedOut = true;
    tell();
    return null;
  }
};

/* Let these people in: by the server, or by the phone alone. One { id, verdict, since, phone, key } for each. */
const letIn = async (ids, taken) => {
  const list = lists.find((one) => one.id === taken.id) ?? taken;
  const claims = ids.map((id) => ({ key: crypto.randomUUID(), invitation: id, at: Date.now() }));
  const answers = await asking(claims);
  const results = [];
  for (const [index, { key, invitation }] of claims.entries()) {
    const own = judge({ id: invitation, list, admissions, phone, now: now() });
    const result = { id: invitation, key, ...(answers ? { when: list.when, ...answers[index] } : own) };
    if (result.verdict === "already" && own.phone) result.phone = own.phone;
    if (result.verdict === "admitted") {
      await keep({ key, invitation, at: now(), undone_at: null, sent: Boolean(answers), wiped: list.wiped });
      if (answers) await learn({ invitation }, result);
    }
    results.push(result);
  }
  return results;
};

const unknown = async (code) => {
  try {
    const told = await server.lookUp(code);
    return told && told.verdict !== "admitted" ? told : { verdict: "unknown" };
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error;
    return { verdict: "unknown" };
  }
};

/* Whose code it is; one that isn't known may have been booked since: with the network the lists are taken anew. */
const found = async (code) => {
  const known = await find(code, lists);
  if (known || !online) return known;
  await Promise.race([sync(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  return find(code, lists);
};

const check = async (code) => {
  const person = await found(code);
  if (!person) return show(await unknown(code.token ?? code.number), {});
  const [result] = await letIn([person.id], person.list);
  show(result, person);
  if (unsent().length) sync();
};

/* --- What the desk sees and hears ---------------------------------------------------------------------------------- */

const nameOf = (id, { names, list }) => names[id] || list.people[id].kind;

const why = ({ verdict, since, phone: where, when }) => {
  switch (verdict) {
    case "already":
      return [since && spoken(since), where && where !== phone && `téléphone ${where}`].filter(Boolean).join(", ");
    case "cancelled":
      return since ? spoken(since) : "";
    case "wrong_date":
      return when ?? "";
    default:
      return "";
  }
};

const show = (result, person, undoable = result.verdict === "admitted" ? [result.key] : []) => {
  const panel = document.querySelector(`template[data-verdict="${result.verdict}"]`) ?? document.querySelector('template[data-verdict="unknown"]');
  const box = panel.content.firstElementChild.cloneNode(true);
  say(part("who", box), person.list ? nameOf(person.id, person) : "");
  if (why(result)) say(part("why", box), why(result));
  const place = part("result");
  place.replaceChildren(box, actions(person, undoable));
  place.hidden = false;
  place.focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
  if (!muted) play(result.verdict);
  clearTimeout(clearing);
  clearing = setTimeout(clear, UNDO); // no name stays on a screen that somebody left
};

const clear = () => {
  clearTimeout(clearing);
  part("result").replaceChildren();
  part("result").hidden = true;
};

const actions = (person, undoable) => {
  const box = copy("actions");
  part("next", box).addEventListener("click", clear);
  if (undoable.length) {
    part("undo", box).hidden = false;
    part("undo", box).addEventListener("click", () => undo(undoable, person));
  }
  if (!person.list) return box;
  const list = lists.find((one) => one.id === person.list.id) ?? person.list;
  const standing = (id) => judge({ id, list, admissions, phone, now: now() });
  const others = person.list.people[person.id].party.filter((id) => id !== person.id);
  const waiting = others.filter((id) => standing(id).verdict === "admitted");
  if (waiting.length) {
    const one = person.names[waiting[0]] ?? "l'autre personne";
    const words = `Faire entrer ${waiting.length > 1 ? `les ${waiting.length} autres` : one}`;
    say(part("party", box), words);
    part("party", box).addEventListener("click", () => enter(waiting, person, undoable));
  }
  if (others.length) {
    part("people", box).hidden = false;
    part("people", box).replaceChildren(...others.map((id) => line(id, standing(id).verdict, person, undoable, waiting)));
  }
  return box;
};

const line = (id, verdict, person, undoable, waiting) => {
  const item = copy("person");
  say(part("name", item), nameOf(id, person));
  const words = document.querySelector(`template[data-verdict="${verdict}"]`)?.content.querySelector(".verdict__word").textContent;
  if (verdict !== "admitted") item.append(Object.assign(document.createElement("span"), { textContent: words }));
  else if (waiting.length > 1) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-outline-primary", textContent: "Faire entrer" });
    button.addEventListener("click", () => enter([id], person, undoable));
    item.append(button);
  }
  return item;
};

const enter = async (ids, person, before) => {
  const results = await letIn(ids, person.list);
  const admitted = results.filter((result) => result.verdict === "admitted");
  const refused = results.find((result) => result.verdict !== "admitted");
  const shown = refused ?? admitted[0];
  show(shown, { ...person, id: shown.id }, [...before, ...admitted.map((result) => result.key)]);
  sync();
};

const undo = async (keys, person) => {
  const at = now();
  const mine = admissions.filter((one) => keys.includes(one.key) && at - one.at < UNDO);
  for (const one of mine) await keep({ ...one, undone_at: at, sent: false });
  show({ verdict: mine.length ? "undone" : "too_late" }, mine.length > 1 ? {} : person, []);
  sync();
};

/* --- Beginning -------------------------------------------------------------------------------------------------------- */

const seen = async (text) => {
  const token = tokenIn(text);
  if (token) await check({ token });
  else show({ verdict: "unknown" }, {});
};

const filming = (on) => {
  part("video").hidden = !on;
  part("camera").hidden = on;
};
part("camera").addEventListener("click", async () => {
  unlock();
  filming(true);
  part("no-camera").hidden = true;
  try {
    await watch(part("video"), { seen, ended: () => filming(false) });
  } catch {
    filming(false);
    part("no-camera").hidden = false;
  }
});

part("number").addEventListener("submit", (event) => {
  event.preventDefault();
  unlock();
  const field = event.target.elements.number;
  const number = cleanNumber(field.value);
  if (!number) return field.focus();
  field.value = "";
  field.blur();
  check({ number });
});

const tellMute = () => {
  part("mute").setAttribute("aria-pressed", String(muted));
  say(part("mute-word"), muted ? "Son coupé" : "Son");
};
part("mute").addEventListener("click", () => {
  muted = !muted;
  localStorage.setItem("porte-muet", muted ? "oui" : "non");
  unlock();
  tellMute();
});

part("refresh").addEventListener("click", () => {
  forgotten = false;
  sync();
});
part("forget").addEventListener("click", async () => {
  clear();
  forgotten = true;
  await store.forgetLists();
  await reload();
});
window.addEventListener("online", sync);
window.addEventListener("offline", () => {
  online = false;
  tell();
});
document.addEventListener("visibilitychange", () => document.hidden || sync());
setInterval(sync, AGAIN);

root.hidden = part("mute").hidden = false;
tellMute();
reload().then(sync);
navigator.serviceWorker?.register(root.dataset.worker, { scope: root.dataset.base });
navigator.storage?.persist?.();
