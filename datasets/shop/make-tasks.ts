/**
 * Writes tasks.jsonl: `npx tsx datasets/shop/make-tasks.ts`. Phrasings were written one by one, in each language by itself; the program fills them with customers, orders and
 * products of the shop, and takes what is right from the shop's own state. Phrasings, customers and products of one split are in no other.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { Shop, shopToday, type Order, type ShopTask, type ShopTaskKind } from "../../kernel-helpers/agents/index.ts";
import { loadCatalogue, type Product } from "../../kernel-helpers/data/index.ts";

type Split = ShopTask["split"];
type Language = ShopTask["language"];

/** For each kind and language, ways of saying it; splitOf() says which are for what. */
const phrasings: Record<ShopTaskKind, Record<Language, readonly string[]>> = {
  price: {
    en: [
      "How much is the {product}?",
      "What does {product} cost?",
      "Price of {product}, please",
      "I'd like to know what you charge for the {product}.",
      "{product} – what would that set me back?",
      "Could you tell me the price of the {product}?",
    ],
    zh: [
      "{product}多少钱？",
      "请问{product}的价格是多少",
      "{product}怎么卖",
      "我想知道{product}要花多少钱。",
      "帮我查一下{product}的售价",
      "{product}现在什么价？",
    ],
  },
  total: {
    en: [
      "What do {n} of the {product} cost together?",
      "How much would {n} x {product} be?",
      "If I took {n} of the {product}, what's the total?",
      "Total for {n} pieces of {product}?",
      "I need {n} of the {product}. What will I pay in all?",
      "Work out the price of {n} units of {product} for me.",
    ],
    zh: [
      "买{n}件{product}一共多少钱？",
      "{n}个{product}总共要多少钱",
      "我要是买{n}份{product}，合计多少？",
      "算一下{n}件{product}的总价",
      "{product}来{n}件，一共得付多少？",
      "帮我算算{n}个{product}加起来多少钱。",
    ],
  },
  status: {
    en: [
      "Where is my order {order}?",
      "What's the status of {order}?",
      "Has order {order} been sent yet?",
      "Any news about {order}?",
      "Please check how far order {order} is.",
      "I'm waiting for {order}. What's happening with it?",
    ],
    zh: [
      "我的订单{order}到哪了？",
      "查一下{order}的状态",
      "订单{order}发货了吗",
      "{order}现在什么情况？",
      "麻烦看看订单{order}处理得怎么样了。",
      "我在等{order}，它怎么样了？",
    ],
  },
  cancel: {
    en: [
      "Cancel order {order}.",
      "I don't want {order} any more, please cancel it.",
      "Please stop order {order}",
      "I changed my mind about {order}. Call it off.",
      "Order {order} was a mistake – undo it, please.",
      "Could you get rid of my order {order}? I no longer need it.",
    ],
    zh: [
      "取消订单{order}。",
      "{order}我不要了，请取消",
      "帮我把订单{order}取消掉",
      "我改主意了，{order}别发了。",
      "订单{order}下错了，撤掉吧",
      "{order}用不着了，麻烦给我取消。",
    ],
  },
  address: {
    en: [
      "Send order {order} to {address} instead.",
      "Change the address of {order} to {address}",
      "I've moved: {order} has to go to {address}.",
      "Please deliver {order} to {address}.",
      "{order} should arrive at {address}, not at the old address.",
      "New address for order {order}: {address}",
    ],
    zh: [
      "订单{order}改寄到{address}。",
      "把{order}的地址改成{address}",
      "我搬家了，{order}请送到{address}",
      "{order}的收货地址换成{address}，谢谢。",
      "订单{order}不要寄老地址了，寄到{address}",
      "新地址：{address}，请更新订单{order}。",
    ],
  },
  return: {
    en: [
      "I want to return order {order}.",
      "Please take {order} back.",
      "{order} does not fit, I'd like to send it back",
      "How about returning {order}? Please arrange it.",
      "Order {order} disappointed me. Start a return.",
      "Set up a return for {order}, please.",
    ],
    zh: [
      "我要退货，订单{order}。",
      "{order}不合适，帮我退了",
      "请给订单{order}办理退货",
      "订单{order}不喜欢，想退回去。",
      "{order}质量不满意，麻烦退货",
      "帮我申请{order}的退货。",
    ],
  },
  order: {
    en: [
      "Order {n} of the {product} for me.",
      "I'd like to buy {n} x {product}",
      "Please get me {n} of the {product}.",
      "{n} pieces of {product}, please – place the order.",
      "Put in an order for {n} {product}.",
      "I'll take {n} of the {product}; go ahead and order.",
    ],
    zh: [
      "帮我订{n}件{product}。",
      "我要买{n}个{product}，请下单",
      "来{n}份{product}",
      "请给我下单{product}，数量{n}。",
      "{product}要{n}件，直接下单吧",
      "订购{n}个{product}，谢谢。",
    ],
  },
  two: {
    en: [
      "Cancel {order} and order {n} of the {product} instead.",
      "Please call off {order}, and buy {n} of the {product} for me.",
      "I'd rather have {n} x {product} than {order}: cancel that, order this.",
      "Swap {order} for {n} of the {product}: cancel the one and order the other.",
      "Drop order {order}; get me {n} {product} in its place.",
      "Two things: stop {order}, and place an order for {n} of the {product}.",
    ],
    zh: [
      "取消{order}，换成{n}件{product}。",
      "把{order}退订，再帮我买{n}个{product}",
      "不要{order}了，改订{n}份{product}",
      "{order}取消，另外下单{n}件{product}。",
      "我想用{n}个{product}代替{order}：先取消，再下单",
      "两件事：取消{order}，订{n}件{product}。",
    ],
  },
  refused: {
    en: [
      "Cancel order {order}.",
      "Please cancel {order}, I don't need it.",
      "Stop {order} before it gets here.",
      "I want {order} cancelled today.",
      "Order {order} must not be delivered, cancel it.",
      "Can {order} still be cancelled? If so, do it.",
    ],
    zh: [
      "请取消订单{order}。",
      "{order}取消一下",
      "把{order}拦下来，我不要了",
      "今天就把{order}给我取消。",
      "订单{order}别送了，取消",
      "{order}还能取消吗？能的话就取消。",
    ],
  },
  "false-premise": {
    en: [
      "Cancel order {order}.",
      "When will order {order} arrive?",
      "You promised a refund for {order}. Has it been paid?",
      "Send {order} to {address}.",
      "Please return {order}, it is broken.",
      "What did I pay for {order}?",
    ],
    zh: [
      "取消订单{order}。",
      "订单{order}什么时候到？",
      "你们答应给{order}退款的，退了吗",
      "把{order}改寄到{address}。",
      "{order}坏了，帮我退货",
      "{order}我付了多少钱？",
    ],
  },
  irrelevant: {
    en: [
      "Hello there!",
      "Thank you, that was all.",
      "What is the capital of Peru?",
      "Write a line about autumn.",
      "Can you translate 'good night' into French?",
      "Who won the football World Cup of 2025?",
      "How do I boil an egg?",
      "Tell me a joke about cats.",
      "Which is longer, the Nile or the Amazon?",
    ],
    zh: [
      "你好！",
      "谢谢，没别的事了。",
      "秘鲁的首都是哪里",
      "写一句关于秋天的话。",
      "“晚安”用法语怎么说？",
      "2025年世界杯冠军是谁？",
      "鸡蛋怎么煮？",
      "讲个关于猫的笑话。",
      "尼罗河和亚马孙河哪条更长",
    ],
  },
};

