// o.js: https://www.npmjs.com/package/odata
import { o } from "odata";

import { doing, statusOfFailure, task } from "./task.mjs";

// Its change sets are experimental and drop the answers to all other requests: the batch does without.
const batch = {
  boundaryPrefix: "batch_",
  changsetBoundaryPrefix: "changset_",
  endpoint: "$batch",
  useChangset: false,
  useRelativeURLs: false,
};
const headers = { "Content-Type": "application/json", Authorization: `Bearer ${task.key}` };
const service = (more = {}) => {
  const all = { ...headers, ...more };
  return o(task.root, { headers: all, batch: { ...batch, headers: new Headers(all) } });
};

await doing("metadata", async () => {
  const response = await service().get("$metadata").fetch();
  return [...(await response.text()).matchAll(/<EntitySet Name="(\w+)"/g)].map((found) => found[1]);
});

await doing("filter", async () => {
  const $filter = `contains(LeadName,'${task.family}') and City eq '${task.city}'`;
  const rows = await service().get("Routings").query({ $filter, $orderby: "Number" });
  return rows.map((row) => row.Number);
});

await doing("expand", async () => {
  const $expand = "Reason,Feedbacks($orderby=OccurredAt)";
  const routing = await service().get(`Routings(${task.expand})`).query({ $expand });
  return { reason: routing.Reason.Id, comments: routing.Feedbacks.map((feedback) => feedback.Comment) };
});

await doing("post", async () => {
  const said = { RoutingId: task.post, ReasonId: 4, Comment: "o.js", Amount: 1234.5 };
  return (await service().post("Feedbacks", said).query()).Id;
});

await doing("patch", async () => {
  const address = `Routings(${task.patch})`;
  const etag = (await service().get(address).query())["@odata.etag"];
  const careful = () => service({ "If-Match": etag });
  const first = await careful().patch(address, { ReasonId: 2, Comment: "o.js" }).query();
  const stale = await statusOfFailure(() => careful().patch(address, { ReasonId: 5 }).query());
  return { etag, first: first.status, stale };
});

await doing("batch", async () => {
  const requests = service().get("Reasons");
  for (const routing of task.batch) {
    requests.post("Feedbacks", { RoutingId: routing, ReasonId: 1, Comment: "o.js in a batch" });
  }
  const [reasons, ...posted] = await requests.batch();
  return { read: reasons.body.length, posted: posted.map((each) => each.body.Id) };
});
