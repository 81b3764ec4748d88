//! Why the ownership table cannot be used.
//!
//! Must never advise an empty table: what the old one recorded would be nobody's. Next: [`super::page`].

use crate::policy::TableError;

use super::{Context, Page, page::Advice, remedy_text::allow, words};

impl TableError {
    /// What is wrong and what to do, with a link to the page.
    #[must_use]
    pub fn text(&self, context: &Context) -> String {
        self.advice(context).sentences(context.docs)
    }

    pub(super) fn advice(&self, context: &Context) -> Advice {
        let Context { table, region, partition, account, .. } = context;
        let advice = |wrong: String, remedy: &str, page| {
            Advice::new(format!("{wrong}. Nothing more was changed. {remedy}"), page)
        };
        match self {
            Self::Denied { action, explicit, message } => advice(
                format!("DynamoDB denied {action} on the ownership table {table}: \"{}\"", words(message)),
                &allow(action, &format!("arn:{partition}:dynamodb:{region}:{account}:table/{table}"), *explicit),
                Page::TableAccessDenied,
            ),
            Self::KmsDenied { message } => advice(
                format!(
                    "KMS does not let the function use the key of the ownership table {table}: \"{}\"",
                    words(message)
                ),
                &format!(
                    "Allow the function's role kms:Decrypt on the key that encrypts table {table} (kms:ViaService: \
                     dynamodb.{region}.amazonaws.com)."
                ),
                Page::TableKmsKey,
            ),
            Self::WrongKey { message } => advice(
                format!("The ownership table {table} has the wrong key: \"{}\"", words(message)),
                "It must have the partition key Resource, of type String, and no sort key: name such a table in \
                 OWNERSHIP_TABLE.",
                Page::TableKey,
            ),
            Self::Missing => advice(
                format!("The ownership table {table} does not exist in {region}"),
                "Restore it from its backup, or correct OWNERSHIP_TABLE.",
                Page::TableNotFound,
            ),
            Self::Throttled => advice(
                format!("DynamoDB throttled the ownership table {table} until the time ended"),
                "Make the table's capacity on demand, or raise it, and deploy again.",
                Page::TableThrottled,
            ),
            Self::TooLarge => advice(
                "The record of this resource would be larger than the 400 KB that DynamoDB allows".to_owned(),
                "Spread its Regions or organizational units over several resources.",
                Page::RecordTooLarge,
            ),
            Self::Unreachable { why } => advice(
                format!("DynamoDB's endpoint in {region} is out of reach: {}", words(why)),
                "In a VPC, the function needs a gateway endpoint for DynamoDB, or a NAT gateway.",
                Page::DynamoDbOutOfReach,
            ),
            Self::Failing { operation, code } => advice(
                format!("DynamoDB returned {code} to {operation} on the ownership table {table} until the time ended"),
                "Try again later; AWS Health reports disruptions of DynamoDB.",
                Page::TableOtherError,
            ),
            Self::NoTime => advice(
                format!("Time ran out before the ownership table {table} responded"),
                "Deploy again with a longer ServiceTimeout or function timeout.",
                Page::TimeRanOut,
            ),
            Self::NotSent { why } => advice(
                format!("The ownership table {table} could not be queried: {}", words(why)),
                "Check the function's environment: Lambda sets its credentials and AWS_REGION.",
                Page::FunctionsEnvironment,
            ),
            Self::NewerFormat { format } => advice(
                format!(
                    "The ownership record of this resource has format {format}, of a newer release of the function"
                ),
                "Deploy that release, or a later one.",
                Page::RecordOfANewerRelease,
            ),
            Self::Unreadable { .. } => advice(
                "The ownership record of this resource cannot be read (see the log)".to_owned(),
                &format!("Restore the item with key Resource = {} in table {table}.", context.resource),
                Page::UnreadableRecord,
            ),
            Self::NoTable => advice(
                "The function does not know its ownership table: OWNERSHIP_TABLE is not set in its environment"
                    .to_owned(),
                "Set it to the table of the function's stack.",
                Page::FunctionsEnvironment,
            ),
            Self::Other { operation, code, message } => advice(
                format!(
                    "DynamoDB returned {code} to {operation} on the ownership table {table}: \"{}\"",
                    words(message)
                ),
                "Deploy again once that is fixed.",
                Page::TableOtherError,
            ),
        }
    }
}
