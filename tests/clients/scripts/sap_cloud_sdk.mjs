// SAP Cloud SDK for JavaScript: a typed client generated from $metadata. https://sap.github.io/cloud-sdk/
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { doing, statusOfFailure, task } from "./task.mjs";

const root = new URL(task.root);
const destination = { url: root.origin };
const authorization = { "X-API-Key": task.key };

async function generated() {
  const response = await fetch(new URL("$metadata", root), { headers: authorization });
  const input = join(task.directory, "leads.edmx");
  const options = join(task.directory, "options.json");
  const output = join(task.directory, "generated");
  writeFileSync(input, await response.text());
  writeFileSync(options, JSON.stringify({ [input]: { directoryName: "leads", basePath: root.pathname } }));
  mkdirSync(output);
  symlinkSync(join(process.cwd(), "node_modules"), join(task.directory, "node_modules"));
  const generator = join("node_modules", ".bin", "generate-odata-client");
  const flags = ["--transpile", "--optionsPerService", options];
  execFileSync(process.execPath, [generator, "--input", input, "--outputDir", output, ...flags], { stdio: "inherit" });
  return createRequire(import.meta.url)(join(output, "leads"));
}

const { leads, batch, changeset } = await generated();
const { routingsApi, feedbacksApi, reasonsApi } = leads();
const run = (builder) => builder.addCustomHeaders(authorization).execute(destination);
const { and } = createRequire(import.meta.url)("@sap-cloud-sdk/odata-v4");

function feedback(routing, reason, comment, amount) {
  const builder = feedbacksApi.entityBuilder().routingId(routing).reasonId(reason).comment(comment);
  return (amount === undefined ? builder : builder.amount(amount)).build();
}

await doing("metadata", () => Object.values(leads()).filter((api) => api.entityConstructor).map((api) => api.entityConstructor._entityName));

await doing("filter", async () => {
  const { LEAD_NAME, CITY, NUMBER } = routingsApi.schema;
  const { contains } = createRequire(import.meta.url)("@sap-cloud-sdk/odata-v4");
  const wanted = and(contains(LEAD_NAME, task.family).equals(true), CITY.equals(task.city));
  const rows = await run(routingsApi.requestBuilder().getAll().filter(wanted).orderBy(routingsApi.schema.NUMBER.ascending?.() ?? NUMBER));
  return rows.map((row) => row.number);
});

await doing("expand", async () => {
  const { ALL_FIELDS, REASON, FEEDBACKS } = routingsApi.schema;
  const routing = await run(routingsApi.requestBuilder().getByKey(task.expand).select(ALL_FIELDS, REASON, FEEDBACKS));
  const inOrder = routing.feedbacks.sort((one, other) => one.occurredAt.valueOf() - other.occurredAt.valueOf());
  return { reason: routing.reason.id, comments: inOrder.map((each) => each.comment) };
});

await doing("post", async () => {
  const { default: BigNumber } = await import("bignumber.js");
  const said = feedback(task.post, 4, "sap-cloud-sdk", new BigNumber("1234.50"));
  return (await run(feedbacksApi.requestBuilder().create(said))).id;
});

await doing("patch", async () => {
  const read = () => run(routingsApi.requestBuilder().getByKey(task.patch));
  const [routing, late] = [await read(), await read()];
  const etag = routing.versionIdentifier;
  Object.assign(routing, { reasonId: 2, comment: "sap-cloud-sdk" });
  await run(routingsApi.requestBuilder().update(routing));
  late.reasonId = 5;
  return { etag, stale: await statusOfFailure(() => run(routingsApi.requestBuilder().update(late))) };
});

await doing("batch", async () => {
  const writes = task.batch.map((routing) =>
    feedbacksApi.requestBuilder().create(feedback(routing, 1, "sap-cloud-sdk in a batch")),
  );
  const [read, written] = await run(batch(reasonsApi.requestBuilder().getAll(), changeset(...writes)));
  const posted = written.responses.map((response) => response.as(feedbacksApi).id);
  return { read: read.as(reasonsApi).length, posted };
});
