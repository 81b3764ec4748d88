//! The function next to its contenders. `cargo benchmark --help` says what it can measure.

mod compare;
mod contender;
mod growth;
mod instructions;
mod layout;
mod place;
mod process;
mod table;
mod throttle;
#[path = "../../../tests/it/world/mod.rs"]
mod world;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use crate::{
    compare::{Results, Setting},
    contender::Contender,
    instructions::Counts,
    place::{Authority, Roots, Wire},
};

const HELP: &str = "\
cargo benchmark [WHAT] [OPTION]...

WHAT   all           everything below (default)
       compare       times, CPU, memory and size against the contenders
       instructions  what callgrind counts for a cold Create over TLS; fails above the limit
       layout        writes layout.ld anew: which code a start runs (minutes)
       growth        cost against the number of Regions, units, syncs and pages; fails where it is not linear

       --rounds N           rounds of each comparison (default 12)
       --rtt MS             a round trip to SSM and to the bucket (default 0)
       --one-root           trust the test authority alone, and not all that this machine trusts
       --with-defaults      build the contender with every default, too (minutes)
       --without-peers      leave Python and Node out
       --bootstrap PATH     a binary that is there, instead of the one built now
       --other PATH         another build of the function, to compare with

What was printed is kept in target/bench/report.md.";

/// Of a cold Create over TLS with one call of SSM: what was measured last, and 2 % for other machines.
const INSTRUCTIONS_MAX: u64 = 6_000_000;
/// Of each further call, likewise.
const INSTRUCTIONS_A_CALL_MAX: u64 = 452_000;
/// Of reading as many authorities as a platform has, likewise.
const INSTRUCTIONS_OF_AUTHORITIES_MAX: u64 = 2_750_000;
/// Of the functions that a cold Create runs, so many lie where `layout.ld` wants them.
const FIT_MIN: f64 = 0.9;

/// What the function is held to, next to a contender: the column, the contender, the ratio at most.
const GOALS: [(&str, &str, f64); 8] = [
    ("cpu", "by-hand", 1.6),
    ("warm", "by-hand", 1.7),
    ("cpu", "defaults", 1.0 / 8.0),
    ("cpu", "node", 1.0 / 35.0),
    ("cpu", "crhelper", 1.0 / 65.0),
    ("throttled", "crhelper", 1.0 / 200.0),
    ("throttled", "node", 1.0 / 100.0),
    ("throttled", "defaults", 1.0 / 100.0),
];
const PEAK_MB_MAX: f64 = 7.5;
const ZIP_MB_MAX: f64 = 2.6;

