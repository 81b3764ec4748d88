//! One contender's process: started, invoked through the Runtime API, watched, ended.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use benchmark::Message;
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use serde_json::json;
use time::UtcDateTime;

use crate::fake::{Fake, State, ok};
use crate::{Contender, FOLDER};

pub const REGION: &str = "us-east-1";
const STACK: &str = "arn:aws:cloudformation:us-east-1:123456789012:stack/st/0f6b3a10-c8a1-11f0-8e11-0242ac120002";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:resource-data-sync";
const LIMIT: Duration = Duration::from_secs(60);

pub struct Process<'a> {
    fake: &'a Fake,
    child: Child,
    next: Sender<Message>,
    events: usize,
    cgroup: Option<PathBuf>,
}

impl<'a> Process<'a> {
    /// Over an SSM and a table that are empty, up to its first `/next`.
    pub fn start(contender: &Contender, fake: &'a Fake) -> Self {
        *fake.state() = State::default();
        let authorities = format!("{FOLDER}/authorities.pem");
        let child = Command::new(&contender.command[0])
            .args(&contender.command[1..])
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", fake.runtime.to_string().as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", "resource-data-sync"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/resource-data-sync"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"),
                ("AWS_REGION", REGION),
                ("AWS_DEFAULT_REGION", REGION),
                ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
                ("AWS_SESSION_TOKEN", "not-a-token"),
                ("AWS_ENDPOINT_URL_SSM", &format!("https://{}", fake.ssm)),
                ("AWS_ENDPOINT_URL_DYNAMODB", &format!("https://{}", fake.dynamodb)),
                ("OWNERSHIP_TABLE", "resource-data-sync"),
                ("RESPONSE_URL_EXTRA_HOSTS", "127.0.0.1"),
                ("SSL_CERT_FILE", &authorities),
                ("AWS_CA_BUNDLE", &authorities),
                ("PYTHONPATH", &format!("{FOLDER}/python:{}", env!("CARGO_MANIFEST_DIR"))),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", contender.command[0]));
        Self { fake, child, next: asked(fake).1, events: 0, cgroup: None }
    }

    /// Serves a Create, up to the `/next` after it. Milliseconds from the event to the response.
    pub fn create(&mut self, logical_id: &str, regions: usize, status: &str) -> f64 {
        self.events += 1;
        let mut properties = json!({
            "ServiceToken": FUNCTION, "SyncName": "inventory",
            "S3Destination": { "BucketName": "inventory-logs", "Region": REGION, "SyncFormat": "JsonSerDe" },
        });
        if regions > 1 {
            properties["Regions"] = (1..=regions).map(|number| format!("eu-west-{number}")).collect();
        }
        let id = format!("00000000-0000-4000-8000-{:012}", self.events);
        let event = json!({
            "RequestType": "Create", "RequestId": id, "StackId": STACK, "LogicalResourceId": logical_id,
            "ResponseURL": format!("https://{}/response?X-Amz-Signature=0123456789abcdef", self.fake.bucket),
            "ServiceToken": FUNCTION, "ResourceType": "Custom::ResourceDataSync", "ResourceProperties": properties,
        });
        let deadline = (UtcDateTime::now() + LIMIT).unix_timestamp() * 1_000;
        let headers = format!(
            "content-type: application/json\r\nlambda-runtime-aws-request-id: {id}\r\n\
             lambda-runtime-deadline-ms: {deadline}\r\nlambda-runtime-invoked-function-arn: {FUNCTION}\r\n"
        );
        let delivered = Instant::now();
        self.next.send(ok(&headers, event.to_string())).expect("a process that waits");
        let (told, reply) = asked(self.fake);
        assert!(told.head.contains("/response "), "{}{}", told.head, String::from_utf8_lossy(&told.body));
        reply.send(Message::new("HTTP/1.1 202 Accepted\r\n", [])).expect("a process that waits");
        self.next = asked(self.fake).1;
        let (at, response) = self.fake.state().response.take().expect("a response");
        assert_eq!(response["Status"], status, "{response}");
        (at - delivered).as_secs_f64() * 1e3
    }

    /// From here on it gets the CPU of a function of 128 MB, by the quota of a cgroup. False where none can be made.
    pub fn throttle(&mut self) -> bool {
        let id = self.child.id();
        let v1 = [("cpu.cfs_period_us", "20000"), ("cpu.cfs_quota_us", "1450"), ("cgroup.procs", &id.to_string())];
        let v2 = [("cpu.max", "1450 20000"), ("cgroup.procs", &id.to_string())];
        let mut ways = [("/sys/fs/cgroup/cpu", &v1[..]), ("/sys/fs/cgroup", &v2[..])].into_iter();
        self.cgroup = ways.find_map(|(parent, settings)| {
            let group = PathBuf::from(format!("{parent}/benchmark-{id}"));
            fs::create_dir(&group).ok()?;
            let set = settings.iter().all(|(file, value)| fs::write(group.join(file), value).is_ok());
            if set { Some(group) } else { fs::remove_dir(group).ok().and(None) }
        });
        self.cgroup.is_some()
    }

    pub fn peak_mb(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a status");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        peak.and_then(|kb| kb.parse::<f64>().ok()).expect("a peak") * 1024.0 / 1e6
    }

    pub fn cpu_ms(&self) -> f64 {
        let clock = clock_getcpuclockid(Pid::from_raw(self.child.id().cast_signed())).expect("its clock");
        Duration::from(clock_gettime(clock).expect("its time")).as_secs_f64() * 1e3
    }
}

impl Drop for Process<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.cgroup.as_ref().map(fs::remove_dir);
    }
}

fn asked(fake: &Fake) -> (Message, Sender<Message>) {
    fake.asked.recv_timeout(LIMIT).expect("a process that lives")
}