const newAddresses: Record<Language, readonly string[]> = {
  en: [
    "3 Pine Court, Suzhou",
    "21 Mill Street, Ningbo",
    "7 Temple Road, Xi'an",
    "40 Garden Avenue, Kunming",
    "9 Station Square, Harbin",
    "16 Bamboo Lane, Chengdu",
  ],
  zh: [
    "苏州市姑苏区松园3号",
    "宁波市海曙区磨坊街21号",
    "西安市雁塔区寺前路7号",
    "昆明市五华区花园大道40号",
    "哈尔滨市南岗区站前广场9号",
    "成都市武侯区竹林巷16号",
  ],
};

const statusWords: Record<Order["status"], string[]> = {
  processing: ["processing", "in progress", "处理"],
  shipped: ["shipped", "sent", "on its way", "on the way", "发货", "发出", "运输", "路上"],
  delivered: ["delivered", "arrived", "送达", "签收", "已到"],
  cancelled: ["cancelled"],
  returned: ["returned"],
};
/** How the answer to what cannot be says so. */
const noWords = [
  "no order",
  "not found",
  "no such",
  "does not exist",
  "doesn't exist",
  "not exist",
  "cannot",
  "can't",
  "could not",
  "couldn't",
  "unable",
  "not possible",
  "not be",
  "没有",
  "不存在",
  "找不到",
  "未找到",
  "无法",
  "不能",
  "查不到",
];

/** Of six phrasings three are for training, one for validation and two for the test; of nine five, one and three. */
function splitOf(index: number, count: number): Split {
  const train = Math.ceil(count / 2);
  return index < train ? "train" : index === train ? "validation" : "test";
}

const perPhrasing: Record<Split, number> = { train: 1, validation: 1, test: 2 };

