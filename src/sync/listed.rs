//! A sync as `ListResourceDataSync` shows it.

use time::{UtcDateTime, format_description::well_known::Rfc3339};

use super::{Config, SyncName};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub name: SyncName,
    pub config: Config,
    pub created: Option<UtcDateTime>,
    /// `LastStatus`, in SSM's own word. Never there for a `SyncFromSource`.
    pub last_status: Option<String>,
    pub last_status_message: Option<String>,
    /// `SyncSource.State`, in SSM's own word.
    pub source_state: Option<String>,
    pub last_successful_sync: Option<UtcDateTime>,
}

/// A point in time as people read it, in whole seconds: `2026-11-23T08:08:54Z`.
#[must_use]
pub fn seconds_text(time: UtcDateTime) -> String {
    time.truncate_to_second().format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

/// How well a sync is doing, by its status or state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// `Successful`; a source that is listed without a bad state.
    Good,
    InProgress,
    NoStatus,
    Failed,
    /// A `SyncSource.State` that somebody has to act on.
    BadState,
}

impl Listed {
    /// The same sync with the words that SSM says of it changed.
    #[must_use]
    pub fn map_words(mut self, change: impl Fn(&str) -> String) -> Self {
        self.last_status_message = self.last_status_message.as_deref().map(&change);
        self.source_state = self.source_state.as_deref().map(&change);
        self
    }

    #[must_use]
    pub fn health(&self) -> Health {
        match &self.config {
            Config::ToDestination(_) => match self.last_status.as_deref() {
                Some("Successful") => Health::Good,
                Some("Failed") => Health::Failed,
                Some(_) => Health::InProgress,
                None => Health::NoStatus,
            },
            Config::FromSource(_) if self.bad_state().is_some() => Health::BadState,
            Config::FromSource(_) => Health::Good,
        }
    }

    /// `SyncSource.State`, where it is other than none or success.
    #[must_use]
    pub fn bad_state(&self) -> Option<&str> {
        let fine = ["", "none", "success", "successful", "succeeded"];
        self.source_state.as_deref().filter(|state| !fine.contains(&state.to_ascii_lowercase().as_str()))
    }
}
