/* The four questions that a phone asks the portal. `null` means: no network, decide yourself. */

export class SignedOut extends Error {}

const PATIENCE = 3000; // milliseconds, with a queue at the door
const LIST_PATIENCE = 30000; // a long list is worth waiting for

export class Server {
  constructor(base) {
    this.base = base;
    this.csrf = "";
  }

  async call(path, options = {}, patience = PATIENCE) {
    let answer;
    try {
      answer = await fetch(this.base + path, {
        redirect: "manual",
        signal: AbortSignal.timeout(patience),
        headers: options.body ? { "Content-Type": "application/json", "X-CSRFToken": this.csrf } : {},
        ...options,
      });
      if (answer.type === "opaqueredirect" || answer.status === 403) throw new SignedOut();
      return answer.ok ? await answer.json() : answer.status === 429 ? { verdict: "too_many" } : null;
    } catch (error) {
      if (error instanceof SignedOut) throw error;
      return null;
    }
  }

  async lists(versions) {
    const told = await this.call(`listes.json?${new URLSearchParams(versions.map((version) => ["have", version]))}`, {}, LIST_PATIENCE);
    if (told) this.csrf = told.csrf;
    return told;
  }

  post(path, data) {
    return navigator.onLine ? this.call(path, { method: "POST", body: JSON.stringify(data) }) : null;
  }

  ask(phone, claims) {
    return this.post("demandes.json", { phone, clock: Date.now(), claims });
  }

  merge(phone, claims) {
    return this.post("entrees.json", { phone, clock: Date.now(), claims });
  }

  lookUp(code) {
    return this.post("code.json", { code });
  }
}
