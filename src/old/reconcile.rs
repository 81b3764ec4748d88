//! Observe, take one step, observe again: carries the policy of [`plan`] out for one sync in one Region.
//!
//! Architecture invariant: no decision is made here. This module turns what is known into facts, asks the policy, makes
//! the one call it names, and keeps the books. Every loop ends: each of its awaits is cut off at [`Region::end`].

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::{debug, info, warn};

use crate::{
    clock::Clock,
    failure::{Cause, Place, WaitingFor, describe, is_bad_state, status_of},
    physical_id::Fate,
    plan::{
        self, Answer, Call, Done, Found, Health, Made, Old, Proof, Removal, RemovalAnswer, Stands, Step, Target,
        ToApply, ToRemove, Wait, Why,
    },
    response_url::ResponseUrl,
    ssm::{Kind, Operation, RegionalSsm, Rejection},
    sync::{self, Config, Difference, Listed, SyncType},
    time::Timestamp,
};

/// How far the clocks of CloudFormation, SSM and Lambda may be apart.
const CLOCK_TOLERANCE_MS: i64 = 5_000;
/// A request that is older than this when it comes has been delivered before, or may have been.
const LATE_AFTER_MS: i64 = 30_000;
/// The rollback of a rename comes within this time of the rename.
const RENAME_AGE_MS_MAX: i64 = 24 * 3_600 * 1_000;
/// Without one connection in this time, SSM's endpoint counts as out of reach.
const UNREACHABLE_AFTER: Duration = Duration::from_secs(120);
/// The part of the time that work may use once it has deleted what it may have to put back.
const FORWARD_SHARE: f64 = 0.7;

/// One Region of one invocation: where, until when, and on whose behalf.
#[derive(Debug)]
pub struct Region<'a> {
    pub name: String,
    pub ssm: RegionalSsm,
    pub partition: &'a str,
    pub account: &'a str,
    pub clock: Clock,
    /// The time of the request, and the time that it was received.
    pub requested: Timestamp,
    pub received: Timestamp,
    pub end: Instant,
    pub url: &'a ResponseUrl,
    /// What has become of the Create so far, for when the work is cut off.
    pub fate: Arc<Mutex<Fate>>,
}

/// A sync that is to be as wanted.
#[derive(Clone, Debug)]
pub struct Apply {
    pub name: String,
    pub want: Config,
    pub wait_for_first_sync: bool,
    /// May the first call be a Create? Not where the sync is expected to stand.
    pub create_blindly: bool,
    pub claim: Claim,
    /// The old configuration under the same name and type. Its hidden sharing is compared with what is wanted.
    pub was: Option<Config>,
    /// The old configuration under the same name and another type.
    pub predecessor: Option<Config>,
    /// The sync that can make room at the quota: the one of the physical id, when the name is new.
    pub spare: Option<OldSync>,
}

/// The sync of the physical id, as the old properties describe it.
#[derive(Clone, Debug)]
pub struct OldSync {
    pub name: String,
    pub config: Config,
}

/// On what ground a sync that stands under the name may be ours, besides an attempt of this invocation.
#[derive(Clone, Debug, Default)]
pub struct Claim {
    /// Made up, or the physical id of what is updated.
    pub name: bool,
    /// Whatever equals what is wanted: a Region that joins, a type that is new.
    pub equality: bool,
    /// Rollback of a rename: whatever equals what is wanted and is older than the sync of this old name. Where that one
    /// does not stand in the same Region, the time that it was created in another.
    pub renamed_from: Option<(OldSync, Option<Timestamp>)>,
    /// Whatever equals this and was not made before then: the work of a failed Create.
    pub failed_create: Option<(Config, Timestamp)>,
    /// Whatever equals this: the work that is now taken back.
    pub undone: Option<Config>,
}

/// A sync that is as wanted.
#[derive(Clone, Debug)]
pub struct Applied {
    pub listed: Listed,
    pub pending: bool,
}

/// Why it is not.
#[derive(Clone, Debug)]
pub struct Failed {
    pub region: String,
    pub text: String,
}

/// A sync that is to go: the first target whose name stands.
#[derive(Clone, Debug)]
pub struct Remove {
    pub targets: Vec<RemoveTarget>,
    pub sync_type: SyncType,
    /// Succeed when List is denied: nothing was made as far as anybody knows.
    pub list_optional: bool,
    /// The Create may have been cancelled and still be under way elsewhere: look a little longer.
    pub may_still_come: bool,
}

#[derive(Clone, Debug)]
pub struct RemoveTarget {
    pub name: String,
    pub rule: Rule,
}

