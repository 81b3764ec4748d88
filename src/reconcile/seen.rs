//! What a listing means, also for earlier calls with an unknown outcome.
//!
//! Must never decide whose a sync is: the policy does. Next: [`crate::delivery`].

use crate::{
    policy::{
        found::Found,
        progress::{Attempt, Seen},
    },
    sync::Listed,
};

use super::session::Session;

impl Session<'_> {
    /// Takes in what List shows.
    pub(super) fn see(&mut self, listed: Option<Listed>) {
        match listed {
            Some(listed) => {
                let opened = self.opening.as_ref().and_then(|opening| opening.entry.as_ref());
                let asked = self.scope.owner_known(&self.task.key, listed.created);
                self.found = Found::of(listed, &self.task, opened, &self.progress, asked);
                self.note_seen();
            }
            None => self.see_nothing(),
        }
    }

    /// Notes what exists of ours, and which earlier call was evidently carried out.
    fn note_seen(&mut self) {
        let (listed, known) = match &self.found {
            Found::Ours(listed, known) => (listed, known),
            Found::Deleted(_) => return,
            _ => {
                self.progress.seen = Seen::NothingOfOurs;
                return;
            }
        };
        let agrees = self.task.goal.config().is_some_and(|wanted| wanted.differences(&listed.config).is_empty());
        if self.progress.unresolved.is_some_and(|call| !call.is_followed) {
            if self.progress.created == Attempt::Unknown {
                self.progress.unresolved = None;
            }
            if self.progress.updated == Attempt::Unknown && self.is_update_visible && agrees {
                self.progress.unresolved = None;
                self.progress.updated = Attempt::Accepted;
            }
        }
        let is_accepted = self.progress.created == Attempt::Accepted || self.progress.updated == Attempt::Accepted;
        let config = if is_accepted { self.task.goal.config() } else { known.config() };
        if self.progress.created.may_have_been_done() {
            self.progress.is_created_seen = true;
            self.progress.created_time = listed.created;
        }
        self.progress.seen = Seen::Ours { created: listed.created, config: config.cloned() };
    }

    fn see_nothing(&mut self) {
        let resolves = self.progress.unresolved.is_some_and(|call| !call.is_followed);
        if self.is_undoing && self.progress.deleted.may_have_been_done() {
            self.is_undoing = false;
            self.progress.is_earlier_create_open &= self.progress.is_call_under_way(self.scope.clock.now());
            self.progress.forget_created();
        }
        // If List has never shown the sync, its absence says nothing about the delete.
        let was_listed = self.progress.deleting.is_some_and(|deleting| deleting.created.is_some());
        if resolves && was_listed && self.progress.deleted == Attempt::Unknown {
            self.progress.unresolved = None;
            self.progress.deleted = Attempt::Accepted;
        }
        self.progress.seen = Seen::NothingOfOurs;
        self.found = Found::Absent;
    }
}
