/**
 * A shop to act in: the course's catalogue, and orders made of its customers' histories, in memory. It keeps its rules itself, whatever a model was told: an agent acts for
 * one customer, sees and changes that customer's orders alone, and what the rules forbid is refused. Afterwards the state says what was done, so nobody has to judge words.
 */
import type { Catalogue, Product } from "../../../data/index.ts";
import { ArgumentError } from "../../../errors.ts";
import { Bm25 } from "../../../retrieval/index.ts";
import { argumentError, checkArray, checkInteger, checkObject, checkText } from "../../../runtime/check.ts";

export interface Order {
  id: string;
  customer: string;
  product: string;
  quantity: number;
  /** In CNY, for all of them. */
  total: number;
  status: "processing" | "shipped" | "delivered" | "cancelled" | "returned";
  /** YYYY-MM-DD */
  placed: string;
  /** YYYY-MM-DD; undefined before it arrives. */
  delivered?: string;
  address: string;
}

/** All that can change. */
export interface ShopState {
  orders: Record<string, Order>;
  /** Of each product, how many there are. */
  stock: Record<string, number>;
}

/** The day on which the shop stands still. */
export const shopToday = "2026-09-01";
const returnDays = 30;
const maxQuantity = 5;

export class Shop {
  readonly products: readonly Product[];
  readonly #state: ShopState;
  readonly #byId: ReadonlyMap<string, Product>;
  readonly #index: Bm25;

  private constructor(products: readonly Product[], state: ShopState, index: Bm25) {
    this.products = products;
    this.#state = state;
    this.#byId = new Map(products.map((product) => [product.id, product]));
    this.#index = index;
  }

  /** @param catalogue loadCatalogue() of kernel-helpers/data; the same catalogue makes the same shop. */
  static open(catalogue: Catalogue): Shop {
    const { products, histories } = checkObject("catalogue", catalogue, { hint: "pass await loadCatalogue()" }) as unknown as Catalogue;
    checkArray("catalogue.products", products, () => {}, { allowEmpty: false });
    checkArray("catalogue.histories", histories, () => {});
    const prices = new Map(products.map(({ id, price }) => [id, price]));
    const orders: Record<string, Order> = {};
    let count = 0;
    for (const [index, { user, events }] of histories.entries()) {
      const purchases = events.filter(({ kind }) => kind === "purchase");
      const shift = daysBetween(purchases.at(-1)?.date ?? shopToday, shopToday) - 1; // everybody bought something yesterday
      for (const [place, { product, date }] of purchases.entries()) {
        const id = `o${String(++count).padStart(4, "0")}`;
        const placed = addDays(date, shift);
        const left = purchases.length - 1 - place;
        const status = left === 0 ? "processing" : left === 1 ? "shipped" : "delivered";
        const [total, address] = [prices.get(product)!, addresses[index % addresses.length]!];
        orders[id] = { id, customer: user, product, quantity: 1, total, status, placed, address };
        if (status === "delivered") orders[id].delivered = addDays(placed, 4);
      }
    }
    const stock = Object.fromEntries(products.map(({ id }, index) => [id, (index * 7) % 12]));
    const index = new Bm25(
      products.map(({ name, nameZh, category, tags, description, descriptionZh }) =>
        [name, nameZh, name, nameZh, category, ...tags, description, descriptionZh].join(" "),
      ),
    );
    return new Shop(products, { orders, stock }, index);
  }