impl Remove {
    /// The plain removal: List has to be allowed, and nothing more is expected to come.
    #[must_use]
    pub const fn of(targets: Vec<RemoveTarget>, sync_type: SyncType) -> Self {
        Self { targets, sync_type, list_optional: false, may_still_come: false }
    }
}

/// When a sync of that name is ours to delete.
#[derive(Clone, Debug)]
pub enum Rule {
    /// Always; and it is expected to stand, so no look is needed first.
    Known,
    /// Always, if it stands.
    Named,
    /// If it equals this, and was created within the bounds that are given.
    Equal { config: Config, not_before: Option<Timestamp>, not_after: Option<Timestamp> },
}

impl Region<'_> {
    /// Was the request so old when it came that it must have been delivered before?
    fn late(&self) -> bool {
        is_late(self.requested, self.received)
    }

    fn place(&self, name: &str) -> Place {
        Place {
            name: name.to_owned(),
            region: self.name.clone(),
            partition: self.partition.to_owned(),
            account: self.account.to_owned(),
        }
    }

    fn failed(&self, name: &str, cause: &Cause) -> Failed {
        Failed { region: self.name.clone(), text: self.url.redact(&describe(&self.place(name), cause)) }
    }

    fn fate(&self) -> std::sync::MutexGuard<'_, Fate> {
        self.fate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self, step: impl fmt::Debug, outcome: &str) {
        let outcome = self.url.redact(outcome);
        info!(region = %self.name, step = ?step, outcome = %outcome);
    }
}

/// Was a request delivered so late that an earlier delivery may have been served?
#[must_use]
pub fn is_late(requested: Timestamp, received: Timestamp) -> bool {
    received.since_ms(requested) > LATE_AFTER_MS
}

/// The earliest `SyncCreatedTime` of a sync that was made for a request.
#[must_use]
pub fn earliest_created(requested: Timestamp) -> Timestamp {
    requested.plus_ms(-CLOCK_TOLERANCE_MS)
}

/// From this `SyncCreatedTime` on, a sync was made after a request: `X-Amz-Date` has whole seconds.
fn surely_after(requested: Timestamp) -> Timestamp {
    requested.plus_ms(1_000)
}

/// The latest `SyncCreatedTime` of a sync that was made before a request.
#[must_use]
pub fn latest_created(requested: Timestamp) -> Timestamp {
    requested.plus_ms(CLOCK_TOLERANCE_MS)
}

/// Makes the sync as wanted. Where that fails after the old sync was deleted, puts the old one back.
pub async fn apply(region: &Region<'_>, job: &Apply) -> Result<Applied, Failed> {
    let mut books = Books::new(region, job);
    let failed = match books.run().await {
        Ok(applied) => return Ok(applied),
        Err(failed) => failed,
    };
    let Some(removed) = books.removed.take() else { return Err(failed) };
    let back = put_back(region, job, &books, &removed).await;
    let name = &removed.name;
    let text = match back {
        Ok(_) => format!("{} The old configuration of {name} was put back in {}.", failed.text, region.name),
        Err(back) => format!(
            "{} The old configuration of {name} could not be put back in {} and has to be made again: {}",
            failed.text, region.name, back.text
        ),
    };
    Err(Failed { text, ..failed })
}

/// Undoes a replacement that failed half-way.
async fn put_back(region: &Region<'_>, job: &Apply, books: &Books<'_>, removed: &Removed) -> Result<Applied, Failed> {
    region.log("PutBack", &removed.name);
    let undone = (books.made != Made::No).then(|| job.want.clone());
    let same_name = removed.name == job.name;
    let same_type = removed.config.sync_type() == job.want.sync_type();
    let fate = Arc::new(Mutex::new(Fate::Refused));
    let region = Region { fate, ssm: region.ssm.clone(), name: region.name.clone(), ..*region };
    let back = Apply {
        name: removed.name.clone(),
        want: removed.config.clone(),
        wait_for_first_sync: false,
        create_blindly: undone.is_none() || !same_name,
        claim: Claim { undone: undone.clone().filter(|_| same_name && same_type), ..Claim::default() },
        was: None,
        predecessor: undone.clone().filter(|_| same_name && !same_type),
        spare: undone.filter(|_| !same_name).map(|config| OldSync { name: job.name.clone(), config }),
    };
    let mut back_books = Books::new(&region, &back);
    back_books.putting_back = true;
    back_books.deleted.clone_from(&books.deleted);
    back_books.run().await
}

