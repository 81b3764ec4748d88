//! The id of a stack, and the partition, Region and account in it.
//!
//! Must never mistake an id that two stacks can share for one that CloudFormation made. Next: [`super::PhysicalId`].

/// `arn:<partition>:cloudformation:<region>:<account>:stack/<name>/<uuid>`, or whatever else was sent in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackId(String);

impl<T: Into<String>> From<T> for StackId {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl StackId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        self.arn().map(|arn| arn[0])
    }

    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.arn().map(|arn| arn[1])
    }

    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.arn().map(|arn| arn[2])
    }

    /// The stack's name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.arn().map(|arn| arn[3])
    }

    /// Was it made by CloudFormation? Other engines send ids that two stacks can share.
    #[must_use]
    pub fn is_from_cloudformation(&self) -> bool {
        self.arn().is_some_and(|arn| is_uuid(arn[4]))
    }

    /// Partition, Region, account, name, and what follows the name.
    fn arn(&self) -> Option<[&str; 5]> {
        let mut parts = self.0.strip_prefix("arn:")?.splitn(5, ':');
        let [partition, service, region, account, stack] = std::array::from_fn(|_| parts.next().unwrap_or_default());
        let (name, id) = stack.strip_prefix("stack/")?.split_once('/')?;
        let is_whole = ![partition, region, account, name].contains(&"") && service == "cloudformation";
        is_whole.then_some([partition, region, account, name, id])
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
