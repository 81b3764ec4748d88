//! The function next to its contenders: every round runs each of them, so that the machine's weather hits all alike.

mod fake;
mod process;

use std::{array, collections::BTreeMap, env, fs, iter, mem, path::PathBuf, process::Command};

use crate::fake::{Fake, State};
use crate::process::{Process, REGION};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench");
const ROWS: [&str; 6] = ["cold CPU, ms", "first, ms", "first at 128 MB, ms", "warm, ms", "peak, MB", "zip, MB"];

struct Contender {
    name: &'static str,
    command: Vec<String>,
    /// What its zip is made of.
    packed: PathBuf,
}

fn main() {
    let option = |name: &str| env::args().skip_while(|word| word != name).nth(1);
    let rounds = option("--rounds").map_or(12, |number| number.parse().expect("a number"));
    let mut contenders = vec![Contender::binary("bootstrap", "target/release/bootstrap")];
    contenders.push(Contender::binary("floor", "bench/target/release/floor"));
    contenders.extend(option("--baseline").map(|path| Contender::binary("baseline", &path)));
    contenders.extend(Contender::crhelper());
    let fake = Fake::start();
    let platform = fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").expect("what this machine trusts");
    fs::create_dir_all(FOLDER).expect("a folder in target");
    fs::write(format!("{FOLDER}/authorities.pem"), platform + &fake.authority).expect("a file in target");

    let zips: Vec<_> = contenders.iter().map(Contender::zip_mb).collect();
    let mut samples = BTreeMap::<_, Vec<f64>>::new();
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        for at in (0..contenders.len()).cycle().skip(round).take(contenders.len()) {
            let values = measure(&contenders[at], &fake).into_iter().chain([zips[at]]);
            values.enumerate().for_each(|(row, value)| samples.entry((row, at)).or_default().push(value));
        }
    }
    let of = |row, at, part| quantile(samples[&(row, at)].clone(), part);
    println!("Medians of {rounds} rounds ± half the distance between the quartiles.\n");
    let line = |first: &str, cells: &dyn Fn(usize) -> String| {
        println!("| {first} | {} |", (0..contenders.len()).map(cells).collect::<Vec<_>>().join(" | "));
    };
    line("", &|at| contenders[at].name.to_owned());
    line("---", &|_| "---".to_owned());
    for (row, title) in ROWS.into_iter().enumerate() {
        let spread = |at| (of(row, at, 0.75) - of(row, at, 0.25)) / 2.0;
        line(title, &|at| format!("{:.2} ± {:.2}", of(row, at, 0.5), spread(at)));
    }
    for contender in &contenders {
        Process::start(contender, &fake).create("Sync", 1, "SUCCESS");
        println!("- calls of {}: {}", contender.name, fake.state().calls.join(", "));
    }
    let by_regions = growth("Regions", rounds, [1, 5, 10, 20, 40], |size| cpu_of_regions(&contenders[0], &fake, size));
    let by_records =
        growth("records", rounds, [1, 1_000, 2_000, 5_000, 10_000], |size| cpu_of_records(&contenders[0], &fake, size));
    let goals = [
        ("cold CPU, times the floor's", of(0, 0, 0.5) / of(0, 1, 0.5), 1.9),
        (ROWS[4], of(4, 0, 0.5), 10.0),
        (ROWS[5], of(5, 0, 0.5), 3.6),
        ("exponent of the growth with Regions", by_regions, 1.1),
        ("exponent of the growth with records", by_records, 1.1),
    ];
    for (what, is, limit) in goals {
        println!("- {}: {what}: {is:.2}, at most {limit}", if is <= limit { "met" } else { "MISSED" });
    }
    std::process::exit(i32::from(!goals.iter().all(|(_, is, limit)| is <= limit)));
}

impl Contender {
    /// The path is within the repository, or absolute.
    fn binary(name: &'static str, path: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        Self { name, command: vec![path.display().to_string()], packed: path }
    }