/// What was done so far, and what was seen last.
struct Books<'a> {
    region: &'a Region<'a>,
    job: &'a Apply,
    seen: HashMap<SyncType, Vec<Listed>>,
    looked_everywhere: bool,
    made: Made,
    seen_made: bool,
    updated: bool,
    /// What was there before, and has to be put back if the work fails.
    removed: Option<Removed>,
    /// What SSM has agreed to delete.
    deleted: Vec<Removed>,
    answer: Answer,
    rejection: Option<Rejection>,
    pauses: Pauses,
    unreachable_since: Option<Instant>,
    putting_back: bool,
    forward_end: Instant,
}

/// What a look lists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    Everything,
    OnlyUnseen,
}

/// A sync that this invocation deleted.
#[derive(Clone, Debug)]
struct Removed {
    name: String,
    config: Config,
    created: Option<Timestamp>,
}

impl Removed {
    fn is(&self, listed: &Listed) -> bool {
        self.name == listed.name
            && self.created == listed.created
            && self.config.difference(&listed.config) == Difference::None
    }
}

impl<'a> Books<'a> {
    fn new(region: &'a Region<'a>, job: &'a Apply) -> Self {
        let now = Instant::now();
        Self {
            region,
            job,
            seen: HashMap::new(),
            looked_everywhere: false,
            made: Made::No,
            seen_made: false,
            updated: false,
            removed: None,
            deleted: Vec::new(),
            answer: Answer::Fine,
            rejection: None,
            pauses: Pauses::new(region, &job.name),
            unreachable_since: None,
            putting_back: false,
            forward_end: now + region.end.saturating_duration_since(now).mul_f64(FORWARD_SHARE),
        }
    }

    /// Until when the next step may take: work that may have to be undone leaves time for that.
    fn end(&self) -> Instant {
        if self.removed.is_some() && !self.putting_back { self.forward_end } else { self.region.end }
    }

    async fn run(&mut self) -> Result<Applied, Failed> {
        loop {
            let mut facts = self.facts();
            let mut step = plan::next(&facts);
            if let Step::After(wait, _) = step
                && self.pauses.overdue(wait)
            {
                facts.overdue = true;
                step = plan::next(&facts);
            }
            debug!(region = %self.region.name, next = ?step, ?facts);
            match step {
                Step::Call(call) => self.call(call).await?,
                Step::After(wait, call) => {
                    self.pause(wait).await?;
                    self.call(call).await?;
                }
                Step::Done(done) => {
                    let listed = self.standing().cloned().unwrap_or_else(|| unreachable!("settled without a sync"));
                    self.region.log(done, &status_of(&listed));
                    return Ok(Applied { listed, pending: done == Done::Pending });
                }
                Step::Fail(why) => return Err(self.fail(why)),
            }
        }
    }

    fn standing(&self) -> Option<&Listed> {
        self.listed(self.job.want.sync_type(), &self.job.name)
    }

    fn listed(&self, sync_type: SyncType, name: &str) -> Option<&Listed> {
        self.seen.get(&sync_type)?.iter().find(|listed| listed.name == name)
    }

    fn facts(&self) -> ToApply {
        let job = self.job;
        let standing = self.standing();
        let unseen = !self.seen.contains_key(&job.want.sync_type());
        let difference = standing.map(|listed| self.difference(listed));
        let fresh_since = match job.create_blindly {
            true => earliest_created(self.region.requested),
            false => surely_after(self.region.requested),
        };
        let created_since =
            |at: Timestamp| standing.and_then(|listed| listed.created).is_some_and(|created| created >= at);
        ToApply {
            // What was updated a moment ago stands.
            create_blindly: job.create_blindly && !self.updated,
            stands: match difference {
                None if unseen => Stands::Unseen,
                None => Stands::Nothing,
                Some(Difference::None) => Stands::Same,
                Some(Difference::Updatable) => Stands::Updatable,
                Some(Difference::Replacing) => Stands::Different,
            },
            ours: standing.is_some_and(|listed| plan::is_ours(&self.proof(listed))),
            fading: standing.is_some_and(|listed| self.is_deleted(listed)),
            made: self.made,
            seen_made: self.seen_made,
            updated: self.updated,
            answer: self.answer,
            predecessor: job
                .predecessor
                .as_ref()
                .map_or(Old::None, |was| self.old(was.sync_type(), &job.name, self.predecessor())),
            other_type: self.looked_everywhere.then(|| self.listed(job.want.sync_type().other(), &job.name).is_some()),
            spare: job.spare.as_ref().map_or(Old::None, |spare| {
                let sync_type = spare.config.sync_type();
                self.old(sync_type, &spare.name, self.listed(sync_type, &spare.name))
            }),
            health: standing.map_or(Health::Silent, health),
            fresh: !self.putting_back && (self.made != Made::No || created_since(fresh_since)),
            wait_for_first_sync: job.wait_for_first_sync,
            overdue: false,
        }
    }

