// The first feedback, with JavaScript (Node 18 or newer, or any browser's server side) and nothing else.
const url = "https://leads.example.co.il";
const key = "KEY";
const feedback = { RoutingId: "019a2b3c-4d5e-7f60-8123-456789abcdef", ReasonId: 2 };

const answer = await fetch(`${url}/odata/Feedbacks`, {
  method: "POST",
  headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
  body: JSON.stringify(feedback),
});
if (!answer.ok) throw new Error(await answer.text());
console.log(answer.status, (await answer.json()).Id);
