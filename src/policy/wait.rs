//! What a pause is for, how long it is, and how long such pauses may go on.
//!
//! Every wait has a limit of its own, or ends with the event's time: must never be endless. Next: [`super::cause`].

use std::time::Duration;

/// After this long, a call to SSM is given up.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// A call takes effect within this time after its worker was allowed to send it: the slowest check of the record, the
/// call's timeout, and some more, since clocks differ.
pub const CALL_LANDS_WITHIN_S: u64 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitReason {
    /// SSM throttles, reports an internal error or a conflict, or does not respond.
    Transient,
    /// A role's policy may not have propagated.
    Permission,
    /// A bucket's policy may not have propagated.
    BucketPolicy,
    /// A sync that was deleted is still listed, or still holds its name or place.
    Deletion,
    /// The name exists but is not listed.
    UnlistedName,
    /// A delete whose outcome is not known may still take effect.
    LateDelete,
    /// A sync that was created is not listed yet.
    Listing,
    /// An update is not listed yet.
    UpdateListing,
    /// A new sync has no `LastStatus` yet.
    FirstStatus,
    /// `WaitForFirstSync`.
    FirstSync,
    /// A bad `SyncSource.State` may still improve.
    SourceState,
}

impl WaitReason {
    pub const ALL: [Self; 11] = [
        Self::Transient,
        Self::Permission,
        Self::BucketPolicy,
        Self::Deletion,
        Self::UnlistedName,
        Self::LateDelete,
        Self::Listing,
        Self::UpdateListing,
        Self::FirstStatus,
        Self::FirstSync,
        Self::SourceState,
    ];

    /// How long such pauses may go on; `None`: as long as there is time.
    #[must_use]
    pub const fn limit(self) -> Option<Duration> {
        let seconds = match self {
            Self::Transient | Self::FirstSync => return None,
            Self::LateDelete => CALL_LANDS_WITHIN_S,
            Self::UnlistedName => 25,
            Self::Permission | Self::SourceState => 30,
            Self::UpdateListing | Self::FirstStatus => 60,
            Self::BucketPolicy | Self::Deletion | Self::Listing => 120,
        };
        Some(Duration::from_secs(seconds))
    }

    /// If the event's time ends during this wait, does that count as its limit?
    #[must_use]
    pub const fn may_be_cut_short(self) -> bool {
        matches!(self, Self::FirstStatus | Self::UpdateListing | Self::SourceState)
    }

    const fn first_and_longest_ms(self) -> (u64, u64) {
        match self {
            Self::Transient => (500, 20_000),
            Self::Permission => (1_000, 5_000),
            Self::BucketPolicy => (1_000, 20_000),
            Self::FirstSync => (1_000, 30_000),
            Self::Deletion
            | Self::UnlistedName
            | Self::LateDelete
            | Self::Listing
            | Self::UpdateListing
            | Self::FirstStatus
            | Self::SourceState => (500, 5_000),
        }
    }
}

/// Growing pauses for one reason, with jitter, up to the reason's limit.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    reason: WaitReason,
    next: Duration,
}

impl Backoff {
    #[must_use]
    pub const fn new(reason: WaitReason) -> Self {
        Self { reason, next: Duration::from_millis(reason.first_and_longest_ms().0) }
    }

    #[must_use]
    pub const fn reason(&self) -> WaitReason {
        self.reason
    }

    /// The next pause, after pauses for this reason have gone on for `waited`; `None` at the reason's limit. The last
    /// pause ends at the limit. `spread` is random, from 0 to 1, so that clients do not all come back at once.
    pub fn pause(&mut self, waited: Duration, spread: f64) -> Option<Duration> {
        let left = self.reason.limit().map(|limit| limit.saturating_sub(waited));
        if left.is_some_and(|left| left.is_zero()) {
            return None;
        }
        let pause = self.next.mul_f64(spread.mul_add(0.5, 0.5));
        self.next = (self.next * 2).min(Duration::from_millis(self.reason.first_and_longest_ms().1));
        Some(left.map_or(pause, |left| pause.min(left)))
    }
}
