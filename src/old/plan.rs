//! The policy: which step is next, given what is wanted, what was done so far, and what List shows.
//!
//! Architecture invariant: every function here is pure and every input is finite, so that tests can try all of them.
//! There is no clock, no name and no bucket in this module: those were turned into facts by `reconcile`.

/// What List shows under the name and the type that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stands {
    /// Not looked at since the last call that could change it.
    Unseen,
    Nothing,
    /// Equal to what is wanted, hidden fields included.
    Same,
    /// `UpdateResourceDataSync` can make it equal.
    Updatable,
    /// Only another sync can be equal.
    Different,
}

/// Has this invocation made the sync that is wanted?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Made {
    No,
    /// An attempt ended without a known outcome.
    Maybe,
    Yes,
}

/// How the last call ended, as long as nothing has overtaken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Well, or there was none yet.
    Fine,
    NameExists,
    /// Five syncs stand in the Region.
    Quota,
    /// SSM could not write to the bucket: its policy may not have spread yet.
    BucketNotReady,
    /// Throttled, in conflict, broken, lost, or out of reach: worth another try.
    Trouble,
    /// Out of reach or refused for good.
    Refused,
}

/// How the sync itself is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// A `SyncToDestination` without `LastStatus`.
    Silent,
    InProgress,
    /// `Successful`, or a `SyncFromSource` without a bad `State`.
    Good,
    /// A `SyncFromSource` with a bad `State`.
    BadState,
    Failed,
}

/// The facts about a sync that is to be as wanted, in one Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ToApply {
    /// May the first call be a Create, without a look?
    pub create_blindly: bool,
    pub stands: Stands,
    /// Is what stands there ours, by section 4 of the standard?
    pub ours: bool,
    /// Is what stands there the sync that this invocation has deleted?
    pub fading: bool,
    pub made: Made,
    /// Has List shown the sync that was made?
    pub seen_made: bool,
    pub updated: bool,
    pub answer: Answer,
    /// The sync of the type that was, under the same name, if it is ours.
    pub predecessor: Old,
    /// A sync of the other type stands under the name; `None` when nobody has looked.
    pub other_type: Option<bool>,
    /// At the quota: the sync of the old name, which can make room.
    pub spare: Old,
    pub health: Health,
    /// Was the sync made for this request, so that its first status counts?
    pub fresh: bool,
    pub wait_for_first_sync: bool,
    /// Has the wait that would come next been going on for as long as it may?
    pub overdue: bool,
}

/// A sync of ours that has to give way to the one that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Old {
    None,
    Stands,
    /// Deleted by this invocation, and still listed.
    Fading,
    /// Deleted by this invocation.
    Gone,
}

/// The next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Call(Call),
    /// Pause first, for this reason.
    After(Wait, Call),
    Done(Done),
    Fail(Why),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// List the types that matter.
    Look,
    /// List both types: something unseen is in the way.
    LookEverywhere,
    Create,
    Update,
    Delete(Target),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// What stands under the name.
    Standing,
    /// The sync of the old type under the same name.
    Predecessor,
    /// The old name's sync, to make room at the quota.
    Spare,
}

/// What a pause is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wait {
    /// For SSM to answer well again.
    Trouble,
    /// For a bucket policy to spread.
    BucketPolicy,
    /// For a deleted sync to be gone.
    Fading,
    /// For a made sync to be listed.
    Listing,
    /// For an update to be listed.
    UpdateListing,
    /// For a first `LastStatus`.
    FirstStatus,
    /// For `Successful`.
    FirstSync,
    /// For what a cancelled Create may still make.
    Straggler,
}

impl Wait {
    pub const ALL: [Self; 8] = [
        Self::Trouble,
        Self::BucketPolicy,
        Self::Fading,
        Self::Listing,
        Self::UpdateListing,
        Self::FirstStatus,
        Self::FirstSync,
        Self::Straggler,
    ];

