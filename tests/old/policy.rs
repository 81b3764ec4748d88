//! The policy over its whole input space: what it never does, and how often it does what.

use std::{collections::BTreeMap, fmt::Write as _};

use expect_test::expect;
use resource_data_sync::plan::{
    Answer, Call, Done, Found, Health, Made, Old, Proof, Removal, RemovalAnswer, Stands, Step, Target, ToApply,
    ToRemove, Wait, Why, is_ours, next, next_removal,
};

const BOTH: [bool; 2] = [false, true];
const STANDS: [Stands; 5] = [Stands::Unseen, Stands::Nothing, Stands::Same, Stands::Updatable, Stands::Different];
const MADE: [Made; 3] = [Made::No, Made::Maybe, Made::Yes];
const ANSWERS: [Answer; 6] =
    [Answer::Fine, Answer::NameExists, Answer::Quota, Answer::BucketNotReady, Answer::Trouble, Answer::Refused];
const OLDS: [Old; 4] = [Old::None, Old::Stands, Old::Fading, Old::Gone];
const HEALTHS: [Health; 5] = [Health::Silent, Health::InProgress, Health::Good, Health::BadState, Health::Failed];

/// Every situation that the facts can express, possible or not.
pub fn every_situation(mut visit: impl FnMut(&ToApply, Step)) -> usize {
    let mut count = 0;
    for stands in STANDS {
        for made in MADE {
            for answer in ANSWERS {
                for predecessor in OLDS {
                    for spare in OLDS {
                        for other_type in [None, Some(false), Some(true)] {
                            for health in HEALTHS {
                                for flags in 0..256_u32 {
                                    let flag = |bit: u32| flags >> bit & 1 == 1;
                                    let facts = ToApply {
                                        create_blindly: flag(0),
                                        stands,
                                        ours: flag(1),
                                        fading: flag(2),
                                        made,
                                        seen_made: flag(3),
                                        updated: flag(4),
                                        answer,
                                        predecessor,
                                        other_type,
                                        spare,
                                        health,
                                        fresh: flag(5),
                                        wait_for_first_sync: flag(6),
                                        overdue: flag(7),
                                    };
                                    visit(&facts, next(&facts));
                                    count += 1;
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    count
}

const fn call_of(step: Step) -> Option<Call> {
    match step {
        Step::Call(call) | Step::After(_, call) => Some(call),
        Step::Done(_) | Step::Fail(_) => None,
    }
}

#[test]
fn in_no_situation_is_the_policy_reckless() {
    let count = every_situation(|facts, step| {
        let stands = matches!(facts.stands, Stands::Same | Stands::Updatable | Stands::Different);
        let told = || format!("{facts:?} -> {step:?}");
        match call_of(step) {
            Some(Call::Delete(Target::Standing)) => {
                assert!(facts.ours, "what is not ours is not deleted: {}", told());
                assert!(!facts.fading, "what is deleted is not deleted again: {}", told());
                assert_eq!(facts.stands, Stands::Different, "what is good enough is not deleted: {}", told());
            }
            Some(Call::Delete(Target::Predecessor)) => {
                assert_eq!(facts.predecessor, Old::Stands, "{}", told());
                assert!(!stands || facts.ours, "the old type stays while the new one is another's: {}", told());
                assert_ne!(facts.stands, Stands::Unseen, "nothing is deleted unseen: {}", told());
            }
            Some(Call::Delete(Target::Spare)) => {
                assert_eq!(
                    (facts.answer, facts.spare),
                    (Answer::Quota, Old::Stands),
                    "only the quota costs the old sync: {}",
                    told()
                );
                assert_eq!(facts.stands, Stands::Nothing, "room is made only for what is not there: {}", told());
            }
            Some(Call::Update) => {
                assert!(facts.ours && facts.stands == Stands::Updatable && !facts.updated, "{}", told());
            }
            Some(Call::Create) => {
                assert!(
                    !stands || facts.answer == Answer::BucketNotReady,
                    "nothing is created over what stands: {}",
                    told()
                );
                assert!(
                    facts.made != Made::Yes || facts.answer == Answer::BucketNotReady,
                    "what was made is not made again: {}",
                    told()
                );
            }
            Some(Call::Look | Call::LookEverywhere) | None => {}
        }
        match step {
            Step::Done(done) => {
                assert!(facts.ours && !facts.fading, "only ours is a success: {}", told());
                assert!(
                    facts.stands == Stands::Same || (facts.stands == Stands::Updatable && facts.updated),
                    "only what is wanted is a success: {}",
                    told()
                );
                assert!(facts.predecessor != Old::Stands, "the old type is not left behind: {}", told());
                assert!(
                    !(facts.fresh && facts.health == Health::Failed),
                    "a failed first sync is no success: {}",
                    told()
                );
                if facts.fresh && facts.wait_for_first_sync {
                    assert_eq!((facts.health, done), (Health::Good, Done::Settled), "{}", told());
                }
            }
            Step::Fail(Why::Taken) => {
                let seen = stands && !facts.ours || facts.other_type == Some(true);
                assert!(seen || facts.answer == Answer::NameExists, "{}", told());
            }
            Step::After(wait, _) => {
                assert!(!facts.overdue || wait.limit_s().is_none(), "every wait ends: {}", told());
            }
            Step::Call(_) | Step::Fail(_) => {}
        }
    });
    assert_eq!(count, 5 * 3 * 6 * 4 * 4 * 3 * 5 * 256);
}

#[test]
fn the_policy_at_a_glance_is_reviewed_as_a_diff() {
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    every_situation(|_, step| *tally.entry(format!("{step:?}")).or_default() += 1);
    let mut text = String::new();
    for (step, count) in tally {
        let _ = writeln!(text, "{count:<8} {step}");
    }
    expect![[r#"
        460800   After(BucketPolicy, Create)
        17920    After(Fading, Create)
        493440   After(Fading, Look)
        1728     After(FirstStatus, Look)
        8640     After(FirstSync, Look)
        46080    After(Listing, Look)
        921600   After(Trouble, Look)
        34560    After(UpdateListing, Look)
        76800    Call(Create)
        135360   Call(Delete(Predecessor))
        15360    Call(Delete(Spare))
        138240   Call(Delete(Standing))
        522240   Call(Look)
        20480    Call(LookEverywhere)
        69120    Call(Update)
        2592     Done(Pending)
        60480    Done(Settled)
        4320     Fail(BadState)
        460800   Fail(BucketNotReady)
        8640     Fail(FirstSyncFailed)
        502080   Fail(NeverGone)
        46080    Fail(NeverListed)
        23040    Fail(Quota)
        921600   Fail(Refused)
        445440   Fail(Taken)
        92160    Fail(Vanished)
    "#]]
    .assert_eq(&text);
}

#[test]
fn the_policy_of_removal_over_its_whole_input_space() {
    let mut text = String::new();
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for known in BOTH {
        for found in [Found::Unseen, Found::Nothing, Found::Ours, Found::NotOurs] {
            for deleted in BOTH {
                for list_optional in BOTH {
                    for answer in [
                        RemovalAnswer::Fine,
                        RemovalAnswer::NotFound,
                        RemovalAnswer::Trouble,
                        RemovalAnswer::ListRefused,
                        RemovalAnswer::DeleteRefused,
                    ] {
                        for may_still_come in BOTH {
                            let facts = ToRemove { known, found, deleted, answer, list_optional, may_still_come };
                            let step = next_removal(&facts);
                            match step {
                                Removal::LookAfter(Wait::Straggler) => {
                                    assert!(found == Found::Nothing && !deleted && may_still_come);
                                }
                                Removal::Delete => {
                                    assert!(!deleted, "what SSM agreed to delete is not deleted again: {facts:?}");
                                    assert!(found == Found::Ours || (known && found == Found::Unseen), "{facts:?}");
                                }
                                Removal::LookAfter(wait) => assert!(matches!(wait, Wait::Trouble | Wait::Fading)),
                                Removal::Refused => {
                                    assert!(matches!(
                                        answer,
                                        RemovalAnswer::ListRefused | RemovalAnswer::DeleteRefused
                                    ));
                                }
                                Removal::Gone | Removal::Left | Removal::Look => {}
                            }
                            *tally.entry(format!("{step:?}")).or_default() += 1;
                        }
                    }
                }
            }
        }
    }
    for (step, count) in tally {
        let _ = writeln!(text, "{count:<5} {step}");
    }
    expect![[r#"
        12    Delete
        124   Gone
        16    Left
        12    Look
        8     LookAfter(Fading)
        4     LookAfter(Straggler)
        64    LookAfter(Trouble)
        80    Refused
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_sync_under_a_chosen_name_is_ours_only_with_proof() {
    let mut ours = Vec::new();
    for flags in 0..128_u32 {
        let flag = |bit: u32| flags >> bit & 1 == 1;
        let proof = Proof {
            name: flag(0),
            equal: flag(1),
            equality_suffices: flag(2),
            made_since_request: flag(3),
            attempt: flag(4),
            renamed_from: flag(5),
            failed_create: flag(6),
        };
        if is_ours(&proof) {
            assert!(proof.name || proof.failed_create || proof.equal, "{proof:?}");
            ours.push(flags);
        }
        let younger = Proof { made_since_request: false, ..proof };
        if !proof.name && !proof.failed_create && !proof.equality_suffices && !proof.renamed_from {
            assert!(!is_ours(&younger), "what stood before the request is another's: {proof:?}");
            assert!(!is_ours(&Proof { attempt: false, ..proof }), "without an attempt nothing can be ours: {proof:?}");
        }
    }
    assert_eq!(ours.len(), 109);
}
