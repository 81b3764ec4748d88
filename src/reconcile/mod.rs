//! Carries out the policy: judges every Region before any is changed, then works phase by phase, Regions side by side.
//!
//! Decides nothing and has no texts. The one loop is in [`session`]. Must never change anything that was not announced.
//! Next: `judge`, then [`session`].

mod judge;
pub mod session;
mod calls;
mod seen;

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join_all;
use time::UtcDateTime;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    clock::Clock,
    cloudformation::ResponseUrl,
    policy::{
        Cause, Owner, TableError,
        outcome::{End, TaskOutcome},
        ownership, plan,
        record::{Entry, RequestKey, SyncKey},
        step::Step,
    },
    registry::{Lease, Records, Registry, Superseded},
    ssm::Ssm,
    sync::{Listed, SyncType},
};

pub use judge::{Judged, judge};

/// Other resources' records are read again after this long.
const RECORDS_KNOWN_FOR: Duration = Duration::from_millis(500);

/// What the tasks of one event share.
#[derive(Debug)]
pub struct Scope<'a> {
    pub ssm: &'a Ssm,
    pub registry: &'a Registry,
    /// The key of the resource's own record.
    pub resource: &'a str,
    pub request: &'a RequestKey,
    /// `None` in a Plan, which has no response URL.
    pub url: Option<&'a ResponseUrl>,
    pub clock: Clock,
    pub deadline: Instant,
    records: Mutex<Option<(Instant, Records)>>,
    /// The owners of listed syncs, as far as the other records were asked.
    asked: std::sync::Mutex<Asked>,
}

/// By key and creation time; `None` if no other record speaks of it.
type Asked = BTreeMap<(SyncKey, Option<UtcDateTime>), Option<Owner>>;

impl<'a> Scope<'a> {
    pub fn new(
        ssm: &'a Ssm,
        registry: &'a Registry,
        resource: &'a str,
        request: &'a RequestKey,
        url: Option<&'a ResponseUrl>,
        clock: Clock,
        deadline: Instant,
    ) -> Self {
        let (records, asked) = (Mutex::default(), std::sync::Mutex::default());
        Self { ssm, registry, resource, request, url, clock, deadline, records, asked }
    }

    fn redact(&self, words: &str) -> String {
        self.url.map_or_else(|| words.to_owned(), |url| url.redact(words))
    }

    /// The other resource that owns a listed sync, if that was asked: `Some(None)` if there is none.
    fn owner_known(&self, key: &SyncKey, created: Option<UtcDateTime>) -> Option<Option<Owner>> {
        let asked = self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        asked.get(&(key.clone(), created)).cloned()
    }

    /// Asks the other records which resource owns a listed sync; `None`: no other.
    async fn ask_owner(
        &self,
        key: &SyncKey,
        created: Option<UtcDateTime>,
        end: Instant,
    ) -> Result<Option<Owner>, TableError> {
        let mut known = self.records.lock().await;
        let records = match known.take() {
            Some((at, records)) if at.elapsed() <= RECORDS_KNOWN_FOR => (at, records),
            _ => (Instant::now(), self.registry.all(end).await?),
        };
        let owner = ownership::owner(self.resource, key, created, &records.1.records);
        let newer = records.1.newer.clone();
        *known = Some(records);
        if let (None, Some(error)) = (&owner, newer) {
            return Err(error);
        }
        let mut asked = self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        asked.insert((key.clone(), created), owner.clone());
        Ok(owner)
    }
}

/// The outcomes of an event that was refused when it was judged: nothing is changed.
pub async fn refused(scope: &Scope<'_>, judged: Vec<Judged<'_>>) -> Vec<TaskOutcome> {
    let outcomes = judged.into_iter().map(|judged| {
        let end = match judged.step {
            Step::End(end @ End::Failed(_)) => Some(end),
            _ => None,
        };
        TaskOutcome::untouched(judged.session.task, end)
    });
    with_owners(scope, outcomes.collect()).await
}

/// Does what was announced, phase by phase. After a phase that fails, no other is begun.
///
/// # Errors
/// When another event has taken the record over: nothing more is changed, and that event has found what was announced.
pub async fn work<'a>(
    scope: &'a Scope<'a>,
    judged: Vec<Judged<'a>>,
    opened: &BTreeMap<SyncKey, Entry>,
    lease: &'a Lease<'a>,
) -> Result<Vec<TaskOutcome>, Superseded> {
    let mut outcomes: Vec<TaskOutcome> = Vec::new();
    let mut judged = judged.into_iter().peekable();
    while let Some(phase) = judged.peek().map(|next| next.task().phase) {
        let has_failed = outcomes.iter().any(TaskOutcome::is_failed);
        let mut side_by_side = Vec::new();
        while let Some(next) = judged.next_if(|next| next.task().phase == phase) {
            if has_failed {
                outcomes.push(TaskOutcome::untouched(next.session.task, None));
            } else {
                let entry = opened.get(&next.task().key).cloned();
                side_by_side.push(Box::pin(work_on(scope, next, entry, lease)));
            }
        }
        for outcome in join_all(side_by_side).await {
            outcomes.push(outcome?);
        }
    }
    Ok(with_owners(scope, outcomes).await)
}

async fn work_on<'a>(
    scope: &'a Scope<'a>,
    judged: Judged<'a>,
    opened: Option<Entry>,
    lease: &'a Lease<'a>,
) -> Result<TaskOutcome, Superseded> {
    let announced = judged.announcement();
    let mut session = judged.session;
    let task = session.task.clone();
    let end = session.work(announced, opened, lease).await?;
    let restored = match plan::to_restore(&task, &end, &session.progress, scope.request.request_type) {
        Some(previous) => Some(session.restore(previous).await?),
        None => None,
    };
    Ok(TaskOutcome::new(task, end, &session.progress, restored, scope.clock.now()))
}

/// Adds what only the texts need: who holds the places in the quota, and whose a sync is.
async fn with_owners(scope: &Scope<'_>, mut outcomes: Vec<TaskOutcome>) -> Vec<TaskOutcome> {
    for outcome in &mut outcomes {
        let key = outcome.task.key.clone();
        match &mut outcome.end {
            Some(End::Failed(Cause::NameTaken { by: Some(by), owner: owner @ (Owner::Nobody | Owner::MadeAgain) })) => {
                match scope.ask_owner(&key, by.created, scope.deadline).await {
                    Ok(Some(known)) => *owner = known,
                    Ok(None) => {}
                    Err(_) => *owner = Owner::Unknown,
                }
            }
            Some(End::Failed(Cause::Quota { held_by, .. })) => *held_by = all_listed(scope, &key).await,
            _ => {}
        }
    }
    outcomes
}

/// The syncs of both types in a Region, as far as they can be listed.
async fn all_listed(scope: &Scope<'_>, key: &SyncKey) -> Vec<Listed> {
    let ssm = scope.ssm.in_region(&key.region);
    let mut listed = Vec::new();
    for sync_type in SyncType::ALL {
        if let Ok(Ok(found)) = tokio::time::timeout_at(scope.deadline, ssm.list(sync_type)).await {
            listed.extend(found);
        }
    }
    listed
}
