//! Why an event as a whole was not served.
//!
//! Must never say that nothing was changed where something may have been. Next: [`super::table`].

use std::{fmt, time::Duration};

use crate::{
    cloudformation::EventFault,
    policy::{TableError, wait::CALL_LANDS_WITHIN_S},
};

use super::{Context, Page, list, words};

/// Every invalid property at once, numbered.
#[must_use]
pub fn invalid_properties(faults: &[impl fmt::Display], context: &Context) -> String {
    let numbered: Vec<_> = faults
        .iter()
        .enumerate()
        .map(|(index, fault)| format!("({}) {}", index + 1, fault.to_string().trim_end_matches('.')))
        .collect();
    let numbered = numbered.join("; ");
    let stop = if numbered.ends_with('?') { "" } else { "." };
    let see = Page::InvalidProperties.see(context.docs);
    format!("Invalid properties; nothing was changed. {numbered}{stop} {see}")
}

/// Enough to wait out an unfinished event, for the work, and for the fifth that is kept for the response.
const TIMEOUT_MIN_S: u64 = 2 * CALL_LANDS_WITHIN_S * 5 / 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventFailure {
    /// The event itself is malformed.
    Fault(EventFault),
    /// CloudFormation has stopped waiting for it.
    TooOld {
        age: Duration,
        service_timeout: Duration,
    },
    /// A later request of this resource has been served, or has taken the record over.
    Superseded {
        by: Option<String>,
        has_changed_something: bool,
    },
    /// There is no time left to wait out what an earlier event may have under way.
    NoTimeToWaitOut {
        left: Duration,
        /// How old the request was when it came.
        age: Duration,
    },
    OtherAccount {
        stack_account: String,
        stack_region: String,
    },
    /// The stack's id can be shared, so a name cannot be generated from it.
    SyncNameRequired,
    /// The function does not know its own Region.
    NoRegion,
    BucketNotAllowed {
        bucket: String,
        allowed: Vec<String>,
    },
    Table(TableError),
    Panicked,
    CutOff,
}

impl EventFailure {
    #[must_use]
    pub fn text(&self, context: &Context) -> String {
        match self {
            Self::TooOld { .. } | Self::Table(_) => self.what(context),
            _ => format!("{} {}", self.what(context), self.page().see(context.docs)),
        }
    }

    const fn page(&self) -> Page {
        match self {
            Self::Fault(_) => Page::MalformedEvent,
            Self::TooOld { .. } | Self::CutOff => Page::TimeRanOut,
            Self::Superseded { .. } => Page::Superseded,
            Self::NoTimeToWaitOut { .. } => Page::UnfinishedEvent,
            Self::OtherAccount { .. } => Page::StackOfAnotherAccount,
            Self::SyncNameRequired => Page::SyncNameRequired,
            Self::NoRegion => Page::FunctionsEnvironment,
            Self::BucketNotAllowed { .. } => Page::BucketNotAllowed,
            Self::Table(error) => error.page(),
            Self::Panicked => Page::InternalError,
        }
    }

    fn what(&self, context: &Context) -> String {
        match self {
            Self::Fault(fault) => format!("{fault} Nothing was changed."),
            Self::TooOld { age, service_timeout } => format!(
                "CloudFormation has stopped waiting for this request ({} s old, ServiceTimeout {} s). Nothing was \
                 changed.",
                age.as_secs(),
                service_timeout.as_secs()
            ),
            Self::Superseded { by, has_changed_something } => {
                let by = by.as_deref().unwrap_or("event");
                if *has_changed_something {
                    format!(
                        "Superseded: a later {by} of this resource came while this event was being served, and went \
                         on from there."
                    )
                } else {
                    format!("Superseded by a later {by} of this resource. Nothing was changed.")
                }
            }
            Self::NoTimeToWaitOut { left, age } => format!(
                "An earlier event of this resource did not finish, so this one has to wait for {CALL_LANDS_WITHIN_S} s, and only {} \
                 s are left. Nothing was changed. Try again with a ServiceTimeout of at least {} s and a function timeout \
                 of at least {TIMEOUT_MIN_S} s.",
                left.as_secs(),
                age.as_secs() + TIMEOUT_MIN_S
            ),
            Self::OtherAccount { stack_account, stack_region } => format!(
                "The stack is in account {stack_account}, but this function runs in {} and can make syncs only there. \
                 Nothing was changed. Deploy the function in account {stack_account}, Region {stack_region}, and use \
                 its ARN as the ServiceToken.",
                context.account
            ),
            Self::SyncNameRequired => format!(
                "The stack's id ({}) is not one of CloudFormation's own and can be shared, so no name is generated \
                 from it. Nothing was changed. Give the resource a SyncName.",
                words(context.stack_id)
            ),
            Self::NoRegion => {
                "The function does not know its Region: AWS_REGION is not set in its environment. Nothing was \
                               changed."
                    .to_owned()
            }
            Self::BucketNotAllowed { bucket, allowed } => format!(
                "S3Destination.BucketName: the function's ALLOWED_BUCKETS does not allow bucket {bucket}, only {}. \
                 Nothing was changed.",
                list(allowed)
            ),
            Self::Table(error) => error.text(context),
            Self::Panicked => {
                "Internal error: the function panicked; see its log. Deploy again; if it happens again, report \
                               it with that log."
                    .to_owned()
            }
            Self::CutOff => "Time ran out while the syncs were being changed, and the work was cut off. Deploy again \
                             with a longer ServiceTimeout or function timeout."
                .to_owned(),
        }
    }
}
