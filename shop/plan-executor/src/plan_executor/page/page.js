// From a sentence to a paid order. Whatever came from a person or from the catalogue is put on the
// page as text (`textContent`), never as markup.

const the = (id) => document.getElementById(id);
const state = { parsed: null, cart: [], plan: null };

function node(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

async function ask(method, path, body, headers = {}) {
  const sent = { Authorization: `Bearer ${the("token").value.trim()}`, ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body),
  });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.detail || `the shop answered ${answer.status}`);
  return found;
}

/** What a button does, with what goes wrong told, and no second click while it is under way. */
function doing(button, act) {
  return async (event) => {
    event.preventDefault();
    the("trouble").textContent = "";
    button.disabled = true;
    try {
      await act();
    } catch (error) {
      the("trouble").textContent = error.message;
    } finally {
      button.disabled = false;
    }
  };
}

const money = (minor, currency) => `${(minor / 100).toFixed(2)} ${currency}`;

// -- the sentence ---------------------------------------------------------------------------------

async function read() {
  for (const id of ["meaning", "plan", "end"]) the(id).hidden = true;
  const cart = await ask("GET", `/shopping/carts/${encodeURIComponent(the("cart").value)}`);
  const { orders } = await ask("GET", "/shopping/orders");
  state.cart = cart.items;
  state.parsed = await ask("POST", "/shopping/parse-intent", {
    text: the("text").value,
    cart: state.cart,
    orders: orders
      .filter((order) => order.state === "confirmed")
      .slice(0, 20)
      .map(({ order_id, lines }) => ({ order_id, lines: lines.map(bare) })),
  });
  showMeaning(state.parsed);
}

const bare = ({ product_id, variant_id, quantity }) => ({ product_id, variant_id, quantity });

function showMeaning(parsed) {
  mark(the("marked"), parsed.text, parsed.rests_on ?? [], parsed.unexplained ?? []);
  const kinds = { intent: "An intent.", question: "A question: ", refusal: "No: " };
  the("says").textContent = kinds[parsed.type] + (parsed.says ?? "");
  the("choices").replaceChildren(...(parsed.choices ?? []).map(choice));
  the("acts").replaceChildren(...(parsed.acts ?? []).map((act) => node("li", words(act))));
  the("make").hidden = parsed.type !== "intent";
  the("meaning").hidden = false;
}

/** Spans count characters; strings here count in halves of some. */
function mark(place, text, restsOn, unexplained) {
  const characters = Array.from(text);
  const kinds = characters.map(() => "");
  for (const { start, end } of unexplained) kinds.fill("unexplained", start, end);
  for (const { start, end } of restsOn) kinds.fill("rests", start, end);
  place.replaceChildren();
  for (let at = 0; at < characters.length; ) {
    let end = at;
    while (end < characters.length && kinds[end] === kinds[at]) end += 1;
    const part = characters.slice(at, end).join("");
    place.append(kinds[at] ? node("mark", part, kinds[at]) : part);
    at = end;
  }
}

function choice(one) {
  const line = document.createElement("li");
  const button = node("button", one.words);
  button.type = "button";
  button.addEventListener("click", () => {
    the("text").value = `${the("text").value.trimEnd()} (${one.words})`;
    the("text").focus();
  });
  line.append(button);
  return line;
}

function words(act) {
  const item = (it) => `${it.quantity} × ${it.variants[0].title}`;
  switch (act.type) {
    case "add": return `put ${item(act.item)} into the cart`;
    case "swap": return `${item(act.item)} instead of ${act.variant_id}`;
    case "remove": return `take out ${act.quantity ?? "all"} of ${act.variant_id}`;
    case "set_quantity": return `${act.quantity} of ${act.variant_id}`;
    case "buy_now": return `buy ${act.items.map(item).join(", ")}`;
    case "check_out": return "pay for the cart";
    case "cancel_order": return `cancel ${act.order_id}`;
    case "empty_cart": return "empty the cart";
    case "if": {
      const { condition } = act;
      const what = condition.type === "in_stock" ? "can be had"
        : `costs ${condition.or_equal ? "at most" : "less than"} ${condition.limit_minor}`;
      const list = (acts) => (acts ?? []).map(words).join(", ") || "nothing";
      const not = act.negated ? "not so that " : "";
      return `if ${not}${item(condition.item)} ${what}: ${list(act.then)};`
        + ` otherwise: ${list(act.otherwise)}`;
    }
    default: return act.type;
  }
}

