//! Breaks of the policy and of its carrying out, each of which the suite has to catch.
//!
//! `cargo run --example mutants` tries them, one at a time; the ordinary run checks that each still finds its place.

/// One break.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    pub name: &'static str,
    pub edits: &'static [Edit],
    /// What would happen to people.
    pub why: &'static str,
    /// Why no test can catch it, where that is so.
    pub survives: Option<&'static str>,
}

/// `find` stands exactly once in the file.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    pub file: &'static str,
    pub find: &'static str,
    pub replace: &'static str,
}

const fn mutant(name: &'static str, why: &'static str, edits: &'static [Edit]) -> Mutant {
    Mutant { name, edits, why, survives: None }
}

const fn edit(file: &'static str, find: &'static str, replace: &'static str) -> Edit {
    Edit { file, find, replace }
}

const CALLBACK: &str = "src/callback.rs";
const HANDLER: &str = "src/handler.rs";
const PHYSICAL_ID: &str = "src/physical_id.rs";
const PLAN: &str = "src/plan.rs";
const PROPERTIES: &str = "src/properties.rs";
const RECONCILE: &str = "src/reconcile.rs";
const REQUEST: &str = "src/request.rs";
const RESPONSE: &str = "src/response.rs";
const RESPONSE_URL: &str = "src/response_url.rs";
const SSM: &str = "src/ssm.rs";
const TRANSPORT: &str = "src/transport.rs";
const SYNC: &str = "src/sync.rs";
const TRUST: &str = "src/trust.rs";