    /// How far what is listed is from what is wanted, the hidden sharing included.
    fn difference(&self, listed: &Listed) -> Difference {
        let difference = self.job.want.difference(&listed.config);
        let sharing_changes = self.job.was.as_ref().is_some_and(|was| was.sharing() != self.job.want.sharing());
        // To replace twice does no harm; not to replace does.
        let replaced = self.made != Made::No
            || listed.created.is_some_and(|created| created >= surely_after(self.region.requested));
        if sharing_changes && !replaced { Difference::Replacing } else { difference }
    }

    fn proof(&self, listed: &Listed) -> Proof {
        let claim = &self.job.claim;
        let created_since = |at: Timestamp| listed.created.is_some_and(|created| created >= at);
        let equals = |config: &Config| config.difference(&listed.config) == Difference::None;
        let undone = claim.undone.as_ref().is_some_and(equals);
        let failed_create = claim
            .failed_create
            .as_ref()
            .is_some_and(|(config, at)| equals(config) && created_since(earliest_created(*at)));
        Proof {
            // A name that is held says nothing any more about what stands there after we deleted our own sync.
            name: claim.name && self.removed.as_ref().is_none_or(|removed| removed.is(listed)),
            equal: equals(&self.job.want),
            equality_suffices: claim.equality || self.putting_back || self.made == Made::Yes || self.updated,
            made_since_request: created_since(earliest_created(self.region.requested)),
            attempt: self.made != Made::No || self.region.late(),
            renamed_from: self.is_renamed(listed),
            failed_create: failed_create || undone,
        }
    }

    fn is_renamed(&self, listed: &Listed) -> bool {
        let Some((old, created_elsewhere)) = &self.job.claim.renamed_from else { return false };
        let here = self.listed(old.config.sync_type(), &old.name).and_then(|old| old.created);
        let removed_here =
            self.removed.as_ref().filter(|removed| removed.name == old.name).and_then(|removed| removed.created);
        let (Some(held), Some(created)) = (here.or(removed_here).or(*created_elsewhere), listed.created) else {
            return false;
        };
        created < held && self.region.clock.now().since_ms(held) < RENAME_AGE_MS_MAX
    }

    /// Is it a sync that we deleted ourselves, still shown by a List that is behind?
    fn is_deleted(&self, listed: &Listed) -> bool {
        self.deleted.iter().any(|deleted| deleted.is(listed))
    }

    fn old(&self, sync_type: SyncType, name: &str, listed: Option<&Listed>) -> Old {
        match listed {
            Some(listed) if self.is_deleted(listed) => Old::Fading,
            Some(_) => Old::Stands,
            None if self.deleted.iter().any(|old| old.name == name && old.config.sync_type() == sync_type) => Old::Gone,
            None => Old::None,
        }
    }

    fn predecessor(&self) -> Option<&Listed> {
        let was = self.job.predecessor.as_ref()?;
        self.listed(was.sync_type(), &self.job.name).filter(|listed| was.difference(&listed.config) == Difference::None)
    }

    async fn pause(&mut self, wait: Wait) -> Result<(), Failed> {
        let until = Instant::now() + self.pauses.next(wait);
        let end = self.end();
        if until >= end {
            sleep_until(end).await;
            return Err(self.time_ran_out(WaitingFor::Wait(wait)));
        }
        if wait == Wait::FirstSync {
            let seen = self.standing().map(status_of).unwrap_or_default();
            self.region.log(wait, &seen);
        }
        sleep_until(until).await;
        Ok(())
    }

    async fn call(&mut self, call: Call) -> Result<(), Failed> {
        match call {
            Call::Look => self.look(Again::Everything).await,
            Call::LookEverywhere => {
                self.looked_everywhere = true;
                self.look(Again::OnlyUnseen).await
            }
            Call::Create => self.create().await,
            Call::Update => self.update().await,
            Call::Delete(target) => self.delete(target).await,
        }
    }

