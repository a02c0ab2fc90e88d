const NAME = "olingo-odatajs";
const { oData } = odatajs;

function send(request, handler) {
  const headers = { Authorization: `Bearer ${task.key}`, ...request.headers };
  return new Promise((resolve, reject) => {
    const onSuccess = (data, response) => resolve({ data, response });
    oData.request({ ...request, requestUri: task.root + request.requestUri, headers }, onSuccess, reject, handler);
  });
}

async function everything() {
  await doing("metadata", async () => {
    const headers = { Accept: "application/xml" };
    const { data } = await send({ requestUri: "$metadata", headers }, oData.metadataHandler);
    return data.dataServices.schema[0].entityContainer.entitySet.map((set) => set.name);
  });

  await doing("filter", async () => {
    const wanted = encodeURIComponent(`contains(LeadName,'${task.family}') and City eq '${task.city}'`);
    const { data } = await send({ requestUri: `Routings?$filter=${wanted}&$orderby=Number` });
    return data.value.map((row) => row.Number);
  });

  await doing("expand", async () => {
    const requestUri = `Routings(${task.expand})?$expand=Reason,Feedbacks($orderby=OccurredAt)`;
    const { data } = await send({ requestUri });
    return { reason: data.Reason.Id, comments: data.Feedbacks.map((feedback) => feedback.Comment) };
  });

  await doing("post", async () => {
    const said = { RoutingId: task.post, ReasonId: 4, Comment: NAME, Amount: 1234.5 };
    return (await send({ requestUri: "Feedbacks", method: "POST", data: said })).data.Id;
  });

  await doing("patch", async () => {
    const requestUri = `Routings(${task.patch})`;
    const etag = (await send({ requestUri })).data["@odata.etag"];
    const change = (data) => send({ requestUri, method: "PATCH", data, headers: { "If-Match": etag } });
    await change({ ReasonId: 2, Comment: NAME });
    const stale = await change({ ReasonId: 5 }).then(() => "no failure", (error) => error.response.statusCode);
    return { etag, stale };
  });

  await doing("batch", async () => {
    const writes = task.batch.map((routing) => ({
      requestUri: "Feedbacks",
      method: "POST",
      data: { RoutingId: routing, ReasonId: 1, Comment: `${NAME} in a batch` },
    }));
    const requests = [{ requestUri: "Reasons", method: "GET" }, { __changeRequests: writes }];
    const request = { requestUri: "$batch", method: "POST", data: { __batchRequests: requests } };
    const [reasons, changes] = (await send(request, oData.batch.batchHandler)).data.__batchResponses;
    const posted = changes.__changeResponses.map((response) => response.data.Id);
    return { read: reasons.data.value.length, posted };
  });

  done();
}

everything();
