// Microsoft Graph's JavaScript client, which speaks to any OData service: JSON batches. https://github.com/microsoftgraph/msgraph-sdk-javascript
import { BatchRequestContent, Client, ResponseType } from "@microsoft/microsoft-graph-client";

import { doing, statusOfFailure, task } from "./task.mjs";

const root = new URL(task.root);
const client = Client.init({
  baseUrl: root.origin,
  defaultVersion: root.pathname.replaceAll("/", ""),
  // The client gives its token to https addresses only; here the key goes in a header of its own.
  authProvider: (done) => done(null, ""),
  fetchOptions: { headers: { "X-API-Key": task.key } },
});

await doing("metadata", async () => {
  const text = await client.api("/$metadata").responseType(ResponseType.TEXT).get();
  return [...text.matchAll(/<EntitySet Name="(\w+)"/g)].map((found) => found[1]);
});

await doing("filter", async () => {
  const wanted = `contains(LeadName,'${task.family}') and City eq '${task.city}'`;
  const page = await client.api("/Routings").filter(wanted).select(["Id", "Number"]).orderby("Number").count(true).get();
  return page["@odata.count"] === page.value.length ? page.value.map((row) => row.Number) : page;
});

await doing("expand", async () => {
  const address = `/Routings/${task.expand}`;
  const routing = await client.api(address).expand(["Reason", "Feedbacks($orderby=OccurredAt)"]).get();
  return { reason: routing.Reason.Id, comments: routing.Feedbacks.map((feedback) => feedback.Comment) };
});

await doing("post", async () => {
  const said = { RoutingId: task.post, ReasonId: 4, Comment: "microsoft-graph-client", Amount: 1234.5 };
  return (await client.api("/Feedbacks").post(said)).Id;
});

await doing("patch", async () => {
  const address = `/Routings/${task.patch}`;
  const etag = (await client.api(address).get())["@odata.etag"];
  const change = (values) => client.api(address).header("If-Match", etag).patch(values);
  await change({ ReasonId: 2, Comment: "microsoft-graph-client" });
  return { etag, stale: await statusOfFailure(() => change({ ReasonId: 5 })) };
});

await doing("batch", async () => {
  const headers = { "Content-Type": "application/json" };
  const writes = task.batch.map((routing, at) => ({
    id: `write-${at}`,
    request: new Request(new URL("Feedbacks", root), {
      method: "POST",
      headers,
      body: JSON.stringify({ RoutingId: routing, ReasonId: 1, Comment: "microsoft-graph-client in a batch" }),
    }),
  }));
  const reads = [{ id: "read", request: new Request(new URL("Reasons", root), { method: "GET" }) }];
  const content = await new BatchRequestContent([...reads, ...writes]).getContent();
  // Not read by BatchResponseContent: it wants Graph's "Content-Type" where the JSON format has lower-case names.
  const { responses } = await client.api("/$batch").post(content);
  const body = (id) => responses.find((response) => response.id === id).body;
  return { read: body("read").value.length, posted: writes.map((write) => body(write.id).Id) };
});