    /// How long this wait may go on; `None`: as long as there is time.
    #[must_use]
    pub const fn limit_s(self) -> Option<u64> {
        match self {
            Self::BucketPolicy | Self::Fading | Self::Listing => Some(120),
            Self::UpdateListing | Self::FirstStatus => Some(60),
            Self::Straggler => Some(3),
            Self::Trouble | Self::FirstSync => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Done {
    Settled,
    /// Settled, though SSM has not reported a status yet.
    Pending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    Refused,
    /// SSM says that the name exists, or List shows whose it is.
    Taken,
    Quota,
    BucketNotReady,
    /// Made, and not listed.
    NeverListed,
    /// Made, listed, and gone again.
    Vanished,
    /// Deleted, and still listed.
    NeverGone,
    FirstSyncFailed,
    BadState,
}

/// The next step towards a sync that is as wanted.
#[must_use]
pub fn next(facts: &ToApply) -> Step {
    match facts.answer {
        Answer::Refused => return Step::Fail(Why::Refused),
        Answer::Trouble => return Step::After(Wait::Trouble, Call::Look),
        Answer::BucketNotReady if facts.overdue => return Step::Fail(Why::BucketNotReady),
        Answer::BucketNotReady => return Step::After(Wait::BucketPolicy, Call::Create),
        Answer::Fine | Answer::NameExists | Answer::Quota => {}
    }
    match facts.stands {
        Stands::Unseen if facts.create_blindly && facts.answer == Answer::Fine && facts.made == Made::No => {
            Step::Call(Call::Create)
        }
        Stands::Unseen => Step::Call(Call::Look),
        Stands::Nothing => nothing_stands(facts),
        Stands::Same | Stands::Updatable | Stands::Different if facts.fading => fading(facts),
        Stands::Same | Stands::Updatable | Stands::Different if !facts.ours => Step::Fail(Why::Taken),
        // A sync of ours by name may be deleted; one of the old type goes last, when the new one stands.
        Stands::Different => Step::Call(Call::Delete(Target::Standing)),
        Stands::Updatable if !facts.updated => Step::Call(Call::Update),
        // SSM has accepted the update; a List that shows it late, or in other words, is no failure.
        Stands::Updatable if !facts.overdue => Step::After(Wait::UpdateListing, Call::Look),
        Stands::Same | Stands::Updatable if facts.predecessor == Old::Stands => {
            Step::Call(Call::Delete(Target::Predecessor))
        }
        Stands::Same | Stands::Updatable if facts.predecessor == Old::Fading => fading(facts),
        Stands::Same | Stands::Updatable => settled(facts),
    }
}

fn nothing_stands(facts: &ToApply) -> Step {
    // What was made is never made again: whoever removed it (the Delete of a cancelled Create) meant it.
    if facts.made == Made::Yes {
        return match (facts.seen_made, facts.overdue) {
            (true, _) => Step::Fail(Why::Vanished),
            (false, true) => Step::Fail(Why::NeverListed),
            (false, false) => Step::After(Wait::Listing, Call::Look),
        };
    }
    match facts.predecessor {
        Old::Stands => return Step::Call(Call::Delete(Target::Predecessor)),
        Old::Fading => return fading(facts),
        Old::None | Old::Gone => {}
    }
    match facts.answer {
        Answer::Quota => match facts.spare {
            Old::None => Step::Fail(Why::Quota),
            Old::Stands => Step::Call(Call::Delete(Target::Spare)),
            Old::Fading => fading(facts),
            // A place that has just become free may take a while to be counted so.
            Old::Gone if facts.overdue => Step::Fail(Why::Quota),
            Old::Gone => Step::After(Wait::Fading, Call::Create),
        },
        Answer::NameExists => match facts.other_type {
            None => Step::Call(Call::LookEverywhere),
            Some(true) => Step::Fail(Why::Taken),
            Some(false) if facts.overdue => Step::Fail(Why::Taken),
            // An old name that fades, or a List behind the truth.
            Some(false) => Step::After(Wait::Fading, Call::Create),
        },
        _ if facts.spare == Old::Fading => fading(facts),
        _ => Step::Call(Call::Create),
    }
}

fn fading(facts: &ToApply) -> Step {
    if facts.overdue { Step::Fail(Why::NeverGone) } else { Step::After(Wait::Fading, Call::Look) }
}

/// The sync stands as wanted; is it well?
fn settled(facts: &ToApply) -> Step {
    if !facts.fresh {
        return Step::Done(Done::Settled);
    }
    match facts.health {
        Health::Failed => Step::Fail(Why::FirstSyncFailed),
        Health::BadState if facts.wait_for_first_sync => Step::Fail(Why::BadState),
        Health::Good | Health::BadState => Step::Done(Done::Settled),
        Health::InProgress | Health::Silent if facts.wait_for_first_sync => Step::After(Wait::FirstSync, Call::Look),
        Health::InProgress => Step::Done(Done::Settled),
        Health::Silent if facts.overdue => Step::Done(Done::Pending),
        Health::Silent => Step::After(Wait::FirstStatus, Call::Look),
    }
}

/// The facts about a sync that is to go, in one Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ToRemove {
    /// Is the name one that we gave, so that no look is needed?
    pub known: bool,
    pub found: Found,
    /// Has SSM accepted a Delete?
    pub deleted: bool,
    pub answer: RemovalAnswer,
    /// May the sync be left unproven when List itself is denied?
    pub list_optional: bool,
    /// May a Create that was cancelled still be under way?
    pub may_still_come: bool,
}

/// What List shows under the name that is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Found {
    Unseen,
    Nothing,
    Ours,
    /// Another's, or one that was made after our Delete.
    NotOurs,
}

/// How the last call of a removal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RemovalAnswer {
    Fine,
    /// SSM knows no such sync.
    NotFound,
    Trouble,
    ListRefused,
    DeleteRefused,
}