    /// Awaits one call of SSM, for as long as there is time.
    async fn bounded<T>(
        &mut self,
        operation: Operation,
        call: impl Future<Output = Result<T, Rejection>>,
    ) -> Result<Result<T, Rejection>, Failed> {
        match timeout_at(self.end(), call).await {
            Ok(ended) => Ok(ended),
            Err(_) => {
                self.region.log(operation.as_str(), "no time left");
                Err(self.time_ran_out(WaitingFor::Answer(operation)))
            }
        }
    }

    /// Lists every type that matters, or only those that have not been listed since the last change.
    async fn look(&mut self, again: Again) -> Result<(), Failed> {
        let mut types = vec![self.job.want.sync_type()];
        let others = [
            self.job.predecessor.as_ref().map(Config::sync_type),
            self.job.spare.as_ref().map(|spare| spare.config.sync_type()),
            self.job.claim.renamed_from.as_ref().map(|(old, _)| old.config.sync_type()),
            (self.looked_everywhere || self.answer == Answer::Quota).then(|| self.job.want.sync_type().other()),
        ];
        for other in others.into_iter().flatten() {
            if !types.contains(&other) {
                types.push(other);
            }
        }
        if again == Again::OnlyUnseen {
            types.retain(|sync_type| !self.seen.contains_key(sync_type));
        }
        if self.answer == Answer::Trouble {
            self.answer = Answer::Fine;
        }
        for sync_type in types {
            let ssm = self.region.ssm.clone();
            match self.bounded(Operation::List, ssm.list(sync_type)).await? {
                Ok(listed) => {
                    let found = listed.iter().find(|listed| listed.name == self.job.name);
                    let outcome = found.map_or_else(|| format!("no {sync_type} of the name"), status_of);
                    self.region.log(Operation::List.as_str(), &outcome);
                    self.unreachable_since = None;
                    self.seen.insert(sync_type, listed);
                }
                Err(rejection) => {
                    self.seen.clear();
                    self.book(rejection);
                    return Ok(());
                }
            }
        }
        if self.made == Made::Yes && self.standing().is_some_and(|listed| !self.is_deleted(listed)) {
            self.seen_made = true;
        }
        Ok(())
    }

    async fn create(&mut self) -> Result<(), Failed> {
        let ssm = self.region.ssm.clone();
        let job = self.job;
        let before = std::mem::replace(&mut *self.region.fate(), Fate::Unknown);
        match self.bounded(Operation::Create, ssm.create(&job.name, &job.want)).await? {
            Ok(()) => {
                self.region.log(Operation::Create.as_str(), "accepted");
                self.made = Made::Yes;
                self.called_well();
            }
            Err(rejection) => {
                if rejection.kind == Kind::Unclear {
                    self.made = Made::Maybe;
                } else {
                    *self.region.fate() = before;
                }
                self.seen.clear();
                self.book(rejection);
            }
        }
        Ok(())
    }

    async fn update(&mut self) -> Result<(), Failed> {
        let Config::FromSource(source) = &self.job.want else { unreachable!("only sources are updated") };
        let ssm = self.region.ssm.clone();
        match self.bounded(Operation::Update, ssm.update(&self.job.name, source)).await? {
            Ok(()) => {
                self.region.log(Operation::Update.as_str(), "accepted");
                self.updated = true;
                self.called_well();
            }
            // It was there a moment ago; the next look tells.
            Err(rejection) if rejection.kind == Kind::NotFound => {
                self.book(Rejection { kind: Kind::Busy, ..rejection });
            }
            Err(rejection) => self.book(rejection),
        }
        Ok(())
    }

    async fn delete(&mut self, target: Target) -> Result<(), Failed> {
        let job = self.job;
        let standing = match target {
            Target::Standing => self.standing(),
            Target::Predecessor => self.predecessor(),
            Target::Spare => job.spare.as_ref().and_then(|spare| self.listed(spare.config.sync_type(), &spare.name)),
        };
        let listed = standing.cloned().unwrap_or_else(|| unreachable!("only what stands is deleted"));
        let sync_type = listed.config.sync_type();
        // From the moment that the call goes out, the sync may be gone and may have to be put back.
        let hidden = match target {
            Target::Standing => job.was.as_ref(),
            Target::Predecessor => job.predecessor.as_ref(),
            Target::Spare => job.spare.as_ref().map(|spare| &spare.config),
        };
        let removed =
            Removed { name: listed.name.clone(), config: with_hidden(&listed.config, hidden), created: listed.created };
        // Once the new sync is made, an old one that goes is not missed.
        let first = self.removed.is_none() && self.made != Made::Yes;
        if first {
            self.removed = Some(removed.clone());
        }
        let ssm = self.region.ssm.clone();
        match self.bounded(Operation::Delete, ssm.delete(&listed.name, sync_type)).await? {
            Ok(()) => {
                self.region.log(Operation::Delete.as_str(), "accepted");
                self.deleted.push(removed);
                self.called_well();
            }
            Err(rejection) if rejection.kind == Kind::NotFound => {
                self.region.log(Operation::Delete.as_str(), "there was none");
                self.deleted.push(removed);
                self.called_well();
            }
            Err(rejection) => {
                if first && rejection.kind != Kind::Unclear {
                    self.removed = None;
                }
                self.seen.clear();
                self.book(rejection);
            }
        }
        Ok(())
    }

