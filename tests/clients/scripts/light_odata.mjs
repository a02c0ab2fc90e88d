// light-odata: https://www.npmjs.com/package/@odata/client
import light from "@odata/client"; // CommonJS

import { doing, task } from "./task.mjs";

const { OData, EdmV4, defaultProxy } = light;
const NAME = "light-odata";
const header = { "X-API-Key": task.key };

let status; // of the last answer: the library gives contents only
const fetchProxy = async (url, init) => {
  const answer = await defaultProxy(url, init);
  status = answer.response.status;
  return answer;
};
const service = (more = {}) =>
  OData.New4({ serviceEndpoint: task.root, commonHeaders: { ...header, ...more }, fetchProxy });
const client = service();

await doing("metadata", async () => {
  const text = await service({ Accept: "application/xml" }).newRequest({ collection: "$metadata" });
  return [...text.matchAll(/<EntitySet Name="(\w+)"/g)].map((found) => found[1]);
});

await doing("filter", async () => {
  const wanted = client.newFilter().field(`contains(LeadName,'${task.family}')`).eq(true).field("City").eq(task.city);
  const options = client.newOptions().filter(wanted).orderby("Number", "asc");
  return (await client.getEntitySet("Routings").query(options)).map((row) => row.Number);
});

await doing("expand", async () => {
  const options = client.newOptions().expand(["Reason", "Feedbacks($orderby=OccurredAt)"]);
  const routing = await client.getEntitySet("Routings").retrieve(EdmV4.Guid.from(task.expand), options);
  return { reason: routing.Reason.Id, comments: routing.Feedbacks.map((feedback) => feedback.Comment) };
});

await doing("post", async () => {
  const said = { RoutingId: task.post, ReasonId: 4, Comment: NAME, Amount: 1234.5 };
  return (await client.getEntitySet("Feedbacks").create(said)).Id;
});

await doing("patch", async () => {
  const id = task.patch; // a string: the library sends it in quotes
  const etag = (await client.getEntitySet("Routings").retrieve(id))["@odata.etag"];
  const careful = service({ "If-Match": etag });
  const change = (entity) => careful.newRequest({ collection: "Routings", id, method: "PATCH", entity });
  await change({ ReasonId: 2, Comment: NAME });
  await change({ ReasonId: 5 });
  return { etag, stale: status };
});

await doing("batch", async () => {
  const writes = task.batch.map((routing) => ({
    collection: "Feedbacks",
    method: "POST",
    entity: { RoutingId: routing, ReasonId: 1, Comment: `${NAME} in a batch` },
  }));
  const requests = [{ collection: "Reasons", method: "GET" }, ...writes];
  const answers = await client.execBatchRequests(requests.map((request) => client.newBatchRequest(request)));
  const [reasons, ...posted] = await Promise.all(answers.map((answer) => answer.json()));
  return { read: reasons.value.length, posted: posted.map((feedback) => feedback.Id) };
});
