//! A sync as `ListResourceDataSync` shows it.
//!
//! Must never fail on a status that SSM has not used before. Next: [`super::name`].

use time::{UtcDateTime, format_description::well_known::Rfc3339};

use super::{Config, SyncName};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub name: SyncName,
    pub config: Config,
    pub created: Option<UtcDateTime>,
    /// `LastStatus`, as SSM writes it. A `SyncFromSource` has none.
    pub last_status: Option<String>,
    pub last_status_message: Option<String>,
    /// `SyncSource.State`, as SSM writes it.
    pub source_state: Option<String>,
    pub last_successful_sync: Option<UtcDateTime>,
}

/// A point in time for people, in whole seconds: `2026-11-23T08:08:54Z`.
#[must_use]
pub fn seconds_text(time: UtcDateTime) -> String {
    time.truncate_to_second().format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

/// The health of a sync, by its status or state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// `Successful`; a source that is listed without a bad state.
    Good,
    InProgress,
    NoStatus,
    Failed,
    /// A `SyncSource.State` that needs action.
    BadState,
}

impl Listed {
    /// The same sync with SSM's texts changed.
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

    /// `SyncSource.State`, unless it is none or success.
    #[must_use]
    pub fn bad_state(&self) -> Option<&str> {
        let fine = ["", "none", "success", "successful", "succeeded"];
        self.source_state.as_deref().filter(|state| !fine.contains(&state.to_ascii_lowercase().as_str()))
    }
}
