//! A step, and what is known when one is chosen.
//!
//! Must never say how it is carried out. Next: [`super::plan`], which chooses.

use crate::sync::{CallError, Config, Listed, Operation, Source};

use super::{
    cause::Cause,
    found::Found,
    opening::Announcement,
    outcome::End,
    ownership::Known,
    progress::Progress,
    task::{Goal, Task},
    wait::WaitReason,
};

/// What is known when a step is chosen.
#[derive(Clone, Debug)]
pub struct View<'a> {
    pub found: &'a Found,
    /// The last call failed like this, and nothing has been listed since.
    pub error: Option<&'a CallError>,
    pub progress: &'a Progress,
    /// What the record announces; `None`: the task is still being judged, and nothing is changed yet.
    pub announced: Option<&'a Announcement>,
    /// In a Create or Update, a new role's policy may not have propagated yet.
    pub is_patient: bool,
    /// Was the sync made for this request, by this attempt or an earlier one?
    pub is_of_this_request: bool,
    /// A delete with an unknown outcome may still take effect.
    pub is_delete_under_way: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Call(Call),
    /// Pause, then call; once this reason's limit is reached, take the other step.
    Wait {
        reason: WaitReason,
        then: Call,
        at_limit: Box<Step>,
    },
    End(End),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    List,
    /// Find out whether another resource's record speaks of the listed sync.
    AskOwners,
    Create(Config),
    Update(Listed, Source),
    Delete(Listed, Known),
    /// Under a `Making` with nothing listed, since List may lag behind.
    DeleteUnseen,
}

impl Call {
    /// How it changes something in SSM, if it does.
    #[must_use]
    pub const fn change(&self) -> Option<Operation> {
        match self {
            Self::List | Self::AskOwners => None,
            Self::Create(_) => Some(Operation::Create),
            Self::Update(..) => Some(Operation::Update),
            Self::Delete(..) | Self::DeleteUnseen => Some(Operation::Delete),
        }
    }
}

impl Step {
    /// What the record has to announce before this step may be taken.
    #[must_use]
    pub fn announcement(&self, task: &Task) -> Announcement {
        match (self, &task.goal) {
            (_, Goal::Absent) => Announcement::Delete,
            (_, Goal::LetGo) => Announcement::LetGo,
            (Self::Call(Call::Create(_)), _) => Announcement::Create,
            (Self::Call(Call::Update(listed, _)), _) => Announcement::Update { exists: listed.created },
            (Self::Call(Call::Delete(listed, known)), _) => {
                Announcement::Replace { exists: listed.created, previous: known.config().cloned() }
            }
            _ => Announcement::Nothing,
        }
    }
}

pub(super) fn wait_for_deletion() -> Step {
    wait(WaitReason::Deletion, Call::List, failed(Cause::NeverDeleted))
}

pub(super) fn wait(reason: WaitReason, then: Call, at_limit: Step) -> Step {
    Step::Wait { reason, then, at_limit: Box::new(at_limit) }
}

pub(super) const fn failed(cause: Cause) -> Step {
    Step::End(End::Failed(cause))
}