    fn called_well(&mut self) {
        self.answer = Answer::Fine;
        self.rejection = None;
        self.unreachable_since = None;
        self.seen.clear();
    }

    /// Books a rejection as the facts that the policy knows.
    fn book(&mut self, rejection: Rejection) {
        log_rejection(self.region, &rejection);
        if rejection.kind != Kind::Unreachable {
            self.unreachable_since = None;
        }
        self.answer = match rejection.kind {
            Kind::NameExists => Answer::NameExists,
            Kind::Quota => Answer::Quota,
            Kind::BucketNotReady => Answer::BucketNotReady,
            Kind::Busy | Kind::Unclear => Answer::Trouble,
            Kind::Unreachable => {
                let since = *self.unreachable_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= UNREACHABLE_AFTER { Answer::Refused } else { Answer::Trouble }
            }
            Kind::NotFound | Kind::AccessDenied | Kind::Refused => Answer::Refused,
        };
        self.rejection = Some(rejection);
    }

    fn time_ran_out(&self, waiting_for: WaitingFor) -> Failed {
        let last_seen = match (&self.rejection, self.standing()) {
            (Some(rejection), _) => Some(crate::failure::said(rejection)),
            (None, Some(listed)) => Some(status_of(listed)),
            (None, None) => None,
        };
        self.region.failed(&self.job.name, &Cause::TimeRanOut { waiting_for, last_seen })
    }

    fn fail(&mut self, why: Why) -> Failed {
        let job = self.job;
        let rejected = || {
            let rejection = self.rejection.clone().unwrap_or_else(|| unreachable!("refused without a word"));
            Cause::Rejected { rejection, config: Some(job.want.clone()) }
        };
        let cause = match why {
            Why::Refused | Why::BucketNotReady => rejected(),
            Why::Taken => {
                let by = self.standing().or_else(|| self.listed(job.want.sync_type().other(), &job.name)).cloned();
                // Where somebody else's sync is seen under the name, nothing of ours can stand there.
                if by.is_some() || (self.made == Made::No && !self.region.late()) {
                    *self.region.fate() = Fate::Taken;
                }
                Cause::Taken { by }
            }
            Why::Quota => {
                let rejection = self.rejection.clone().unwrap_or_else(|| unreachable!("a quota without a word"));
                let mut occupants: Vec<Listed> = self.seen.values().flatten().cloned().collect();
                occupants.sort_by(|a, b| a.name.cmp(&b.name));
                Cause::Quota { rejection, occupants }
            }
            Why::NeverListed => Cause::NeverListed,
            Why::Vanished => Cause::Vanished,
            Why::NeverGone => Cause::NeverGone,
            Why::FirstSyncFailed => Cause::FirstSyncFailed {
                config: job.want.clone(),
                message: self.standing().and_then(|listed| listed.last_status_message.clone()),
            },
            Why::BadState => {
                let state = self.standing().and_then(|listed| listed.source_state.clone()).unwrap_or_default();
                Cause::BadState { state }
            }
        };
        let failed = self.region.failed(&job.name, &cause);
        warn!(region = %self.region.name, step = ?why, outcome = %failed.text);
        failed
    }
}

/// What is listed, with the sharing that List hides.
fn with_hidden(listed: &Config, hidden: Option<&Config>) -> Config {
    match (listed, hidden) {
        (Config::ToDestination(listed), Some(Config::ToDestination(hidden))) => {
            Config::ToDestination(sync::Destination { sharing: hidden.sharing.clone(), ..listed.clone() })
        }
        _ => listed.clone(),
    }
}

fn health(listed: &Listed) -> Health {
    match listed.config.sync_type() {
        SyncType::FromSource if is_bad_state(listed.source_state.as_deref()) => Health::BadState,
        SyncType::FromSource => Health::Good,
        SyncType::ToDestination => match listed.last_status.as_deref() {
            None => Health::Silent,
            Some("Successful") => Health::Good,
            Some("Failed") => Health::Failed,
            Some(_) => Health::InProgress,
        },
    }
}