// -- the plan -------------------------------------------------------------------------------------

async function make() {
  the("end").hidden = true;
  const { text, rests_on, unexplained, acts, currency, total_most_minor } = state.parsed;
  showPlan(await ask("POST", "/shopping/generate-plan", {
    intent: { type: "intent", text, rests_on, unexplained, acts, currency, total_most_minor },
    cart_id: the("cart").value,
    cart: state.cart,
    payment_method: the("method").value,
  }));
}

function showPlan(plan) {
  state.plan = plan;
  the("money").textContent =
    `It costs ${money(plan.quoted_minor, plan.currency)} as things are, and at most`
    + ` ${money(plan.budget_minor, plan.currency)}. Approval: ${plan.approval.replace("_", " ")}.`;
  the("approval").hidden = plan.approval !== "needed";
  the("go").hidden = !plan.mandate;
  the("steps").replaceChildren();
  showSteps(plan.steps.map((step) => ({ step_id: step.id, state: "waiting", says: "" })));
  the("plan").hidden = false;
}

function showSteps(happened) {
  for (const { step_id, state: now, says } of happened) {
    const step = state.plan.steps.find((each) => each.id === step_id);
    const what = step.item ? `${step.kind} ${step.item.quantity} × ${step.item.words}` : step.kind;
    const row = document.createElement("tr");
    row.id = `step-${step_id}`;
    row.append(node("td", step_id), node("td", what.replaceAll("_", " ")), node("td", now, now),
      node("td", says));
    const there = the(row.id);
    if (there) there.replaceWith(row);
    else the("steps").append(row);
  }
}

async function approve(answer) {
  const path = `/shopping/plans/${encodeURIComponent(state.plan.plan_id)}/approval`;
  showPlan(await ask("POST", path, { answer }));
}

// -- its execution --------------------------------------------------------------------------------

async function go() {
  // The plan's own id: a second click is the same execution.
  const { execution_id } = await ask("POST", "/execute-plan", { plan: state.plan },
    { "Idempotency-Key": state.plan.plan_id });
  await watch(execution_id);
  showEnd(await ask("GET", `/executions/${execution_id}`, undefined, { Prefer: "wait=30" }));
}

/** Events over fetch: an EventSource cannot carry the token. */
async function watch(id) {
  const headers = { Authorization: `Bearer ${the("token").value.trim()}` };
  const answer = await fetch(`/executions/${id}/events`, { headers });
  if (!answer.ok) throw new Error(`its events cannot be read: ${answer.status}`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (data) showSteps(JSON.parse(data.slice("data: ".length)).steps);
    }
  }
}

function showEnd(execution) {
  showSteps(execution.steps);
  the("outcome").textContent = execution.outcome ?? execution.state;
  const spent = execution.spent_minor
    ? ` ${money(execution.spent_minor, state.plan.currency)} were paid.` : "";
  the("told").textContent = `${execution.says}.${spent}`;
  the("orders").replaceChildren(
    ...(execution.order_ids ?? []).map((order) => node("li", `order ${order}`)));
  the("go").hidden = true;
  the("end").hidden = false;
}

the("asking").addEventListener("submit", doing(the("asking").querySelector("button"), read));
the("make").addEventListener("click", doing(the("make"), make));
the("yes").addEventListener("click", doing(the("yes"), () => approve("yes")));
the("no").addEventListener("click", doing(the("no"), () => approve("no")));
the("go").addEventListener("click", doing(the("go"), go));