/// How a removal goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Removal {
    Look,
    Delete,
    /// Pause for this reason, then look.
    LookAfter(Wait),
    Gone,
    /// Something stands there that is not ours.
    Left,
    Refused,
}

/// The next step towards a sync that is gone.
#[must_use]
pub fn next_removal(facts: &ToRemove) -> Removal {
    match facts.answer {
        RemovalAnswer::DeleteRefused => return Removal::Refused,
        // SSM's word that it deletes is enough where nobody may look.
        RemovalAnswer::ListRefused if facts.deleted || facts.list_optional => return Removal::Gone,
        RemovalAnswer::ListRefused => return Removal::Refused,
        RemovalAnswer::Trouble => return Removal::LookAfter(Wait::Trouble),
        RemovalAnswer::NotFound => return Removal::Gone,
        RemovalAnswer::Fine => {}
    }
    match facts.found {
        Found::Nothing if facts.may_still_come && !facts.deleted => Removal::LookAfter(Wait::Straggler),
        Found::Unseen if facts.known && !facts.deleted => Removal::Delete,
        Found::Unseen => Removal::Look,
        Found::Nothing => Removal::Gone,
        Found::NotOurs => Removal::Left,
        Found::Ours if facts.deleted => Removal::LookAfter(Wait::Fading),
        Found::Ours => Removal::Delete,
    }
}

/// What may make a sync under a name that the author chose ours (section 4 of the standard).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Proof {
    /// The name is made up, or is the physical id of the resource that is updated.
    pub name: bool,
    /// What stands equals what is wanted.
    pub equal: bool,
    /// Equality alone is enough: a Region that joins, a type that is new.
    pub equality_suffices: bool,
    /// It was not made before the request; a sync without a time is never known to be.
    pub made_since_request: bool,
    /// An attempt of this invocation may have made it, or one of an earlier delivery.
    pub attempt: bool,
    /// It is older than the sync of the physical id, which is less than a day old: the rollback of a rename.
    pub renamed_from: bool,
    /// It is what a failed Create, whose id came with the event, may have made.
    pub failed_create: bool,
}

/// Is the sync ours?
#[must_use]
pub const fn is_ours(proof: &Proof) -> bool {
    proof.name
        || proof.failed_create
        || (proof.equal
            && (proof.equality_suffices || proof.renamed_from || (proof.made_since_request && proof.attempt)))
}
