/* What a phone without network answers, by the list it took and what it did since. The server judges again later. */

/* { verdict, since, phone } for one person of `list` at `now` (milliseconds by the server's clock). What the server knows
   already stands in the list; `admissions` counts for what it doesn't. */
export const judge = ({ id, list, admissions, phone, now }) => {
  const mine = admissions.filter((one) => one.invitation === id && !one.sent);
  const entered = mine.find((one) => !one.undone_at);
  if (entered) return { verdict: "already", since: entered.at, phone };
  const [verdict, since, where] = list.states[id] ?? [];
  const takenBack = verdict === "already" && where === phone && mine.length > 0;
  if (verdict && !takenBack) return { verdict, since, phone: where };
  if (now < list.opens || now >= list.closes) return { verdict: "wrong_date", when: list.when };
  return { verdict: "admitted" };
};
