// odata2ts: query objects and services generated from $metadata. https://odata2ts.github.io/
import { doing, generated, statusOfFailure, task } from "./task.mjs";

const NAME = "odata2ts";

const require = await generated(
  "odata2ts",
  ["--source", "leads.edmx", "--output", "generated", "--mode", "all", "--emit-mode", "js"],
  { "tsconfig.json": JSON.stringify({ compilerOptions: { target: "es2020", module: "commonjs" } }) },
);
const { LeadManagerService } = require("./generated/LeadManagerService");
const { FetchClient } = require("@odata2ts/http-client-fetch");

const client = new FetchClient({ headers: { Authorization: `Basic ${btoa(`${task.key}:PAT`)}` } });
const service = new LeadManagerService(client, task.root.replace(/\/$/, ""));

await doing("metadata", () => {
  const methods = Object.getOwnPropertyNames(LeadManagerService.prototype);
  return methods.filter((name) => name !== "constructor");
});

await doing("filter", async () => {
  const answer = await service.Routings().query((builder, routing) =>
    builder
      .select("Number")
      .filter(routing.LeadName.contains(task.family), routing.City.eq(task.city))
      .orderBy(routing.Number.asc()),
  );
  return answer.data.value.map((row) => row.Number);
});

await doing("expand", async () => {
  const answer = await service.Routings(task.expand).query((builder) =>
    builder.expand("Reason").expanding("Feedbacks", (feedbacks, feedback) => {
      feedbacks.select("Comment", "OccurredAt").orderBy(feedback.OccurredAt.asc());
    }),
  );
  return { reason: answer.data.Reason.Id, comments: answer.data.Feedbacks.map((feedback) => feedback.Comment) };
});

await doing("post", async () => {
  const said = { RoutingId: task.post, ReasonId: 4, Comment: NAME, Amount: 1234.5 };
  return (await service.Feedbacks().create(said)).data.Id;
});

await doing("patch", async () => {
  const routing = service.Routings(task.patch);
  const etag = (await routing.query()).data["@odata.etag"];
  const change = (values) => routing.patch(values, { headers: { "If-Match": etag } });
  await change({ ReasonId: 2, Comment: NAME });
  return { etag, stale: await statusOfFailure(() => change({ ReasonId: 5 })) };
});
