//! The headings of `docs/troubleshooting.md` that a message links to.
//!
//! Must never link to a heading that does not exist: a test compares them. Next: [`crate::ssm`].

/// Where the troubleshooting page is read: the function's variable `DOCS_URL`, or its path in the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocsUrl(Option<String>);

impl DocsUrl {
    #[must_use]
    pub fn new(url: Option<&str>) -> Self {
        let url = url.map(|url| url.trim().trim_end_matches('#')).filter(|url| !url.is_empty());
        Self(url.map(str::to_owned))
    }
}

macro_rules! pages {
    ($($page:ident => $anchor:literal,)*) => {
        /// A heading, by the anchor that GitHub gives it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Page { $($page,)* }

        impl Page {
            pub const ALL: &[Self] = &[$(Self::$page,)*];

            #[must_use]
            pub const fn anchor(self) -> &'static str {
                match self { $(Self::$page => $anchor,)* }
            }
        }
    };
}

pages! {
    InvalidProperties => "invalid-properties",
    BucketPolicy => "bucket-policy",
    OrganizationSharing => "organization-sharing",
    KmsKey => "kms-key",
    ObjectLock => "object-lock",
    BucketNotFound => "bucket-not-found",
    BucketNotAllowed => "bucket-not-allowed",
    AccessDenied => "access-denied",
    RegionNotEnabled => "region-not-enabled",
    ClosedRegion => "closed-region",
    RegionNotSupported => "region-not-supported",
    SsmOutOfReach => "ssm-out-of-reach",
    QuotaOfFive => "quota-of-five",
    NameAlreadyExists => "name-already-exists",
    AdoptExisting => "adoptexisting",
    ServiceLinkedRole => "service-linked-role",
    TrustedAccess => "trusted-access",
    NoOrganization => "no-organization",
    OrganizationalUnit => "organizational-unit",
    DelegatedAdministrator => "delegated-administrator",
    ExplorerInOptInRegions => "explorer-in-opt-in-regions",
    OtherStates => "other-states-of-a-source",
    RefusedBySsm => "refused-by-ssm",
    ListLagsBehind => "list-lags-behind",
    ChangedMeanwhile => "changed-meanwhile",
    TimeRanOut => "time-ran-out",
    RollbackFailed => "rollback-failed",
    Superseded => "superseded",
    UnfinishedEvent => "unfinished-event",
    MalformedEvent => "malformed-event",
    StackOfAnotherAccount => "stack-of-another-account",
    SyncNameRequired => "syncname-required",
    FunctionsEnvironment => "the-functions-environment",
    TableAccessDenied => "table-access-denied",
    TableKmsKey => "kms-key-of-the-table",
    TableKey => "key-of-the-table",
    TableNotFound => "table-not-found",
    TableThrottled => "table-throttled",
    RecordTooLarge => "record-too-large",
    DynamoDbOutOfReach => "dynamodb-out-of-reach",
    RecordOfANewerRelease => "record-of-a-newer-release",
    UnreadableRecord => "unreadable-record",
    TableOtherError => "other-error-of-the-table",
    InternalError => "internal-error",
}

impl Page {
    #[must_use]
    pub fn url(self, docs: &DocsUrl) -> String {
        format!("{}#{}", docs.0.as_deref().unwrap_or("docs/troubleshooting.md"), self.anchor())
    }

    /// The sentence that ends a remedy. The URL has white space around it, so that consoles link it.
    #[must_use]
    pub fn see(self, docs: &DocsUrl) -> String {
        format!("See {} for details.", self.url(docs))
    }
}