    /// Under Lambda's runtime client for Python; left out where they are not installed.
    fn crhelper() -> Option<Self> {
        let packed = fs::canonicalize(format!("{FOLDER}/python")).ok()?;
        // Where the interpreter really is, behind whatever shims.
        let python = Command::new("python3").args(["-c", "import sys; print(sys.executable, end='')"]).output().ok()?;
        let python = String::from_utf8(python.stdout).ok()?;
        let command = [&python, "-m", "awslambdaric", "crhelper_handler.helper"].map(str::to_owned).into();
        Some(Self { name: "crhelper", command, packed })
    }

    fn zip_mb(&self) -> f64 {
        let zip = format!("{FOLDER}/{}.zip", self.name);
        let zipped = Command::new("python3").args(["-m", "zipfile", "-c", &zip]).arg(&self.packed).status();
        assert!(zipped.is_ok_and(|status| status.success()), "{zip} could not be made");
        fs::metadata(zip).expect("a zip").len() as f64 / 1e6
    }
}

/// All rows but the last.
fn measure(contender: &Contender, fake: &Fake) -> [f64; 5] {
    let mut process = Process::start(contender, fake);
    let first = process.create("Sync", 1, "SUCCESS");
    let (cpu, peak) = (process.cpu_ms(), process.peak_mb());
    let warm = iter::repeat_with(|| {
        *fake.state() = State::default();
        process.create("Sync", 1, "SUCCESS")
    });
    let warm = quantile(warm.skip(3).take(20).collect(), 0.5);
    drop(process);
    let mut process = Process::start(contender, fake);
    let throttled = if process.throttle() { process.create("Sync", 1, "SUCCESS") } else { f64::NAN };
    [cpu, first, throttled, warm, peak]
}

/// The exponent: what the sizes cost above the first, as the slope of the line through the logarithms.
fn growth(what: &str, rounds: usize, sizes: [usize; 5], cpu_ms: impl Fn(usize) -> f64) -> f64 {
    let samples: Vec<_> = (0..rounds).map(|_| sizes.map(&cpu_ms)).collect();
    let costs: [f64; 5] = array::from_fn(|at| quantile(samples.iter().map(|it| it[at]).collect(), 0.5));
    println!("- CPU with {sizes:?} {what}: {costs:.2?} ms");
    let xs = sizes.map(|size| ((size - sizes[0]) as f64).ln());
    let ys = costs.map(|cost| (cost - costs[0]).ln());
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (x, y) = (mean(&xs[1..]), mean(&ys[1..]));
    let products = |of: &[f64], mean: f64| (1..5).map(|at| (xs[at] - x) * (of[at] - mean)).sum::<f64>();
    products(&ys, y) / products(&xs, x)
}

fn cpu_of_regions(contender: &Contender, fake: &Fake, regions: usize) -> f64 {
    let mut process = Process::start(contender, fake);
    let before = process.cpu_ms();
    process.create("Sync", regions, "SUCCESS");
    process.cpu_ms() - before
}

/// Of asking whose a sync is that stands in the way, and that no record speaks of.
fn cpu_of_records(contender: &Contender, fake: &Fake, records: usize) -> f64 {
    let mut process = Process::start(contender, fake);
    process.create("Sync", 1, "SUCCESS");
    let mut state = fake.state();
    let (_, sync) = state.syncs.pop().expect("the sync that was made");
    state.add_sync(REGION, sync);
    for (key, mut record) in mem::take(&mut state.records) {
        for key in (0..records).map(|number| format!("{key}{number}")) {
            record["Resource"]["S"] = key.as_str().into();
            state.records.insert(key, record.clone());
        }
    }
    drop(state);
    let before = process.cpu_ms();
    process.create("Other", 1, "FAILED");
    process.cpu_ms() - before
}

fn quantile(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = part * (values.len() - 1) as f64;
    let (below, above) = (values[at.floor() as usize], values[at.ceil() as usize]);
    below + (above - below) * at.fract()
}
