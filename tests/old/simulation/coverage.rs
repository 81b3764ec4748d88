//! How much of the policy the histories reach: every decision is a line of the log at DEBUG, and this reads them.

use std::{
    collections::{BTreeSet, HashSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Which steps were taken, and in which situations.
#[derive(Debug, Default)]
pub struct Coverage {
    pub steps: BTreeSet<String>,
    pub situations: HashSet<String>,
}

impl Coverage {
    pub fn add(&mut self, other: Self) {
        self.steps.extend(other.steps);
        self.situations.extend(other.situations);
    }
}

/// What is decided on this thread meanwhile.
pub fn while_doing(work: impl FnOnce()) -> Coverage {
    let coverage = Arc::new(Mutex::new(Coverage::default()));
    tracing::subscriber::with_default(Reader(coverage.clone()), work);
    std::mem::take(&mut coverage.lock().unwrap_or_else(PoisonError::into_inner))
}

struct Reader(Arc<Mutex<Coverage>>);

impl Subscriber for Reader {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() == Level::DEBUG && metadata.target() == "resource_data_sync::reconcile"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut decision = Decision::default();
        event.record(&mut decision);
        // A removal's facts are not those of the policy's larger half.
        if decision.situation.starts_with("ToApply") {
            let mut coverage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            coverage.steps.insert(decision.step);
            coverage.situations.insert(decision.situation);
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Decision {
    step: String,
    situation: String,
}

impl Visit for Decision {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "next" => self.step = format!("{value:?}"),
            "facts" => self.situation = format!("{value:?}"),
            _ => {}
        }
    }
}
