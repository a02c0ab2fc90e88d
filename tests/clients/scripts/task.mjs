// What every JavaScript program shares: its task, and how it reports.

export const task = JSON.parse(process.env.TASK);

export async function doing(thing, work) {
  try {
    console.log(`REPORT ${JSON.stringify([thing, await work()])}`);
  } catch (error) {
    console.log(`${thing}:`, error);
    if (error instanceof Response) {
      console.log(await error.text());
    }
  }
}

// How a library's error names the status that the service answered with.
export async function statusOfFailure(work) {
  try {
    return (await work())?.status ?? "no failure";
  } catch (error) {
    return error.status ?? error.statusCode ?? error.response?.status ?? error.cause?.response?.status ?? String(error);
  }
}
