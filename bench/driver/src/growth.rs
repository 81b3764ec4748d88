//! How the cost grows with the work: each series once round after round, its medians as bars.

use std::fmt::Write as _;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::{
    compare::{Setting, ms},
    contender::Contender,
    place::{Authority, NAME, Place, properties},
    process::Process,
    table::Series,
};

const BAR_CHARS: usize = 40;
/// Of the exponent in cost ~ size^exponent, once what a process costs with nothing to do is taken off.
const LINEAR_MAX: f64 = 1.15;

struct Sizes {
    title: &'static str,
    sizes: &'static [usize],
    prepare: fn(&Place, usize),
    properties: fn(usize) -> Value,
    /// An Update that changes nothing, after the Create; else the Create itself.
    update: bool,
}

const SERIES: [Sizes; 5] = [
    Sizes {
        title: "Regions of a sync (a Create in each)",
        sizes: &[1, 2, 5, 10, 20, 30],
        prepare: |_, _| {},
        properties: |size| {
            let regions: Vec<String> = (1..=size).map(|number| format!("eu-west-{number}")).collect();
            let mut properties = properties();
            properties["Regions"] = json!(regions);
            properties
        },
        update: false,
    },
    Sizes {
        title: "SourceRegions (a Create)",
        sizes: &[1, 10, 100, 300, 1_000],
        prepare: |_, _| {},
        properties: |size| {
            let regions: Vec<String> = (1..=size).map(|number| format!("eu-west-{number}")).collect();
            source(json!({ "SourceType": "SingleAccountMultiRegions", "SourceRegions": regions }))
        },
        update: false,
    },
    Sizes {
        title: "OrganizationalUnits (a Create)",
        sizes: &[1, 10, 100, 300, 1_000],
        prepare: |_, _| {},
        properties: |size| {
            let units: Vec<String> = (1..=size).map(|number| format!("ou-abcd-{number:08}")).collect();
            source(json!({
                "SourceType": "AwsOrganizations",
                "SourceRegions": ["eu-west-1"],
                "AwsOrganizationsSource": {
                    "OrganizationSourceType": "OrganizationalUnits",
                    "OrganizationalUnits": units,
                },
            }))
        },
        update: false,
    },
    Sizes {
        title: "syncs listed, on one page (an Update that changes nothing)",
        sizes: &[1, 10, 100, 300, 1_000],
        prepare: |place, size| {
            place.world.lock().ssm.page_size = 1_001;
            fill(place, size);
        },
        properties: |_| properties(),
        update: true,
    },
    Sizes {
        title: "pages of a listing (an Update that changes nothing)",
        sizes: &[1, 10, 30, 100],
        prepare: |place, size| {
            place.world.lock().ssm.page_size = 1;
            fill(place, size - 1);
        },
        properties: |_| properties(),
        update: true,
    },
];

fn source(mut source: Value) -> Value {
    source["IncludeFutureRegions"] = json!(false);
    json!({ "SyncName": NAME, "SyncType": "SyncFromSource", "SyncSource": source })
}

fn fill(place: &Place, count: usize) {
    for number in 0..count {
        place.add_sync_of_somebody_else(number as u64);
    }
}

#[derive(Default)]
struct Cost {
    took: Series,
    cpu: Series,
    peak_kb: Series,
}

/// The plot, and whether every series grows at most linearly.
pub async fn growth(contender: &Contender, authority: &Authority, setting: &Setting) -> (String, bool) {
    let mut text = String::new();
    let mut linear = true;
    for series in &SERIES {
        let mut costs: Vec<Cost> = series.sizes.iter().map(|_| Cost::default()).collect();
        for _ in 0..setting.rounds {
            for (size, cost) in series.sizes.iter().zip(&mut costs) {
                measure(contender, authority, setting, series, *size, cost).await;
            }
        }
        let exponent = exponent(series.sizes, &costs);
        linear &= exponent <= LINEAR_MAX;
        plot(&mut text, series, &costs, exponent);
    }
    (text, linear)
}

async fn measure(
    contender: &Contender,
    authority: &Authority,
    setting: &Setting,
    series: &Sizes,
    size: usize,
    cost: &mut Cost,
) {
    let mut place = Place::open(setting.wire, authority, setting.rtt).await.expect("a place");
    let properties = (series.properties)(size);
    let mut process = Process::start(contender, &place, authority, setting.roots, &[]).await;
    process.polled(1).await;
    let mut nth = 1;
    if series.update {
        let event = place.create(&properties);
        process.invoke(true, &place, event, nth).await;
        nth += 1;
        process.polled(nth).await;
    }
    (series.prepare)(&place, size);
    let event = if series.update { place.update(&properties) } else { place.create(&properties) };
    let before = process.cpu_of_threads();
    let invoked = process.invoke(true, &place, event, nth).await;
    process.polled(nth + 1).await;
    cost.cpu.push(ms(process.cpu_of_threads().saturating_sub(before)));
    cost.took.push(ms(invoked.answered - invoked.delivered));
    #[expect(clippy::cast_precision_loss, reason = "kilobytes")]
    cost.peak_kb.push(process.peak_kb() as f64);
    process.end(Signal::SIGKILL);
}

/// Over the upper half of the sizes, where what every event costs matters least; the first size's cost is taken off.
#[expect(clippy::cast_precision_loss, reason = "small sizes")]
fn exponent(sizes: &[usize], costs: &[Cost]) -> f64 {
    let base = costs[0].cpu.median();
    let (last, middle) = (sizes.len() - 1, sizes.len() / 2);
    let grown = |at: usize| (costs[at].cpu.median() - base).max(base / 10.0);
    let size = |at: usize| (sizes[at] - sizes[0]) as f64;
    (grown(last) / grown(middle)).ln() / (size(last) / size(middle)).ln()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a short bar")]
fn plot(text: &mut String, series: &Sizes, costs: &[Cost], exponent: f64) {
    let most = costs.iter().map(|cost| cost.cpu.median()).fold(f64::MIN, f64::max);
    let largest = series.sizes.last().copied().unwrap_or(1);
    let _ = writeln!(text, "{}: CPU ~ size^{exponent:.2}", series.title);
    for (size, cost) in series.sizes.iter().zip(costs) {
        let bar = "█".repeat(((cost.cpu.median() / most * BAR_CHARS as f64).round() as usize).max(1));
        // Where the bar would end if cost were proportional to size.
        let proportional = size * BAR_CHARS / largest;
        let padded: String = bar
            .chars()
            .chain(std::iter::repeat(' '))
            .take(BAR_CHARS + 1)
            .enumerate()
            .map(|(at, char)| if char == ' ' && at == proportional { '·' } else { char })
            .collect();
        let _ = writeln!(
            text,
            "{size:>6} {padded} {:>7.2} ms CPU {:>7.2} ms {:>5.1} MB",
            cost.cpu.median(),
            cost.took.median(),
            cost.peak_kb.median() * 1024.0 / 1e6,
        );
    }
    text.push('\n');
}
