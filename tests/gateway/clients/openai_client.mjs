// What the official JavaScript client gets from the endpoint, as JSON.
import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 });
const model = "practice";
const question = "What is the capital of Ohio?";
const messages = [{ role: "user", content: question }];
const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const weather = { type: "function", name: "get_weather", description: "Get the weather in a city.", parameters, strict: true };
const city = {
  type: "object",
  properties: { name: { type: "string" }, state: { type: "string" } },
  required: ["name", "state"],
  additionalProperties: false,
};

const plain = await client.chat.completions.create({ model, messages });
let stream = "";
for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
  stream += chunk.choices[0]?.delta?.content ?? "";
}
const responses = await client.responses.create({ model, input: question });
let events = "";
const running = client.responses.stream({ model, input: question }).on("response.output_text.delta", (e) => { events += e.delta; });
await running.finalResponse();
const first = await client.responses.create({ model, input: "What is the weather in Oakland?", tools: [weather] });
const call = first.output.find((item) => item.type === "function_call");
const told = await client.responses.create({
  model,
  previous_response_id: first.id,
  input: [{ type: "function_call_output", call_id: call.call_id, output: "Sunny in Oakland" }],
  tools: [weather],
});
const runner = client.chat.completions.runTools({
  model,
  messages: [{ role: "user", content: "What is the weather in Oakland?" }],
  tools: [{ type: "function", function: { ...weather, type: undefined, strict: undefined, parse: JSON.parse, function: ({ city }) => `Sunny in ${city}` } }],
});
const looped = await runner.finalContent();
const form = await client.responses.parse({
  model,
  input: "Columbus is a city in the state of Ohio.",
  text: { format: { type: "json_schema", name: "city", schema: city, strict: true } },
});
const again = await client.responses.retrieve(first.id);
const conversation = await client.conversations.create({ items: [{ role: "user", content: "My name is Ada." }] });
let items = 0;
for await (const _ of client.conversations.items.list(conversation.id)) items += 1;
await client.responses.delete(first.id);
let error = "";
try {
  await client.responses.create({ model, input: question, temperature: 7 });
} catch (caught) {
  error = caught instanceof OpenAI.BadRequestError ? caught.message : `another: ${caught}`;
}
console.log(JSON.stringify({
  plain: plain.choices[0].message.content,
  stream,
  responses: responses.output_text,
  events,
  call: JSON.parse(call.arguments),
  told: told.output_text,
  looped,
  form: JSON.parse(form.output_text),
  error,
  kept: again.id === first.id && items === 1,
}));
