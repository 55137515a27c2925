/** The shop keeps its rules, whatever an agent is told; and its tools show one customer's orders alone. */
import { beforeAll, describe, expect, test } from "vitest";
import { Shop, shopTools, stateDifference, type AgentTool } from "../../kernel-helpers/agents/index.ts";
import { loadCatalogue } from "../../kernel-helpers/data/index.ts";

let shop: Shop;
let tools: Record<string, AgentTool>;
const me = "u004";
beforeAll(async () => {
  shop = Shop.open(await loadCatalogue());
  tools = Object.fromEntries(shopTools(shop, me).map((tool) => [tool.name, tool]));
});
const contentOf = async (name: string, args: Record<string, unknown> = {}): Promise<string> => (await tools[name]!.call(args)).content;

test("the same catalogue makes the same shop: each customer's last order is in processing, the one before is on its way", async () => {
  expect(stateDifference(Shop.open(await loadCatalogue()).snapshot(), shop.snapshot())).toEqual([]);
  expect(shop.ordersOf(me).map(({ id, status, placed }) => [id, status, placed])).toEqual([
    ["o0014", "delivered", "2026-07-30"],
    ["o0015", "delivered", "2026-08-05"],
    ["o0016", "delivered", "2026-08-17"],
    ["o0017", "shipped", "2026-08-21"],
    ["o0018", "processing", "2026-08-31"],
  ]);
});

describe("products are found", () => {
  test.each([
    ["三体", "p001"],
    ["The Wandering Earth", "p002"],
    ["p003", "p003"],
    ["rice cooker", "p107"],
    ["电饭煲", "p107"],
  ])("by %s", (query, id) => {
    expect(shop.search(query)[0]!.id).toBe(id);
  });
});

describe("the rules", () => {
  test("orders in processing are cancelled, redirected, and put back into stock; others are not", () => {
    const copy = shop.fork();
    const before = copy.snapshot();
    copy.changeAddress(me, "o0018", " 1 New Road ");
    const { product } = copy.cancel(me, "o0018");
    const stock = before.stock[product]!;
    expect(stateDifference(before, copy.snapshot())).toEqual([
      `orders.o0018.address: ${before.orders["o0018"]!.address} → 1 New Road`,
      "orders.o0018.status: processing → cancelled",
      `stock.${product}: ${stock} → ${stock + 1}`,
    ]);
    expect(() => copy.cancel(me, "o0018")).toThrow("order o0018 is cancelled");
    expect(() => copy.cancel(me, "o0017")).toThrow("order o0017 is shipped, and only orders in processing can be cancelled");
    expect(() => copy.changeAddress(me, "o0017", "x")).toThrow("cannot be changed any more");
    expect(stateDifference(before, shop.snapshot())).toEqual([]);
  });

  test("delivered orders go back within thirty days", () => {
    const copy = shop.fork();
    expect(copy.return(me, "o0016").status).toBe("returned");
    expect(() => copy.return("u001", "o0001")).toThrow("more than 30 days ago");
    expect(() => copy.return(me, "o0017")).toThrow("only delivered orders can be returned");
  });

  test("what is not in stock is not sold, nor more than five", () => {
    const copy = shop.fork();
    const stock = (id: string): number => copy.snapshot().stock[id]!;
    const [none] = copy.products.filter(({ id }) => stock(id) === 0);
    expect(() => copy.place(me, none!.id, 1)).toThrow(`only 0 of ${none!.id} are in stock`);
    expect(() => copy.place(me, "p003", 6)).toThrow("quantity must be an integer ≥ 1 and ≤ 5, got 6");
    expect(() => copy.place(me, "p999", 1)).toThrow("there is no product p999");
    expect(() => copy.place("nobody", "p003", 1)).toThrow("customer must be a customer of the shop");
    expect(copy.place(me, "p003", 2)).toMatchObject({ total: 192, quantity: 2, status: "processing" });
  });
});

describe("an agent of one customer", () => {
  test("cannot see or change another's order, and cannot tell it from none", async () => {
    for (const tool of ["get_order", "cancel_order", "return_order"]) {
      expect(await contentOf(tool, { order: "o0001" })).toBe("error: there is no order o0001");
      expect(await contentOf(tool, { order: "o9999" })).toBe("error: there is no order o9999");
    }
    expect(await contentOf("change_address", { order: "o0001", address: "1 New Road" })).toBe("error: there is no order o0001");
    expect(await contentOf("list_orders")).not.toContain("o0001");
  });

  test.each([
    ["get_order", { order: "__proto__" }],
    ["get_order", { order: "o0018", customer: "u001" }],
    ["place_order", { product: "p001", quantity: 0 }],
    ["place_order", { product: "p001", quantity: 1.5 }],
    ["place_order", { product: "p001", quantity: -1 }],
    ["place_order", { product: "constructor", quantity: 1 }],
    ["change_address", { order: "o0018", address: "" }],
    ["list_orders", { customer: "u001" }],
  ])("calls %s with %j in vain", async (name, args) => {
    const before = shop.snapshot();
    expect((await tools[name]!.call(args)).error).toBe("invalid-arguments");
    expect(stateDifference(before, shop.snapshot())).toEqual([]);
  });
});