pub const MUTANTS: &[Mutant] = &[
    // Whose sync is it?
    mutant(
        "ownership-not-checked",
        "a sync that stands under the name is changed and deleted, whoever made it",
        &[edit(
            PLAN,
            "Stands::Same | Stands::Updatable | Stands::Different if !facts.ours =>",
            "Stands::Same | Stands::Updatable | Stands::Different if false =>",
        )],
    ),
    mutant(
        "equal-syncs-adopted",
        "a Create adopts what somebody else made alike, and its Delete removes it",
        &[edit(
            PLAN,
            "(proof.equality_suffices || proof.renamed_from || (proof.made_since_request && proof.attempt))",
            "true",
        )],
    ),
    mutant(
        "attempt-not-required",
        "the second of two resources that name the same sync thinks it its own",
        &[edit(PLAN, "(proof.made_since_request && proof.attempt)", "proof.made_since_request")],
    ),
    mutant(
        "age-not-required",
        "a lost reply makes an old equal sync ours",
        &[edit(PLAN, "(proof.made_since_request && proof.attempt)", "proof.attempt")],
    ),
    mutant(
        "held-name-proves-for-ever",
        "what somebody makes between our delete and our create is taken for ours",
        &[edit(
            RECONCILE,
            "claim.name && self.removed.as_ref().is_none_or(|removed| removed.is(listed))",
            "claim.name",
        )],
    ),
    mutant(
        "clocks-never-apart",
        "a sync of ours, made by an SSM whose clock is behind, is not recognised",
        &[edit(RECONCILE, "const CLOCK_TOLERANCE_MS: i64 = 5_000;", "const CLOCK_TOLERANCE_MS: i64 = 0;")],
    ),
    mutant(
        "throttled-attempt-counts",
        "a Create that was throttled takes another's equal sync for its own",
        &[edit(RECONCILE, "if rejection.kind == Kind::Unclear {", "if rejection.kind != Kind::NameExists {")],
    ),
    mutant(
        "connection-refused-counts",
        "a Create that never left takes another's equal sync for its own, and its Delete removes it",
        &[edit(
            SSM,
            "(Kind::Unreachable, None, Some(innermost(error)))",
            "(Kind::Unclear, None, Some(innermost(error)))",
        )],
    ),
    mutant(
        "every-request-is-late",
        "an equal sync of another resource, made in the same moment, is ours",
        &[edit(RECONCILE, "const LATE_AFTER_MS: i64 = 30_000;", "const LATE_AFTER_MS: i64 = -1;")],
    ),
    mutant(
        "no-request-is-late",
        "a Create that Lambda delivered again is FAILED for its own sync",
        &[edit(RECONCILE, "const LATE_AFTER_MS: i64 = 30_000;", "const LATE_AFTER_MS: i64 = i64::MAX;")],
    ),
    mutant(
        "request-as-old-as-its-receipt",
        "what an earlier delivery made looks too old to be ours",
        &[edit(REQUEST, "self.response_url.requested().unwrap_or(received)", "received")],
    ),
    mutant(
        "rename-rolled-back-for-ever",
        "a rename adopts an equal sync that has stood for months",
        &[edit(
            RECONCILE,
            "created < held && self.region.clock.now().since_ms(held) < RENAME_AGE_MS_MAX",
            "created < held",
        )],
    ),
    mutant(
        "no-age-from-other-regions",
        "the rollback of a rename that also brought Regions finds its own old syncs taken",
        &[edit(
            HANDLER,
            "created_elsewhere = reconcile::created(&self.region(region), old_sync).await;",
            "created_elsewhere = reconcile::created(&self.region(region), old_sync).await.filter(|_| false);",
        )],
    ),
    mutant(
        "spare-in-a-region-that-never-was-ours",
        "a rename at the quota deletes a sync of the old name in a Region that has only just been named",
        &[edit(
            HANDLER,
            "old_sync.clone().filter(|_| old.is_some_and(|old| old.regions.contains(region)));",
            "old_sync.clone();",
        )],
    ),
    mutant(
        "failed-create-claims-everywhere",
        "the Update of a Create that was taken takes what took it",
        &[edit(
            HANDLER,
            "old.filter(|old| may_have_made(region) && old.name",
            "old.filter(|old| (may_have_made(region) || true) && old.name",
        )],
    ),
    mutant(
        "joining-region-taken-for-held",
        "somebody else's sync in a Region that joins is replaced",
        &[edit(
            HANDLER,
            "let joins = |region: &String| old.is_some_and(|old| !old.regions.contains(region));",
            "let joins = |_: &String| false;",
        )],
    ),
    mutant(
        "other-old-properties-believed",
        "the old properties of a failed rename decide over the sync that is held",
        &[edit(HANDLER, "let old = old.filter(|old| old.name == wanted.name);", "")],
    ),
    // What is deleted?
    mutant(
        "reserved-names-deleted",
        "the Delete of a stray id removes a sync of AWS's own",
        &[
            edit(RECONCILE, "if newer || sync::is_reserved(&listed.name) {", "if newer {"),
            edit(HANDLER, "&& !sync::is_reserved(&name)", ""),
        ],
    ),
    mutant(
        "newer-syncs-deleted",
        "a sync that is made anew after our Delete goes as well",
        &[edit(RECONCILE, "if newer || sync::is_reserved(&listed.name) {", "if sync::is_reserved(&listed.name) {")],
    ),
    mutant(
        "removal-without-equality",
        "a sync under the name goes, whatever it is",
        &[edit(
            RECONCILE,
            "config.difference(&listed.config) == Difference::None && not_before && not_after",
            "not_before && not_after",
        )],
    ),
    mutant(
        "removal-of-any-age",
        "the Delete of a failed Create removes an equal sync that was there before",
        &[edit(
            RECONCILE,
            "config.difference(&listed.config) == Difference::None && not_before && not_after",
            "config.difference(&listed.config) == Difference::None && not_after",
        )],
    ),
    mutant(
        "taken-create-removes",
        "the Delete of a Create that was taken removes the other's sync",
        &[edit(
            HANDLER,
            "Fate::RefusedLate | Fate::Unknown => Rule::Equal {",
            "Fate::Taken | Fate::RefusedLate | Fate::Unknown => Rule::Equal {",
        )],
    ),
    mutant(
        "unknown-create-removes-nothing",
        "what a Create made whose reply was lost stays for ever",
        &[edit(
            RECONCILE,
            "let before = std::mem::replace(&mut *self.region.fate(), Fate::Unknown);",
            "let before = *self.region.fate();",
        )],
    ),
    mutant(
        "old-create-forgets",
        "a Create that came too late to be acted on leaves what its first delivery made",
        &[edit(HANDLER, "Arc::new(Mutex::new(Fate::Unknown));", "Arc::new(Mutex::new(Fate::Refused));")],
    ),
    mutant(
        "joined-region-forgotten",
        "a Region that joined under the id of a failed Create keeps its sync when the stack is gone",
        &[edit(
            HANDLER,
            "Fates::ByRegion(fates) if fates.values().any(|fate| fate.may_have_made()) => Fate::Unknown,",
            "Fates::ByRegion(fates) if fates.is_empty() => Fate::Unknown,",
        )],
    ),
    mutant(
        "leaving-region-not-compared",
        "a Region that leaves loses a sync that we never made",
        &[edit(
            HANDLER,
            "Rule::Equal { config: old.properties.config.clone(), not_before: None, not_after: None }",
            "Rule::Named",
        )],
    ),
    mutant(
        "failed-rename-left-behind",
        "the rollback of a failed rename leaves its sync",
        &[edit(
            HANDLER,
            "let Some(old) = old.filter(|old| old.name != held_name && old.name != wanted.name) else",
            "let Some(old) = old.filter(|_| false) else",
        )],
    ),
    mutant(
        "stray-delete-of-any-age",
        "the Delete of an id that we never gave removes an equal sync of last year",
        &[edit(
            HANDLER,
            "not_before: Some(earliest_created(self.requested.plus_ms(-waited_ms))),",
            "not_before: None,",
        )],
    ),
    mutant(
        "straggler-not-awaited",
        "a cancelled Create that is still under way leaves an orphan",
        &[edit(PLAN, "Found::Nothing if facts.may_still_come && !facts.deleted =>", "Found::Nothing if false =>")],
    ),
    mutant(
        "denied-list-fails-every-delete",
        "a stack whose role lacks a permission cannot be deleted, though nothing was made",
        &[edit(
            PLAN,
            "RemovalAnswer::ListRefused if facts.deleted || facts.list_optional =>",
            "RemovalAnswer::ListRefused if facts.deleted =>",
        )],
    ),
    mutant(
        "not-found-fails-a-delete",
        "a stack whose sync somebody has deleted cannot be deleted",
        &[edit(
            PLAN,
            "RemovalAnswer::NotFound => return Removal::Gone,",
            "RemovalAnswer::NotFound => return Removal::Refused,",
        )],
    ),
    mutant(
        "delete-not-awaited",
        "a Delete ends while the sync is still there, and the next Create meets it",
        &[edit(
            PLAN,
            "Found::Ours if facts.deleted => Removal::LookAfter(Wait::Fading),",
            "Found::Ours if facts.deleted => Removal::Gone,",
        )],
    ),
    mutant(
        "id-of-failed-create-given-up",
        "CloudFormation's clean-up of that id removes what the Update just made",
        &[edit(
            HANDLER,
            "Ok((if undoes_us { id.to_owned() } else { wanted.name.clone() }, applied))",
            "Ok((wanted.name.clone(), applied))",
        )],
    ),
    // Step by step.
    mutant(
        "made-twice",
        "what somebody removed during a Create is made again",
        &[edit(PLAN, "if facts.made == Made::Yes {", "if facts.made == Made::Yes && !facts.seen_made {")],
    ),
    mutant(
        "old-sync-goes-first-on-rename",
        "a rename that fails has lost the old sync meanwhile",
        &[
            edit(
                PLAN,
                "_ if facts.spare == Old::Fading => fading(facts),",
                "_ if facts.spare == Old::Fading => fading(facts),
        _ if facts.spare == Old::Stands => Step::Call(Call::Delete(Target::Spare)),",
            ),
            edit(
                HANDLER,
                "(region.clone(), Apply { spare, ..wanted.apply(claim, Start::Create) })",
                "(region.clone(), Apply { spare, ..wanted.apply(claim, Start::Look) })",
            ),
        ],
    ),
    mutant(
        "no-room-made-at-the-quota",
        "with five syncs no sync can be renamed",
        &[edit(
            PLAN,
            "Old::Stands => Step::Call(Call::Delete(Target::Spare)),",
            "Old::Stands => Step::Fail(Why::Quota),",
        )],
    ),
    mutant(
        "fading-sync-taken-for-standing",
        "a deleted sync that List still shows is deleted again or taken for another's",
        &[edit(
            PLAN,
            "Stands::Same | Stands::Updatable | Stands::Different if facts.fading => fading(facts),",
            "Stands::Same | Stands::Updatable | Stands::Different if false => fading(facts),",
        )],
    ),
    mutant(
        "bucket-policy-not-awaited",
        "a bucket and its sync in one template fail now and then",
        &[edit(PLAN, "Answer::BucketNotReady if facts.overdue =>", "Answer::BucketNotReady =>")],
    ),
    mutant(
        "failed-first-sync-succeeds",
        "a sync that cannot write is reported as made",
        &[edit(
            PLAN,
            "Health::Failed => Step::Fail(Why::FirstSyncFailed),",
            "Health::Failed => Step::Done(Done::Settled),",
        )],
    ),
    mutant(
        "nothing-put-back",
        "an Update that failed leaves no sync at all",
        &[edit(
            RECONCILE,
            "let Some(removed) = books.removed.take() else { return Err(failed) };",
            "let Some(removed) = books.removed.take().filter(|_| false) else { return Err(failed) };",
        )],
    ),
    mutant(
        "put-back-without-sharing",
        "what is put back no longer shares with the organization, and nobody sees it",
        &[edit(
            RECONCILE,
            "config: with_hidden(&listed.config, hidden), created",
            "config: listed.config.clone(), created",
        )],
    ),
    mutant(
        "half-made-type-stays",
        "after a change of type that failed, the sync of the new type stays in the way of the old one",
        &[edit(RECONCILE, "predecessor: undone.clone().filter(|_| same_name && !same_type),", "predecessor: None,")],
    ),
    mutant(
        "half-made-rename-stays",
        "after a rename at the quota that failed, the new sync stays in the place of the old one",
        &[edit(
            RECONCILE,
            "spare: undone.filter(|_| !same_name).map(|config| OldSync { name: job.name.clone(), config }),",
            "spare: None,",
        )],
    ),
    mutant(
        "half-made-sync-not-undone",
        "after a replacement whose first sync failed, the new configuration counts as another's",
        &[edit(
            RECONCILE,
            "failed_create: failed_create || undone,",
            "failed_create: failed_create || (undone && false),",
        )],
    ),
    mutant(
        "no-time-to-put-back",
        "an Update that runs out of time leaves no sync at all",
        &[edit(
            RECONCILE,
            "if self.removed.is_some() && !self.putting_back { self.forward_end } else { self.region.end }",
            "self.region.end",
        )],
    ),
    mutant(
        "hidden-sharing-not-compared",
        "an Update of DestinationDataSharing does nothing and says SUCCESS",
        &[edit(RECONCILE, "if sharing_changes && !replaced {", "if sharing_changes && false {")],
    ),
    mutant(
        "lost-reply-forgotten",
        "a Create whose reply was lost meets its own sync and is FAILED",
        &[edit(RECONCILE, "self.made = Made::Maybe;", "self.made = Made::No;")],
    ),
    // SSM.
    mutant(
        "delete-without-type",
        "a SyncFromSource is never found, and its Delete a success all the same",
        &[edit(
            SSM,
            "delete_resource_data_sync().sync_name(name).sync_type(sync_type.as_str());",
            "delete_resource_data_sync().sync_name(name);\n        let _ = sync_type;",
        )],
    ),
    mutant(
        "list-without-type",
        "a SyncFromSource is never seen",
        &[edit(
            SSM,
            ".sync_type(sync_type.as_str())\n                .set_next_token(token)",
            ".set_next_token(token)",
        )],
    ),
    mutant(
        "only-the-first-page",
        "a sync on the second page is made again, and another's there is not seen",
        &[edit(SSM, "if token.is_none() {", "if token.is_none() || true {")],
    ),
    mutant(
        "hidden-retries",
        "a Create that the SDK repeats meets its own sync, or hides that it met another's",
        &[edit(SSM, "RetryConfig::disabled()", "RetryConfig::standard()")],
    ),
    mutant(
        "conflict-fails-at-once",
        "two stacks that work on syncs at the same time fail each other",
        &[edit(
            SSM,
            "\"ResourceDataSyncConflictException\" | \"InvalidNextToken\" => Kind::Busy,",
            "\"InvalidNextToken\" => Kind::Busy,",
        )],
    ),
    mutant(
        "endless-listing-taken-for-whole",
        "a listing that goes round in circles is taken for one that does not show the sync",
        &[edit(
            SSM,
            "        Err(Rejection {\n            operation: Operation::List,",
            "        if token.is_some() {
            return Ok(listed);
        }
        Err(Rejection {
            operation: Operation::List,",
        )],
    ),
    // The invocation.
    mutant(
        "new-id-on-a-failed-update",
        "CloudFormation deletes the sync that stands, under an id that it thinks replaced",
        &[edit(HANDLER, "_ => self.envelope.physical_id.clone(),", "_ => Some(locked(&self.progress).name.clone()),")],
    ),
    mutant(
        "no-verdict-remembered",
        "an event that comes again is worked on again, and may be told otherwise",
        &[edit(HANDLER, "self.remember(key, body.clone());", "let _ = &key;")],
    ),
    mutant(
        "verdicts-told-apart-by-request-alone",
        "an event without a request id, or of another resource, gets the verdict of one before",
        &[edit(
            HANDLER,
            ".find(|(served, _)| served == key)",
            ".find(|(served, _)| served.request_id == key.request_id)",
        )],
    ),
    mutant(
        "old-requests-acted-on",
        "a Create that nobody waits for makes a sync that nobody owns",
        &[edit(HANDLER, "if received > nobody_waits {", "if received > nobody_waits && false {")],
    ),
    mutant(
        "no-reserve-for-the-answer",
        "work that takes all the time there is is never answered",
        &[edit(HANDLER, ".clamp(RESERVE_MIN, RESERVE_MAX);", ".min(Duration::ZERO);")],
    ),
    mutant(
        "service-timeout-ignored",
        "work goes on after CloudFormation has given up",
        &[edit(HANDLER, "let end = deadline.min(clock.instant(nobody_waits));", "let end = deadline;")],
    ),
    Mutant {
        name: "work-not-cut-off-as-a-whole",
        why: "work goes on after its answer",
        edits: &[edit(
            HANDLER,
            "match timeout_at(end, AssertUnwindSafe(",
            "match timeout_at(end + Duration::from_secs(86_400), AssertUnwindSafe(",
        )],
        survives: Some("each await of the work ends at the same moment by itself; this bound stands behind them all"),
    },
    mutant(
        "work-not-cut-off-by-itself",
        "work that is cut off does not say what it waited for",
        &[edit(RECONCILE, "match timeout_at(self.end(), call).await {", "match Ok::<_, ()>(call.await) {")],
    ),
    mutant(
        "panics-end-the-process",
        "an event that panics is never answered",
        &[edit(
            HANDLER,
            "AssertUnwindSafe(Box::pin(invocation.work())).catch_unwind()",
            "Box::pin(invocation.work()).map(Ok::<_, ()>)",
        )],
    ),
    mutant(
        "attributes-left-out",
        "GetAtt of an attribute that has no value fails the stack",
        &[
            edit(
                HANDLER,
                "ATTRIBUTES.iter().map(|key| (*key, String::new())).collect();",
                "ATTRIBUTES.iter().take(0).map(|key| (*key, String::new())).collect();",
            ),
            edit(
                HANDLER,
                "set(\"SyncSourceState\", main.listed.source_state.clone().unwrap_or_default());",
                "main.listed.source_state.clone().into_iter().for_each(|state| set(\"SyncSourceState\", state));",
            ),
        ],
    ),
    // The answer.
    mutant(
        "failed-without-a-reason",
        "CloudFormation takes no FAILED without a Reason and waits an hour",
        &[edit(RESPONSE, "if text.is_empty() && matches!(verdict, Verdict::Failed { .. }) {", "if false {")],
    ),
    mutant(
        "reason-counted-in-characters",
        "a long Reason makes an answer that is too long, and none is sent",
        &[edit(RESPONSE, "used += escaped_len(c.encode_utf8(&mut [0; 4]));", "used += c.len_utf8().min(1);")],
    ),
    mutant(
        "answers-of-any-length",
        "CloudFormation takes no answer of more than 4,096 bytes and waits an hour",
        &[edit(RESPONSE, "if whole.len() <= BYTES_MAX {", "if whole.len() <= BYTES_MAX * 8 {")],
    ),
    mutant(
        "pointer-cut-off",
        "a long Reason no longer says where to look further",
        &[edit(RESPONSE, "{ end } else { \"\" };", "{ \"\" } else { \"\" };")],
    ),
    mutant(
        "reason-not-redacted",
        "a Reason that quotes an event's field tells who may answer for us",
        &[edit(RESPONSE, "let reason = url.redact(&reason);", "")],
    ),
    mutant(
        "quotes-of-ssm-not-redacted",
        "the log of a failure that quotes the URL tells who may answer for us",
        &[edit(
            RECONCILE,
            "text: self.url.redact(&describe(&self.place(name), cause)) }",
            "text: describe(&self.place(name), cause) }",
        )],
    ),
    mutant(
        "decoded-secrets-not-redacted",
        "a credential that is quoted without its escapes is not recognised",
        &[edit(
            RESPONSE_URL,
            "for secret in [value.to_owned(), percent_decoded(value)] {",
            "for secret in [value.to_owned()] {",
        )],
    ),
    mutant(
        "any-host-that-ends-like-awss",
        "an event from evilamazonaws.com is answered there",
        &[edit(RESPONSE_URL, "rest.len() > 1 && rest.ends_with('.')", "!rest.is_empty()")],
    ),
    mutant(
        "plain-http-to-aws",
        "the answer and its URL travel in the clear",
        &[edit(RESPONSE_URL, "\"http\" if aws => return Err(UrlFault::NotHttps),", "\"http\" if aws => {}")],
    ),
    Mutant {
        name: "no-content-length",
        why: "S3 refuses the answer",
        edits: &[edit(CALLBACK, ".header(http::header::CONTENT_LENGTH, body.len())", "")],
        survives: Some("hyper tells the length of a body that is in memory by itself, in the stand-in as on the wire"),
    },
    mutant(
        "chunked-answer",
        "S3 refuses the answer",
        &[edit(
            CALLBACK,
            ".header(http::header::CONTENT_LENGTH, body.len())",
            ".header(http::header::TRANSFER_ENCODING, \"chunked\")",
        )],
    ),
    mutant(
        "content-type-sent",
        "S3 refuses the answer: the signature is over an empty one",
        &[edit(
            CALLBACK,
            ".header(http::header::CONNECTION, \"close\")",
            ".header(http::header::CONNECTION, \"close\").header(http::header::CONTENT_TYPE, \"application/json\")",
        )],
    ),
    mutant(
        "redirect-counts-as-told",
        "an answer that S3 sent elsewhere is lost",
        &[edit(CALLBACK, "200..=299 => Try::Told,", "200..=399 => Try::Told,")],
    ),
    mutant(
        "one-try",
        "one 503 of S3 costs the stack an hour",
        &[edit(CALLBACK, "if refusals >= REFUSALS_MAX || next >= deadline {", "if tries > 0 {")],
    ),
    // The network.
    mutant(
        "connection-of-any-age",
        "a process that was frozen asks SSM over a connection that is gone, and waits for nothing",
        &[edit(TRANSPORT, "now.since_ms(idle.since) < IDLE_MS_MAX", "now.since_ms(idle.since) < i64::MAX")],
    ),
    mutant(
        "closed-connection-fails",
        "a Create fails, or has to look again, because SSM closed an idle connection",
        &[edit(TRANSPORT, "Some(unsent) if !is_fresh =>", "Some(unsent) if !is_fresh && false =>")],
    ),
    mutant(
        "busy-connection-shared",
        "of two requests side by side one fails",
        &[edit(TRANSPORT, "idle.origin == *origin && idle.line.is_ready()", "idle.origin == *origin")],
    ),
    mutant(
        "connection-to-anywhere",
        "one Region is asked about another",
        &[edit(TRANSPORT, "idle.origin == *origin && idle.line.is_ready()", "idle.line.is_ready()")],
    ),
    mutant(
        "silent-endpoint-holds-up-the-start",
        "Lambda ends a function whose start takes ten seconds",
        &[edit(
            SSM,
            "OPEN_TIMEOUT: Duration = Duration::from_millis(200)",
            "OPEN_TIMEOUT: Duration = Duration::from_secs(60)",
        )],
    ),
    mutant(
        "silent-endpoint-holds-up-a-call",
        "an endpoint out of reach takes an attempt's whole time, and the Reason cannot say why",
        &[edit(
            TRANSPORT,
            "CONNECT_TIMEOUT: Duration = Duration::from_secs(3)",
            "CONNECT_TIMEOUT: Duration = Duration::from_secs(60)",
        )],
    ),
    mutant(
        "folder-of-authorities-ignored",
        "a function behind a proxy of its own authority reaches nobody",
        &[edit(TRUST, "if env::var_os(FOLDER).is_none()", "if true")],
    ),
    mutant(
        "unusual-authorities-ignored",
        "one comment in another encoding, and nobody is trusted",
        &[edit(TRUST, "if roots.is_empty() {", "if false {")],
    ),
    mutant(
        "half-a-certificate-is-read",
        "the end of a file that was cut off is taken for an authority",
        &[edit(TRUST, r#"*label == "END CERTIFICATE""#, "!label.is_empty()")],
    ),
    // The domain.
    mutant(
        "sharing-not-in-the-name",
        "under a made-up name a change of the sharing alone is no replacement",
        &[edit(SYNC, "field(d.sharing.as_deref());", "")],
    ),
    mutant(
        "reserved-names-wanted",
        "a template can ask for a sync of AWS's own",
        &[edit(PROPERTIES, "if sync::is_reserved(&name) {", "if sync::is_reserved(&name) && false {")],
    ),
    mutant(
        "regions-of-any-length",
        "the id of a Create that failed in many Regions is longer than CloudFormation takes",
        &[edit(PROPERTIES, "if chars > REGIONS_CHARS_MAX {", "if chars > REGIONS_CHARS_MAX * 8 {")],
    ),
    mutant(
        "unknown-keys-ignored",
        "a slip in a property's name goes unnoticed",
        &[edit(PROPERTIES, "for key in unknown {", "for key in unknown.into_iter().take(0) {")],
    ),
    mutant(
        "fates-not-told-apart",
        "the Delete of a failed Create takes one Region's fate for another's",
        &[edit(
            PHYSICAL_ID,
            "Self::ByRegion(fates) => fates.get(region).copied(),",
            "Self::ByRegion(fates) => fates.get(region).and(fates.values().next_back()).copied(),",
        )],
    ),
];
