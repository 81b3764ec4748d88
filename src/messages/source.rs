//! What an organization's source needs.
//!
//! Must never infer a cause that SSM's words only suggest. Next: [`super::event`].

use super::{Context, Page, page::Advice};

/// What is behind a `SyncSource.State`, or behind SSM's refusal of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceProblem {
    ServiceLinkedRole,
    TrustedAccess,
    NoOrganization,
    OrganizationalUnit,
    DelegatedAdministrator,
    OptInRegion,
    Other,
}

impl SourceProblem {
    #[must_use]
    pub fn of_state(state: &str) -> Self {
        match state {
            "NoPermissions" => Self::ServiceLinkedRole,
            "TrustedAccessDisabled" => Self::TrustedAccess,
            "OrganizationNotExists" => Self::NoOrganization,
            "InvalidOrganizationalUnit" => Self::OrganizationalUnit,
            _ => Self::Other,
        }
    }

    /// By SSM's own words, if they are known.
    #[must_use]
    pub fn of_message(message: &str) -> Option<Self> {
        let says = message.to_lowercase();
        let known = [
            ("service-linked role", Self::ServiceLinkedRole),
            ("service linked role", Self::ServiceLinkedRole),
            ("nopermissions", Self::ServiceLinkedRole),
            ("trusted access", Self::TrustedAccess),
            ("trustedaccessdisabled", Self::TrustedAccess),
            ("delegated administrator", Self::DelegatedAdministrator),
            ("organizational unit", Self::OrganizationalUnit),
            ("organizationalunit", Self::OrganizationalUnit),
            ("organizationnotexists", Self::NoOrganization),
            ("not a member of an organization", Self::NoOrganization),
            ("not in use", Self::NoOrganization),
            ("notinuse", Self::NoOrganization),
        ];
        known.into_iter().find(|(words, _)| says.contains(words)).map(|(_, problem)| problem)
    }

    pub(super) fn advice(self, context: &Context) -> Advice {
        let account = context.account;
        match self {
            Self::ServiceLinkedRole => Advice::new(
                "Create the service-linked role of accountdiscovery.ssm.amazonaws.com: `aws iam \
                 create-service-linked-role --aws-service-name accountdiscovery.ssm.amazonaws.com`.",
                Page::ServiceLinkedRole,
            ),
            Self::TrustedAccess => Advice::new(
                "In the organization's management account, enable trusted access for Systems Manager: `aws \
                 organizations enable-aws-service-access --service-principal ssm.amazonaws.com`.",
                Page::TrustedAccess,
            ),
            Self::NoOrganization => Advice::new(
                format!(
                    "Account {account} is in no organization: create or join one, or use SourceType \
                     SingleAccountMultiRegions."
                ),
                Page::NoOrganization,
            ),
            Self::OrganizationalUnit => Advice::new(
                "In OrganizationalUnits, name units that exist in the organization.",
                Page::OrganizationalUnit,
            ),
            Self::DelegatedAdministrator => Advice::new(
                format!(
                    "Deploy in the organization's management account, or register account {account} as the delegated \
                     administrator of ssm.amazonaws.com."
                ),
                Page::DelegatedAdministrator,
            ),
            Self::OptInRegion => Advice::new(
                "Of the Regions that an account has to enable, Explorer aggregates an organization's data only from \
                 Milan (eu-south-1), Cape Town (af-south-1), Bahrain (me-south-1) and Hong Kong (ap-east-1), and only \
                 for the management account.",
                Page::ExplorerInOptInRegions,
            ),
            Self::Other => Advice::new(
                "Check the organization, its trusted access for Systems Manager, and the service-linked role.",
                Page::OtherStates,
            ),
        }
    }
}
