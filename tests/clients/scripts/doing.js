// What the pages share: how they report, and that they are done.

async function doing(thing, work) {
  try {
    console.log(`REPORT ${JSON.stringify([thing, await work()])}`);
  } catch (error) {
    console.log(`${thing}: ${error.stack ?? JSON.stringify(error)}`);
  }
}

function done() {
  document.title = "done";
}
