//! What an organization's source needs.
//!
//! Must never infer a cause that SSM's words only suggest. Next: [`super::event`].

use super::{Context, Page};

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

    #[must_use]
    pub const fn page(self) -> Page {
        match self {
            Self::ServiceLinkedRole => Page::ServiceLinkedRole,
            Self::TrustedAccess => Page::TrustedAccess,
            Self::NoOrganization => Page::NoOrganization,
            Self::OrganizationalUnit => Page::OrganizationalUnit,
            Self::DelegatedAdministrator => Page::DelegatedAdministrator,
            Self::OptInRegion => Page::ExplorerInOptInRegions,
            Self::Other => Page::OtherStates,
        }
    }

    #[must_use]
    pub fn text(self, context: &Context) -> String {
        let text = match self {
            Self::ServiceLinkedRole => {
                "Create the service-linked role of accountdiscovery.ssm.amazonaws.com: `aws iam \
                 create-service-linked-role --aws-service-name accountdiscovery.ssm.amazonaws.com`."
            }
            Self::TrustedAccess => {
                "In the organization's management account, enable trusted access for Systems Manager: `aws \
                 organizations enable-aws-service-access --service-principal ssm.amazonaws.com`."
            }
            Self::NoOrganization => {
                return format!(
                    "Account {} is in no organization: create or join one, or use SourceType \
                     SingleAccountMultiRegions.",
                    context.account
                );
            }
            Self::OrganizationalUnit => "In OrganizationalUnits, name units that exist in the organization.",
            Self::DelegatedAdministrator => {
                return format!(
                    "Deploy in the organization's management account, or register account {} as the delegated \
                     administrator of ssm.amazonaws.com.",
                    context.account
                );
            }
            Self::OptInRegion => {
                "Of the Regions that an account has to enable, Explorer aggregates an organization's data only from \
                 Milan (eu-south-1), Cape Town (af-south-1), Bahrain (me-south-1) and Hong Kong (ap-east-1), and only \
                 for the management account."
            }
            Self::Other => {
                "Check the organization, its trusted access for Systems Manager, and the service-linked role."
            }
        };
        text.to_owned()
    }
}
