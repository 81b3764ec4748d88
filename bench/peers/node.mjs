// The same work with the AWS SDK for JavaScript v3, in a runtime loop of its own (Lambda's runtime client does more).
import http from "node:http";
import https from "node:https";
import { SSMClient, CreateResourceDataSyncCommand, ListResourceDataSyncCommand } from "@aws-sdk/client-ssm";

const [runtimeHost, runtimePort] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const ssm = new SSMClient({});

function exchange(module, options, body) {
  return new Promise((resolve, reject) => {
    const request = module.request(options, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString() }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const runtime = (method, path, body) =>
  exchange(http, { agent, host: runtimeHost, port: runtimePort, method, path: `/2018-06-01/runtime/invocation/${path}` }, body);

async function handle(event) {
  const { SyncName, S3Destination } = event.ResourceProperties;
  await ssm.send(new CreateResourceDataSyncCommand({ SyncName, SyncType: "SyncToDestination", S3Destination }));
  const listed = await ssm.send(new ListResourceDataSyncCommand({ SyncType: "SyncToDestination" }));
  const item = listed.ResourceDataSyncItems.find((item) => item.SyncName === SyncName);
  const answer = JSON.stringify({
    Status: "SUCCESS",
    PhysicalResourceId: SyncName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    Data: { SyncName, SyncType: "SyncToDestination", LastStatus: item.LastStatus },
  });
  const url = new URL(event.ResponseURL);
  const module = url.protocol === "https:" ? https : http;
  const options = { host: url.hostname, port: url.port, method: "PUT", path: url.pathname + url.search, agent: false };
  const told = await exchange(module, { ...options, headers: { "content-length": Buffer.byteLength(answer) } }, answer);
  if (told.status !== 200) throw new Error(`HTTP ${told.status}`);
}

for (;;) {
  const next = await runtime("GET", "next");
  const id = next.headers["lambda-runtime-aws-request-id"];
  await handle(JSON.parse(next.body));
  await runtime("POST", `${id}/response`, "null");
}