struct Arguments {
    what: String,
    rounds: usize,
    rtt: Duration,
    roots: Roots,
    with_defaults: bool,
    with_peers: bool,
    bootstrap: Option<PathBuf>,
    other: Option<PathBuf>,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let arguments = match read(env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    let authority = Authority::new(&contender::folder());
    if arguments.what == "layout" {
        println!("{}", layout::write(&authority).await);
        return ExitCode::SUCCESS;
    }
    let function = contender::function(arguments.bootstrap.as_deref());
    let mut report = String::new();
    let mut well = true;
    if matches!(arguments.what.as_str(), "all" | "compare") {
        let (text, met) = compared(&arguments, &authority, &function).await;
        print(&mut report, &text);
        well &= met || arguments.what == "all";
    }
    if matches!(arguments.what.as_str(), "all" | "instructions") {
        let (text, met) = counted(&authority, &function).await;
        print(&mut report, &text);
        well &= met;
    }
    if matches!(arguments.what.as_str(), "all" | "growth") {
        let setting = setting(&arguments, Wire::Tls);
        let (text, linear) = growth::growth(&function, &authority, &setting).await;
        print(&mut report, &format!("## Growth\n\n```text\n{text}```\n"));
        well &= linear;
    }
    let file = contender::folder().join("report.md");
    fs::write(&file, report).expect("a file for the report");
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print(report: &mut String, text: &str) {
    println!("{text}");
    report.push_str(text);
    report.push('\n');
}

fn setting(arguments: &Arguments, wire: Wire) -> Setting {
    Setting { wire, roots: arguments.roots, rtt: arguments.rtt, rounds: arguments.rounds }
}

async fn compared(arguments: &Arguments, authority: &Authority, function: &Contender) -> (String, bool) {
    let mut contenders = vec![function.clone(), contender::by_hand(), contender::hello()];
    contenders.extend(arguments.other.as_deref().map(contender::other));
    if arguments.with_defaults {
        contenders.push(contender::defaults());
    }
    if arguments.with_peers {
        contenders.extend(contender::node());
        contenders.extend(contender::crhelper());
    }
    let order: Vec<&'static str> = contenders.iter().map(|contender| contender.name).collect();
    let tls = compare::compare(&contenders, authority, &setting(arguments, Wire::Tls)).await;
    let plain = compare::compare(&contenders, authority, &setting(arguments, Wire::Plain)).await;
    let (goals, met) = goals(&tls);
    let trust = match arguments.roots {
        Roots::Test => "the test authority alone",
        Roots::Platform | Roots::Made => "what this machine trusts, and the test authority",
    };
    let text = format!(
        "## Side by side\n\nMedians of {} interleaved runs ± half the distance between the quartiles. All trust {trust}.\n\n\
         With TLS to SSM and to the bucket:\n\n{}\n{}\nWithout TLS:\n\n{}\n{}\n{goals}",
        arguments.rounds,
        table::values(&tls, &order),
        table::ratios(&tls, &order),
        table::values(&plain, &order),
        table::ratios(&plain, &order),
    );
    (text, met)
}

fn goals(results: &Results) -> (String, bool) {
    let mut text = String::from("Goals:\n\n");
    let mut all_met = true;
    let mut goal = |what: String, is: f64, limit: f64| {
        let met = is <= limit;
        all_met &= met;
        text.push_str(&format!("- {}: {what}\n", if met { "met" } else { "missed" }));
    };
    for (key, name, limit) in GOALS {
        if let Some(ratio) = table::ratio(results, key, name) {
            let title = compare::COLUMNS.iter().find(|column| column.key == key).map_or(key, |column| column.title);
            let told = |ratio: f64| {
                if ratio >= 1.0 { format!("{ratio:.2}×") } else { format!("1/{:.0}", 1.0 / ratio) }
            };
            goal(format!("{title}, {} of {name} (at most {})", told(ratio), told(limit)), ratio, limit);
        }
    }
    for (key, limit) in [("peak", PEAK_MB_MAX), ("zip", ZIP_MB_MAX)] {
        let is = results["bootstrap"][key].median();
        goal(format!("{key}, {is:.2} MB (at most {limit})"), is, limit);
    }
    (text, all_met)
}

async fn counted(authority: &Authority, function: &Contender) -> (String, bool) {
    if !instructions::can_count() {
        return ("## Instructions\n\nNot counted: valgrind is not here.\n".to_owned(), false);
    }
    let mut text = String::from(
        "## Instructions\n\nMillions, by callgrind, of a cold Create over TLS from exec to the next `/next`.\n\n\
         | contender | with one call of SSM | each further call | Create + List + PUT | a platform's authorities |\n\
         |---|---|---|---|---|\n",
    );
    let mut row = |name: &str, counts: Counts| {
        let millions = |count: u64| {
            #[expect(clippy::cast_precision_loss, reason = "millions")]
            let millions = count as f64 / 1e6;
            format!("{millions:.3}")
        };
        text.push_str(&format!(
            "| {name} | {} | {} | {} | {} |\n",
            millions(counts.with_one_call()),
            millions(counts.call),
            millions(counts.create),
            millions(counts.authorities)
        ));
    };
    let ours = instructions::count(function, authority).await;
    row(function.name, ours);
    row("by-hand", instructions::count(&contender::by_hand(), authority).await);
    let few = ours.with_one_call() <= INSTRUCTIONS_MAX
        && ours.call <= INSTRUCTIONS_A_CALL_MAX
        && ours.authorities <= INSTRUCTIONS_OF_AUTHORITIES_MAX;
    let verdict = if few { "Within" } else { "ABOVE" };
    text.push_str(&format!(
        "\n{verdict} the limits: {INSTRUCTIONS_MAX} with one call, {INSTRUCTIONS_A_CALL_MAX} for each further one, \
         {INSTRUCTIONS_OF_AUTHORITIES_MAX} for the authorities.\n"
    ));
    let fit = layout::fit(function, &instructions::ran(function, authority).await);
    let fits = fit >= FIT_MIN;
    let (percent, percent_min) = (fit * 100.0, FIT_MIN * 100.0);
    let advice = if fits { "" } else { "; `cargo benchmark layout` mends it" };
    text.push_str(&format!(
        "Of the functions that ran, {percent:.0} % lie together (at least {percent_min:.0} %{advice}).\n"
    ));
    (text, few && fits)
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments {
        what: "all".to_owned(),
        rounds: 12,
        rtt: Duration::ZERO,
        roots: Roots::Platform,
        with_defaults: false,
        with_peers: true,
        bootstrap: None,
        other: None,
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: String| text.parse::<u32>().map_err(|_| format!("{text} is not a number"));
        match word.as_str() {
            "all" | "compare" | "instructions" | "layout" | "growth" => arguments.what = word,
            "--rounds" => arguments.rounds = number(value()?)?.max(1) as usize,
            "--rtt" => arguments.rtt = Duration::from_millis(number(value()?)?.into()),
            "--one-root" => arguments.roots = Roots::Test,
            "--with-defaults" => arguments.with_defaults = true,
            "--without-peers" => arguments.with_peers = false,
            "--bootstrap" => arguments.bootstrap = Some(Path::new(&value()?).to_owned()),
            "--other" => arguments.other = Some(Path::new(&value()?).to_owned()),
            _ => return Err(HELP.to_owned()),
        }
    }
    Ok(arguments)
}
