// SAP Cloud SDK for JavaScript: a typed client generated from $metadata. https://sap.github.io/cloud-sdk/
import { doing, generated, statusOfFailure, task } from "./task.mjs";

const NAME = "sap-cloud-sdk";

const root = new URL(task.root);
const require = await generated(
  "generate-odata-client",
  ["--input", "leads.edmx", "--outputDir", "generated", "--transpile", "--optionsPerService", "options.json"],
  { "options.json": JSON.stringify({ "leads.edmx": { directoryName: "leads", basePath: root.pathname } }) },
);
const { leads, batch, changeset } = require("./generated/leads");
const { and, asc, contains } = require("@sap-cloud-sdk/odata-v4");
const BigNumber = require("bignumber.js");

const { routingsApi, feedbacksApi, reasonsApi } = leads();
const run = (builder) => builder.addCustomHeaders({ "X-API-Key": task.key }).execute({ url: root.origin });

await doing("metadata", () => {
  return [routingsApi, feedbacksApi, reasonsApi].map((api) => api.entityConstructor._entityName);
});

await doing("filter", async () => {
  const { LEAD_NAME, CITY, NUMBER } = routingsApi.schema;
  const wanted = and(contains(LEAD_NAME, task.family).equals(true), CITY.equals(task.city));
  const rows = await run(routingsApi.requestBuilder().getAll().filter(wanted).orderBy(asc(NUMBER)));
  return rows.map((row) => row.number);
});

await doing("expand", async () => {
  const { REASON, FEEDBACKS } = routingsApi.schema;
  const newestLast = FEEDBACKS.orderBy(asc(feedbacksApi.schema.OCCURRED_AT));
  const routing = await run(routingsApi.requestBuilder().getByKey(task.expand).expand(REASON, newestLast));
  return { reason: routing.reason.id, comments: routing.feedbacks.map((each) => each.comment) };
});

const feedback = (routing, values) => feedbacksApi.entityBuilder().fromJson({ routingId: routing, ...values });

await doing("post", async () => {
  const said = feedback(task.post, { reasonId: 4, comment: NAME, amount: new BigNumber("1234.50") });
  return (await run(feedbacksApi.requestBuilder().create(said))).id;
});

await doing("patch", async () => {
  const read = () => run(routingsApi.requestBuilder().getByKey(task.patch));
  const [routing, late] = [await read(), await read()];
  const etag = routing.versionIdentifier;
  Object.assign(routing, { reasonId: 2, comment: NAME });
  await run(routingsApi.requestBuilder().update(routing));
  late.reasonId = 5;
  return { etag, stale: await statusOfFailure(() => run(routingsApi.requestBuilder().update(late))) };
});

await doing("batch", async () => {
  const writes = task.batch.map((routing) =>
    feedbacksApi.requestBuilder().create(feedback(routing, { reasonId: 1, comment: `${NAME} in a batch` })),
  );
  const [read, written] = await run(batch(reasonsApi.requestBuilder().getAll(), changeset(...writes)));
  const posted = written.responses.map((response) => response.as(feedbacksApi).id);
  return { read: read.as(reasonsApi).length, posted };
});
