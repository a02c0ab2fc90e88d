const NAME = "openui5";

sap.ui.require(
  ["sap/ui/model/odata/v4/ODataModel", "sap/ui/model/Filter", "sap/ui/model/Sorter"],
  async (ODataModel, Filter, Sorter) => {
    // earlyRequests: HEAD for a CSRF token and $metadata at once; everything else goes in multipart batches.
    const newModel = () =>
      new ODataModel({
        serviceUrl: task.root,
        operationMode: "Server",
        earlyRequests: true,
        httpHeaders: { "X-API-Key": task.key },
      });
    const model = newModel();

    await doing("metadata", async () => {
      const container = await model.getMetaModel().requestObject("/");
      return Object.keys(container).filter((name) => container[name].$kind === "EntitySet");
    });

    await doing("filter", async () => {
      const wanted = [new Filter("LeadName", "Contains", task.family), new Filter("City", "EQ", task.city)];
      const all = new Filter({ filters: wanted, and: true });
      const list = model.bindList("/Routings", null, [new Sorter("Number")], [all], { $select: "Number" });
      return (await list.requestContexts(0, 100)).map((context) => context.getProperty("Number"));
    });

    await doing("expand", async () => {
      const $expand = { Reason: true, Feedbacks: { $orderby: "OccurredAt" } };
      const binding = model.bindContext(`/Routings(${task.expand})`, null, { $expand });
      const routing = await binding.getBoundContext().requestObject();
      return { reason: routing.Reason.Id, comments: routing.Feedbacks.map((feedback) => feedback.Comment) };
    });

    await doing("post", async () => {
      const feedbacks = model.bindList("/Feedbacks");
      const said = { RoutingId: task.post, ReasonId: 4, Comment: NAME, Amount: "1234.50" };
      const context = feedbacks.create(said, true);
      await context.created();
      return context.getProperty("Id");
    });

    await doing("patch", async () => {
      const open = async () => {
        const binding = newModel().bindContext(`/Routings(${task.patch})`, null, { $$updateGroupId: "change" });
        await binding.getBoundContext().requestObject();
        return binding.getBoundContext();
      };
      const [routing, late] = [await open(), await open()];
      const etag = routing.getProperty("@odata.etag");
      const change = async (context, values) => {
        const changes = Object.entries(values).map(([name, value]) => context.setProperty(name, value));
        await context.getModel().submitBatch("change");
        await Promise.all(changes);
      };
      await change(routing, { ReasonId: 2, Comment: NAME });
      const stale = await change(late, { ReasonId: 5 }).then(() => "no failure", (error) => error.status);
      return { etag, stale };
    });

    await doing("batch", async () => {
      const reasons = model.bindList("/Reasons", null, [], [], { $$groupId: "together" }).requestContexts(0, 100);
      const feedbacks = model.bindList("/Feedbacks", null, [], [], { $$updateGroupId: "together" });
      const written = task.batch.map((routing) =>
        feedbacks.create({ RoutingId: routing, ReasonId: 1, Comment: `${NAME} in a batch` }, true),
      );
      await model.submitBatch("together");
      await Promise.all(written.map((context) => context.created()));
      return { read: (await reasons).length, posted: written.map((context) => context.getProperty("Id")) };
    });

    done();
  },
  (error) => {
    console.log(error.stack);
    done();
  },
);
