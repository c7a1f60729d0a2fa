/* Answers in the network's place for the page at the door, and for nothing else: what it keeps names nobody. */
"use strict";

const SHELL = "porte-{{ version }}";
const PAGE = "{% url "invitations:phone" %}";
const FILES = [PAGE,{% for file in files %} "{{ file }}",{% endfor %}];

const fetched = async (path) => {
  const answer = await fetch(path, { credentials: "omit", cache: "no-cache" });
  if (!answer.ok || answer.redirected) throw new Error(path);
  return answer;
};

const install = async () => {
  const answers = await Promise.all(FILES.map(fetched));
  const shell = await caches.open(SHELL);
  await Promise.all(answers.map((answer, index) => shell.put(FILES[index], answer)));
  await self.skipWaiting();
};

const activate = async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("porte-") && name !== SHELL).map((name) => caches.delete(name)));
  await self.clients.claim();
};

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method !== "GET" || !FILES.includes(new URL(url).pathname)) return;
  event.respondWith(caches.match(new URL(url).pathname, { cacheName: SHELL }).then((kept) => kept ?? fetch(event.request)));
});
