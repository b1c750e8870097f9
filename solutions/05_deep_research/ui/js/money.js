/* Money and tokens for people, and a research run's running count of both. */

import { byId, element } from "./dom.js";
import { duration, since } from "./time.js";

export const dollars = (usd) => (usd < 0.095 ? `$${usd.toFixed(usd < 0.0095 ? 4 : 3)}` : `$${usd.toFixed(2)}`);

/** One line: elapsed time, model calls, tokens, cost so far. */
export function drawUsage(status, isOver) {
  const { usage, cost, started, changed } = status;
  const tokens = usage.input_tokens + usage.output_tokens;
  const time = isOver
    ? duration(Date.parse(changed) - Date.parse(started))
    : element("span", { "data-since": started }, since(started));
  const paid = cost.is_paid ? dollars(cost.so_far_usd) : `would cost ${dollars(cost.so_far_usd)}; practice model: $0`;
  const calls = `${usage.calls} model call${usage.calls === 1 ? "" : "s"}`;
  byId("usage").replaceChildren(time, ` · ${calls} · ${tokens.toLocaleString()} tokens · ${paid}`);
}
