/* What the phone keeps: lists that can't be read without a paper, and what it did. */

const NAME = "porte";
const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const opening = (() => {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("lists", { keyPath: "id" });
    request.result.createObjectStore("admissions", { keyPath: "key" });
  };
  return asked(request);
})();

const inStore = async (store, mode, act) => {
  const transaction = (await opening).transaction(store, mode);
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
  const result = await act(transaction.objectStore(store));
  await done;
  return result;
};

export const all = (store) => inStore(store, "readonly", (rows) => asked(rows.getAll()));
export const put = (store, row) => inStore(store, "readwrite", (rows) => asked(rows.put(row)));
export const remove = (store, key) => inStore(store, "readwrite", (rows) => asked(rows.delete(key)));

/* The lists as the server tells them now: one that it no longer tells is gone. */
export const keepLists = async (told) => {
  const kept = new Map((await all("lists")).map((list) => [list.id, list]));
  const ids = new Set(told.map((list) => list.id));
  await Promise.all([...kept.keys()].filter((id) => !ids.has(id)).map((id) => remove("lists", id)));
  for (const list of told) await put("lists", list.codes ? list : { ...kept.get(list.id), ...list });
};

/* The day after the date is over, its list goes; so does what was done, once the server knows it. */
export const wipe = async (now) => {
  for (const list of await all("lists")) if (now >= list.wiped) await remove("lists", list.id);
  for (const one of await all("admissions")) if (one.sent && now >= one.wiped) await remove("admissions", one.key);
};

export const forgetLists = () => inStore("lists", "readwrite", (rows) => asked(rows.clear()));

/* The phone's own name, three letters that are easy to read aloud. */
export const phoneName = () => {
  const letters = "ABCDEFGHJKMNPQRSTVWXYZ23456789";
  const made = () => Array.from(crypto.getRandomValues(new Uint8Array(3)), (byte) => letters[byte % letters.length]).join("");
  const name = localStorage.getItem("porte-nom") ?? made();
  localStorage.setItem("porte-nom", name);
  return name;
};