fn log_rejection(region: &Region<'_>, rejection: &Rejection) {
    region.log(rejection.operation.as_str(), &crate::failure::said(rejection));
}

/// Removes the sync, if it is ours by its rule. True when something was deleted.
pub async fn remove(region: &Region<'_>, job: &Remove) -> Result<bool, Failed> {
    let mut found = Found::Unseen;
    let mut deleted = false;
    let mut answer = RemovalAnswer::Fine;
    let mut rejection: Option<Rejection> = None;
    let mut first_delete: Option<Timestamp> = None;
    let mut unreachable_since: Option<Instant> = None;
    let mut target = job.targets.first().unwrap_or_else(|| unreachable!("a removal without a target")).clone();
    let mut pauses = Pauses::new(region, &target.name);

    loop {
        let known = matches!(target.rule, Rule::Known) && first_delete.is_none();
        let may_still_come = job.may_still_come && !pauses.overdue(Wait::Straggler);
        let facts = ToRemove { known, found, deleted, answer, list_optional: job.list_optional, may_still_come };
        let step = plan::next_removal(&facts);
        debug!(region = %region.name, next = ?step, ?facts);
        let out_of_time = |waiting_for: WaitingFor, rejection: &Option<Rejection>| {
            let last_seen = rejection.as_ref().map(crate::failure::said);
            region.failed(&target.name, &Cause::TimeRanOut { waiting_for, last_seen })
        };
        match step {
            Removal::Gone => {
                region.log("Remove", if deleted { "gone" } else { "nothing to delete" });
                return Ok(deleted);
            }
            Removal::Left => {
                region.log("Remove", "left alone: not ours");
                return Ok(deleted);
            }
            Removal::Refused => {
                let rejection = rejection.unwrap_or_else(|| unreachable!("refused without a word"));
                let failed = region.failed(&target.name, &Cause::Rejected { rejection, config: None });
                warn!(region = %region.name, step = "Remove", outcome = %failed.text);
                return Err(failed);
            }
            Removal::Delete => {
                first_delete.get_or_insert_with(|| region.clock.now());
                found = Found::Unseen;
                let call = region.ssm.delete(&target.name, job.sync_type);
                match timeout_at(region.end, call).await {
                    Ok(Ok(())) => {
                        region.log(Operation::Delete.as_str(), "accepted");
                        (deleted, answer, rejection, unreachable_since) = (true, RemovalAnswer::Fine, None, None);
                    }
                    Ok(Err(error)) => {
                        log_rejection(region, &error);
                        answer = removal_answer(&error, &mut unreachable_since);
                        rejection = Some(error);
                    }
                    Err(_) => return Err(out_of_time(WaitingFor::Answer(Operation::Delete), &rejection)),
                }
            }
            Removal::Look | Removal::LookAfter(_) => {
                if let Removal::LookAfter(wait) = step {
                    let until = Instant::now() + pauses.next(wait);
                    if until >= region.end && wait == Wait::Straggler {
                        region.log("Remove", "nothing to delete, and no time to look longer");
                        return Ok(deleted);
                    }
                    if until >= region.end {
                        sleep_until(region.end).await;
                        return Err(if wait == Wait::Fading {
                            region.failed(&target.name, &Cause::NeverGone)
                        } else {
                            out_of_time(WaitingFor::Wait(wait), &rejection)
                        });
                    }
                    sleep_until(until).await;
                }
                match timeout_at(region.end, region.ssm.list(job.sync_type)).await {
                    Ok(Ok(listed)) => {
                        unreachable_since = None;
                        answer = RemovalAnswer::Fine;
                        // Once one of them is being deleted, the others are not what we came for.
                        let chosen = first_delete.map(|_| target.name.clone());
                        let mut targets =
                            job.targets.iter().filter(|target| chosen.as_ref().is_none_or(|name| *name == target.name));
                        let standing = targets.find_map(|target| {
                            listed.iter().find(|listed| listed.name == target.name).map(|listed| (target, listed))
                        });
                        found = match standing {
                            None => Found::Nothing,
                            Some((standing_target, listed)) => {
                                target = standing_target.clone();
                                if is_removable(listed, &target.rule, first_delete) {
                                    Found::Ours
                                } else {
                                    Found::NotOurs
                                }
                            }
                        };
                        region.log(
                            Operation::List.as_str(),
                            match found {
                                Found::Ours => "it stands",
                                Found::NotOurs => "another's stands there",
                                Found::Nothing | Found::Unseen => "none of the name",
                            },
                        );
                    }
                    Ok(Err(error)) => {
                        log_rejection(region, &error);
                        answer = match removal_answer(&error, &mut unreachable_since) {
                            RemovalAnswer::DeleteRefused | RemovalAnswer::NotFound => RemovalAnswer::ListRefused,
                            other => other,
                        };
                        rejection = Some(error);
                    }
                    Err(_) => return Err(out_of_time(WaitingFor::Answer(Operation::List), &rejection)),
                }
            }
        }
    }
}

