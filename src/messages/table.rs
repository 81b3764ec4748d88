//! Why the ownership table cannot be used.
//!
//! Must never advise an empty table: what the old one recorded would be nobody's. Next: [`super::page`].

use crate::policy::TableError;

use super::{Context, Page, remedy_text::allow, words};

impl TableError {
    /// What is wrong and what to do, with a link to the page.
    #[must_use]
    pub fn text(&self, context: &Context) -> String {
        format!("{} {}", self.sentences(context), self.page().see(context.docs))
    }

    pub(super) fn sentences(&self, context: &Context) -> String {
        format!("{}. Nothing more was changed. {}", self.wrong(context), self.remedy(context))
    }

    #[must_use]
    pub const fn page(&self) -> Page {
        match self {
            Self::Denied { .. } => Page::TableAccessDenied,
            Self::KmsDenied { .. } => Page::TableKmsKey,
            Self::WrongKey { .. } => Page::TableKey,
            Self::Missing => Page::TableNotFound,
            Self::Throttled => Page::TableThrottled,
            Self::TooLarge => Page::RecordTooLarge,
            Self::Unreachable { .. } => Page::DynamoDbOutOfReach,
            Self::NoTime => Page::TimeRanOut,
            Self::NewerFormat { .. } => Page::RecordOfANewerRelease,
            Self::Unreadable { .. } => Page::UnreadableRecord,
            Self::NoTable | Self::NotSent { .. } => Page::FunctionsEnvironment,
            Self::Failing { .. } | Self::Other { .. } => Page::TableOtherError,
        }
    }

    fn wrong(&self, context: &Context) -> String {
        let Context { table, region, .. } = context;
        match self {
            Self::Denied { action, message, .. } => {
                format!("DynamoDB denied {action} on the ownership table {table}: \"{}\"", words(message))
            }
            Self::KmsDenied { message } => format!(
                "KMS does not let the function use the key of the ownership table {table}: \"{}\"",
                words(message)
            ),
            Self::WrongKey { message } => {
                format!("The ownership table {table} has the wrong key: \"{}\"", words(message))
            }
            Self::Missing => format!("The ownership table {table} does not exist in {region}"),
            Self::Throttled => format!("DynamoDB throttled the ownership table {table} until the time ended"),
            Self::TooLarge => {
                "The record of this resource would be larger than the 400 KB that DynamoDB allows".to_owned()
            }
            Self::Unreachable { why } => format!("DynamoDB's endpoint in {region} is out of reach: {}", words(why)),
            Self::Failing { operation, code } => {
                format!("DynamoDB returned {code} to {operation} on the ownership table {table} until the time ended")
            }
            Self::NoTime => format!("Time ran out before the ownership table {table} responded"),
            Self::NotSent { why } => format!("The ownership table {table} could not be queried: {}", words(why)),
            Self::NewerFormat { format } => {
                format!(
                    "A record in the ownership table {table} has format {format}, of a newer release of the function"
                )
            }
            Self::Unreadable { .. } => "The ownership record of this resource cannot be read (see the log)".to_owned(),
            Self::NoTable => {
                "The function does not know its ownership table: OWNERSHIP_TABLE is not set in its environment"
                    .to_owned()
            }
            Self::Other { operation, code, message } => format!(
                "DynamoDB returned {code} to {operation} on the ownership table {table}: \"{}\"",
                words(message)
            ),
        }
    }

    fn remedy(&self, context: &Context) -> String {
        let Context { table, region, .. } = context;
        let arn = format!("arn:{}:dynamodb:{region}:{}:table/{table}", context.partition, context.account);
        let text = match self {
            Self::Denied { action, explicit, .. } => return allow(action, &arn, *explicit),
            Self::KmsDenied { .. } => {
                return format!(
                    "Allow the function's role kms:Decrypt on the key that encrypts table {table} (kms:ViaService: \
                     dynamodb.{region}.amazonaws.com)."
                );
            }
            Self::WrongKey { .. } => {
                "It must have the partition key Resource, of type String, and no sort key: name such a table in \
                 OWNERSHIP_TABLE."
            }
            Self::Missing => "Restore it from its backup, or correct OWNERSHIP_TABLE.",
            Self::Throttled => "Make the table's capacity on demand, or raise it, and deploy again.",
            Self::TooLarge => "Spread its Regions or organizational units over several resources.",
            Self::Unreachable { .. } => {
                "In a VPC, the function needs a gateway endpoint for DynamoDB, or a NAT gateway."
            }
            Self::Failing { .. } => "Try again later; AWS Health reports disruptions of DynamoDB.",
            Self::NoTime => "Deploy again with a longer ServiceTimeout or function timeout.",
            Self::NotSent { .. } => "Check the function's environment: Lambda sets its credentials and AWS_REGION.",
            Self::NewerFormat { .. } => "Deploy that release, or a later one.",
            Self::Unreadable { .. } => {
                return format!("Restore the item with key Resource = {} in table {table}.", context.resource);
            }
            Self::NoTable => "Set it to the table of the function's stack.",
            Self::Other { .. } => "Deploy again once that is fixed.",
        };
        text.to_owned()
    }
}
