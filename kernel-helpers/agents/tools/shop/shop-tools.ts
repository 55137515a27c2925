/** The shop as tools of an agent that acts for one customer. */
import { argumentError, checkText } from "../../../runtime/check.ts";
import { defineTool, type AgentTool } from "../../tool.ts";
import { Shop, shopToday, type Order } from "./shop.ts";

const object = (properties: Record<string, object>, required: string[] = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const orderId = { type: "string", pattern: "^o[0-9]{4}$", description: "the order's id, such as o0123" };

/** What shopTools() are told about the shop; part of an agent's instructions. */
export const shopInstructions: string = `You help one customer of a shop. Today is ${shopToday}. Do what the customer asks with the tools, and nothing that was not asked for. Never make up orders, products or prices: look them up. If the shop refuses, say so. Answer briefly, in the customer's language.`;

/** @param customer Whose orders are seen and changed: the tools know it, so that no model can choose another. */
export function shopTools(shop: Shop, customer: string): AgentTool[] {
  if (!(shop instanceof Shop)) throw argumentError("shop", "a Shop", shop, { hint: "pass Shop.open(await loadCatalogue())" });
  checkText("customer", customer, { allowEmpty: false });
  return [
    defineTool<{ query: string }>({
      name: "search_products",
      description: "Finds products of the shop by name or by words that describe them; says id, price in CNY and how many are in stock.",
      parameters: object({ query: { type: "string", minLength: 1, maxLength: 80 } }),
      run: ({ query }) => shop.search(query, 3).map(({ id, name, nameZh, price, stock }) => ({ id, name, nameZh, price, stock })),
    }),
    defineTool({
      name: "list_orders",
      description: "Lists the customer's orders with id, product, status and date.",
      parameters: object({}),
      run: () => shop.ordersOf(customer).map(({ id, product, status, placed }) => ({ id, product: nameOf(shop, product), status, placed })),
    }),
    defineTool<{ order: string }>({
      name: "get_order",
      description: "Shows one order of the customer: product, quantity, total in CNY, status, dates, address.",
      parameters: object({ order: orderId }),
      run: (given) => withName(shop, shop.order(customer, given.order)),
    }),
    defineTool<{ product: string; quantity: number }>({
      name: "place_order",
      description: "Orders a product for the customer, by its id.",
      parameters: object({
        product: { type: "string", pattern: "^p[0-9]{3}$", description: "the product's id, such as p001" },
        quantity: { type: "integer", minimum: 1, maximum: 5 },
      }),
      hasEffects: true,
      run: ({ product, quantity }) => withName(shop, shop.place(customer, product, quantity)),
    }),
    defineTool<{ order: string }>({
      name: "cancel_order",
      description: "Cancels an order that is still in processing.",
      parameters: object({ order: orderId }),
      hasEffects: true,
      run: (given) => withName(shop, shop.cancel(customer, given.order)),
    }),
    defineTool<{ order: string; address: string }>({
      name: "change_address",
      description: "Changes where an order goes that is still in processing.",
      parameters: object({
        order: orderId,
        address: { type: "string", minLength: 3, maxLength: 100, description: "word for word as the customer gives it" },
      }),
      hasEffects: true,
      run: (given) => withName(shop, shop.changeAddress(customer, given.order, given.address)),
    }),
    defineTool<{ order: string }>({
      name: "return_order",
      description: "Returns an order that was delivered at most 30 days ago.",
      parameters: object({ order: orderId }),
      hasEffects: true,
      run: (given) => withName(shop, shop.return(customer, given.order)),
    }),
  ];
}

const nameOf = (shop: Shop, id: string): string => shop.products.find((product) => product.id === id)!.name;

function withName(shop: Shop, order: Order): object {
  const { id, product, quantity, total, status, placed, delivered, address } = order;
  return { id, product: nameOf(shop, product), quantity, total, status, placed, ...(delivered !== undefined && { delivered }), address };
}