export async function makeTasks(): Promise<ShopTask[]> {
  const catalogue = await loadCatalogue();
  const shop = Shop.open(catalogue);
  const splits: Split[] = ["train", "validation", "test"];
  // customers and products in turn, so that each split has its own
  const customers = Object.fromEntries(
    splits.map((split, at) => [split, catalogue.histories.map(({ user }) => user).filter((_, index) => index % 3 === at)]),
  ) as Record<Split, string[]>;
  const plain = catalogue.products.filter(({ id, name, nameZh }) => shop.search(name)[0]!.id === id && shop.search(nameZh)[0]!.id === id);
  const products = Object.fromEntries(splits.map((split, at) => [split, plain.filter((_, index) => index % 3 === at)])) as Record<
    Split,
    Product[]
  >;
  const used: Record<Split, number> = { train: 0, validation: 0, test: 0 };
  const tasks: ShopTask[] = [];
  for (const [kind, byLanguage] of Object.entries(phrasings) as [ShopTaskKind, (typeof phrasings)[ShopTaskKind]][]) {
    for (const language of ["en", "zh"] as const) {
      for (const [index, phrasing] of byLanguage[language].entries()) {
        const split = splitOf(index, byLanguage[language].length);
        for (let copy = 0; copy < (kind === "irrelevant" ? 1 : perPhrasing[split]); copy++) {
          const turn = used[split]++;
          const family = `${language}-${kind}-${index + 1}`;
          const id = `s${String(tasks.length + 1).padStart(3, "0")}`;
          const customer = customers[split][(turn * 5) % customers[split].length]!;
          tasks.push({
            id,
            split,
            language,
            kind,
            family,
            ...filled(shop, kind, language, phrasing, customer, customers[split], products[split], turn),
          });
        }
      }
    }
  }
  return tasks;
}

function filled(
  shop: Shop,
  kind: ShopTaskKind,
  language: Language,
  phrasing: string,
  first: string,
  customers: readonly string[],
  products: readonly Product[],
  turn: number,
): Pick<ShopTask, "customer" | "request" | "actions" | "outputs" | "first"> {
  const call = (name: string, args: Record<string, unknown>) => ({ name, arguments: args });
  const age = ({ delivered = shopToday }: Order): number => (Date.parse(shopToday) - Date.parse(delivered)) / 86_400_000;
  const wants: Partial<Record<ShopTaskKind, (order: Order) => boolean>> = {
    return: (order) => order.status === "delivered" && age(order) <= 30,
    refused: ({ status }) => status === "shipped",
    status: ({ status }) => status === (["processing", "shipped", "delivered"] as const)[turn % 3],
  };
  const fits = wants[kind] ?? (({ status }: Order): boolean => status === "processing");
  const from = customers.indexOf(first);
  const customer = [...customers.slice(from), ...customers.slice(0, from)].find((one) => shop.ordersOf(one).some(fits))!;
  const order = shop.ordersOf(customer).find(fits)!;
  const { stock } = shop.snapshot();
  const n = 2 + (turn % 3);
  const product = [...products.slice((turn * 7) % products.length), ...products].find(({ id }) => stock[id]! >= n)!;
  const name = language === "en" ? product.name : product.nameZh;
  const address = newAddresses[language][turn % newAddresses[language].length]!;
  // an order that does not exist, or one of somebody else
  const others = shop.ordersOf(customers.find((one) => one !== customer)!);
  const foreign = turn % 2 === 0 ? `o9${String(100 + turn).slice(-3)}` : others[0]!.id;
  const id = kind === "false-premise" ? foreign : order.id;
  const request = phrasing
    .replaceAll("{product}", name)
    .replaceAll("{n}", String(n))
    .replaceAll("{order}", id)
    .replaceAll("{address}", address);
  const look = call("search_products", { query: name });
  const place = call("place_order", { product: product.id, quantity: n });
  const show = call("get_order", { order: id });
  const list = call("list_orders", {});
  const done = { customer, request };
  switch (kind) {
    case "price":
      return { ...done, actions: [], outputs: [[String(product.price)]], first: [look] };
    case "total":
      return { ...done, actions: [], outputs: [numberForms(product.price * n)], first: [look] };
    case "status":
      return { ...done, actions: [], outputs: [statusWords[order.status]], first: [show, list] };
    case "cancel": {
      const action = call("cancel_order", { order: id });
      return { ...done, actions: [action], outputs: [], first: [action, show, list] };
    }
    case "address": {
      const action = call("change_address", { order: id, address });
      return { ...done, actions: [action], outputs: [], first: [action, show, list] };
    }
    case "return": {
      const action = call("return_order", { order: id });
      return { ...done, actions: [action], outputs: [], first: [action, show, list] };
    }
    case "order":
      return { ...done, actions: [place], outputs: [], first: [look] };
    case "two": {
      const action = call("cancel_order", { order: id });
      return { ...done, actions: [action, place], outputs: [], first: [action, look, show, list] };
    }
    case "refused":
      return { ...done, actions: [], outputs: [noWords], first: [call("cancel_order", { order: id }), show, list] };
    case "false-premise": {
      const tries = [
        call("cancel_order", { order: id }),
        call("return_order", { order: id }),
        call("change_address", { order: id, address }),
      ];
      return { ...done, actions: [], outputs: [noWords], first: [show, list, ...tries] };
    }
    case "irrelevant":
      return { ...done, actions: [], outputs: [], first: [] };
  }
}

/** 1234 and 1,234 */
const numberForms = (value: number): string[] => [...new Set([String(value), value.toLocaleString("en-US")])];

if (process.argv[1] === import.meta.filename) {
  const tasks = await makeTasks();
  writeFileSync(path.join(import.meta.dirname, "tasks.jsonl"), tasks.map((task) => `${JSON.stringify(task)}\n`).join(""));
  console.log(`${tasks.length} tasks`);
}