fn removal_answer(error: &Rejection, unreachable_since: &mut Option<Instant>) -> RemovalAnswer {
    if error.kind != Kind::Unreachable {
        *unreachable_since = None;
    }
    match error.kind {
        Kind::NotFound => RemovalAnswer::NotFound,
        Kind::Busy | Kind::Unclear => RemovalAnswer::Trouble,
        Kind::Unreachable if unreachable_since.get_or_insert_with(Instant::now).elapsed() < UNREACHABLE_AFTER => {
            RemovalAnswer::Trouble
        }
        _ => RemovalAnswer::DeleteRefused,
    }
}

/// Is what stands there ours by the rule? Never what was made after we began to delete, nor what AWS keeps for itself.
pub(crate) fn is_removable(listed: &Listed, rule: &Rule, first_delete: Option<Timestamp>) -> bool {
    let newer = first_delete.is_some_and(|at| listed.created.is_some_and(|created| created > latest_created(at)));
    if newer || sync::is_reserved(&listed.name) {
        return false;
    }
    match rule {
        Rule::Known | Rule::Named => true,
        Rule::Equal { config, not_before, not_after } => {
            let not_before = not_before.is_none_or(|at| listed.created.is_some_and(|created| created >= at));
            let not_after = not_after.is_none_or(|at| listed.created.is_some_and(|created| created <= at));
            config.difference(&listed.config) == Difference::None && not_before && not_after
        }
    }
}

/// When the sync of an id was created, in a Region where it stands.
pub async fn created(region: &Region<'_>, old: &OldSync) -> Option<Timestamp> {
    let listed = timeout_at(region.end, region.ssm.list(old.config.sync_type())).await.ok()?.ok()?;
    listed.into_iter().find(|listed| listed.name == old.name)?.created
}

/// The pauses so far, each kind with its own growing length and its own limit.
#[derive(Debug)]
struct Pauses {
    by_wait: HashMap<Wait, (Instant, u32)>,
    /// Many stacks that are throttled together should not come back together: the part of a pause that this one takes.
    spread: f64,
}

impl Pauses {
    fn new(region: &Region<'_>, name: &str) -> Self {
        let mut hash = DefaultHasher::new();
        (name, &region.name, region.received.epoch_ms()).hash(&mut hash);
        #[expect(clippy::cast_precision_loss, reason = "any number from a half to one will do")]
        let spread = 0.5 + hash.finish() as f64 / u64::MAX as f64 / 2.0;
        Self { by_wait: HashMap::new(), spread }
    }

    fn overdue(&self, wait: Wait) -> bool {
        match (self.by_wait.get(&wait), wait.limit_s()) {
            (Some((since, _)), Some(limit_s)) => since.elapsed() >= Duration::from_secs(limit_s),
            _ => false,
        }
    }

    /// The length of the next pause: doubled each time, up to a bound, and never past the limit of its kind.
    fn next(&mut self, wait: Wait) -> Duration {
        let (first_ms, longest_ms) = match wait {
            Wait::Trouble => (500, 20_000),
            Wait::BucketPolicy => (1_000, 20_000),
            Wait::Fading | Wait::Listing | Wait::UpdateListing | Wait::FirstStatus | Wait::Straggler => (500, 5_000),
            Wait::FirstSync => (1_000, 30_000),
        };
        let (since, count) = self.by_wait.entry(wait).or_insert_with(|| (Instant::now(), 0));
        let longest = Duration::from_millis(longest_ms);
        let mut pause = Duration::from_millis(first_ms).saturating_mul(1 << (*count).min(16)).min(longest);
        if wait == Wait::Trouble {
            pause = pause.mul_f64(self.spread);
        }
        *count += 1;
        // The last pause ends where the wait does. One that goes on all the same keeps its pace.
        let left = wait.limit_s().map(|limit_s| Duration::from_secs(limit_s).saturating_sub(since.elapsed()));
        left.filter(|left| !left.is_zero()).map_or(pause, |left| pause.min(left))
    }
}