  /** A shop in the same state, that goes its own way. */
  fork(): Shop {
    return new Shop(this.products, this.snapshot(), this.#index);
  }

  /** The state as it is now. */
  snapshot(): ShopState {
    const { orders, stock } = this.#state;
    return { orders: Object.fromEntries(Object.entries(orders).map(([id, order]) => [id, { ...order }])), stock: { ...stock } };
  }

  /** The products that fit the words best, in either language; an id or a whole name finds its product. */
  search(query: string, topK: number = 5): (Product & { stock: number })[] {
    checkText("query", query, { allowEmpty: false });
    const exact = this.products.filter(({ id, name, nameZh }) => [id, name.toLowerCase(), nameZh].includes(query.trim().toLowerCase()));
    const found = exact.length > 0 ? exact : this.#index.search(query, { topK }).map(({ index }) => this.products[index]!);
    return found.slice(0, topK).map((product) => ({ ...product, stock: this.#state.stock[product.id]! }));
  }

  /** In the order of time. */
  ordersOf(customer: string): Order[] {
    return Object.values(this.#state.orders)
      .filter((order) => order.customer === customer)
      .map((order) => ({ ...order }));
  }

  /** @throws {ArgumentError} There is no such order of this customer: others' are not told apart from none. */
  order(customer: string, id: string): Order {
    return { ...this.#own(customer, id) };
  }

  place(customer: string, productId: string, quantity: number): Order {
    const product = this.#byId.get(checkText("product", productId));
    if (!product) throw refused(`there is no product ${productId}`, "search for it, and take its id");
    checkInteger("quantity", quantity, { min: 1, max: maxQuantity });
    const stock = this.#state.stock[product.id]!;
    if (stock < quantity) throw refused(`only ${stock} of ${product.id} are in stock`, "order fewer, or something else");
    const orders = Object.values(this.#state.orders);
    const address = orders.findLast((order) => order.customer === customer)?.address;
    if (address === undefined) throw argumentError("customer", "a customer of the shop", customer);
    this.#state.stock[product.id] = stock - quantity;
    const id = `o${String(orders.length + 1).padStart(4, "0")}`;
    const total = product.price * quantity;
    const order: Order = { id, customer, product: product.id, quantity, total, status: "processing", placed: shopToday, address };
    this.#state.orders[id] = order;
    return { ...order };
  }

  cancel(customer: string, id: string): Order {
    const order = this.#own(customer, id);
    if (order.status !== "processing")
      throw refused(`order ${id} is ${order.status}, and only orders in processing can be cancelled`, "nothing can be done");
    order.status = "cancelled";
    this.#state.stock[order.product]! += order.quantity;
    return { ...order };
  }

  changeAddress(customer: string, id: string, address: string): Order {
    const order = this.#own(customer, id);
    checkText("address", address, { allowEmpty: false });
    if (order.status !== "processing")
      throw refused(`order ${id} is ${order.status}, and its address cannot be changed any more`, "nothing can be done");
    order.address = address.trim();
    return { ...order };
  }

  return(customer: string, id: string): Order {
    const order = this.#own(customer, id);
    if (order.status !== "delivered")
      throw refused(`order ${id} is ${order.status}, and only delivered orders can be returned`, "nothing can be done");
    if (daysBetween(order.delivered!, shopToday) > returnDays)
      throw refused(`order ${id} was delivered on ${order.delivered}, more than ${returnDays} days ago`, "nothing can be done");
    order.status = "returned";
    return { ...order };
  }

  #own(customer: string, id: string): Order {
    const order = Object.hasOwn(this.#state.orders, id) ? this.#state.orders[id]! : undefined;
    if (order?.customer === customer) return order;
    throw refused(`there is no order ${id}`, "look at the customer's orders");
  }
}

/** What differs between two states, as lines such as "orders.o0007.status: processing → cancelled". Empty: nothing. */
export function stateDifference(before: ShopState, after: ShopState): string[] {
  const lines: string[] = [];
  const compare = (place: string, was: object = {}, is: object = {}): void => {
    const [one, other] = [new Map(Object.entries(was)), new Map(Object.entries(is))];
    for (const key of new Set([...one.keys(), ...other.keys()]))
      if (one.get(key) !== other.get(key)) lines.push(`${place}.${key}: ${String(one.get(key) ?? "–")} → ${String(other.get(key) ?? "–")}`);
  };
  for (const id of new Set([...Object.keys(before.orders), ...Object.keys(after.orders)]))
    compare(`orders.${id}`, before.orders[id], after.orders[id]);
  compare("stock", before.stock, after.stock);
  return lines.sort();
}

const addresses = [
  "12 Harbour Road, Qingdao",
  "青岛市市南区海港路12号",
  "5 Willow Lane, Hangzhou",
  "杭州市西湖区柳浪巷5号",
  "88 Lake Street, Wuhan",
  "武汉市武昌区湖滨街88号",
];

const refused = (what: string, hint: string): ArgumentError => new ArgumentError(what, { hint, facts: { reason: "rule" } });

const day = 86_400_000;
const addDays = (date: string, days: number): string => new Date(Date.parse(date) + days * day).toISOString().slice(0, 10);
const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / day);
