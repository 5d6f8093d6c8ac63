//! 岗位终止 over impasses and their orders: nobody answers for one who has left.

use diesel::connection::SimpleConnection as _;
use kernel::Role;
use tests::*;

use crate::leaving::{ends, yesterday};

/// Those of which nobody has taken what somebody left.
async fn returned(caller: &Caller) -> Vec<String> {
    let mut ids = caller.get("/v1/impasses?returned=true").await.ok().ids();
    ids.sort();
    ids
}

/// Waits until the window answers for it.
async fn is_back(hall: &Hall, impasse: &Impasse) {
    until_within(30, "it is back with its window", async || {
        hall.manager().reads(impasse).await.ok();
        (impasse.text("/responsible/kind") == "window").then_some(())
    })
    .await;
}

/// How often this is on its record.
async fn times(hall: &Hall, impasse: &Impasse, kind: &str) -> usize {
    let path = format!("/v1/impasses/{}/timeline?limit=200", impasse.id);
    let timeline = hall.manager().get(&path).await.ok().body;
    timeline.as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).count()
}

tests::on_both_stores! {
    /// Clauses B5-1, D7-1: when a posting ends, what its holder answered for in the loop is the window's again, once; those over it
    /// list it and read of it in the feed, and the next one of the hall takes it.
    async fn what_a_clerk_leaves_of_the_loop_goes_back_to_the_window(hall: Hall) {
        hall.a_new_morning().await;
        let ((one, _), (other, _)) = (hall.filed_impasse().await, hall.registered_impasse().await);
        let leaving = hall.clerk("fallback");
        assert_eq!(one.text("/responsible/code"), leaving.code());
        assert_eq!(returned(&hall.supervisor()).await, [""; 0]);
        let due = one.at("/clocks");
        ends(&hall, &leaving, yesterday(&hall)).await;
        for impasse in [&one, &other] {
            is_back(&hall, impasse).await;
            assert_eq!(impasse.text("/responsible/code"), "fallback");
            assert_eq!(times(&hall, impasse, "returned_to_unit").await, 1);
        }
        assert_eq!(one.at("/clocks"), due, "its limits run on");
        let mut both = [one.id.clone(), other.id.clone()];
        both.sort();
        for caller in [hall.supervisor(), hall.manager(), hall.reform()] {
            assert_eq!(returned(&caller).await, both);
        }
        let rest = hall.manager().get("/v1/impasses?returned=false").await.ok();
        assert_eq!(rest.ids(), [""; 0]);
        hall.applicant_in(&one).get("/v1/impasses?returned=true").await.problem(400, "invalid_parameter");
        until("those over it are told", async || {
            let path = "/v1/events?after=0&limit=100&types=cn.gov.yichuang.impasse.returned_to_unit.v1";
            (hall.manager().get(path).await.ok().data().len() == 2).then_some(())
        })
        .await;

        let manager = hall.manager();
        manager.contacts(&one, true).await.ok();
        assert_eq!((one.text("/responsible/kind").as_str(), one.text("/responsible/code").as_str()), ("staff", manager.code()));
        assert_eq!(returned(&manager).await, [other.id.as_str()]);
        hall.restarts().await;
        hall.working_days(1).await;
        assert_eq!(times(&hall, &other, "returned_to_unit").await, 1, "once, and for good");
    }

    /// Clauses D7-1, D13-1: an order that somebody left waits for its department to name another one, while its limit runs on; what
    /// is sent back to somebody who left meanwhile does so at once.
    async fn what_is_left_of_an_order_goes_back_to_its_department(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        hall.manager().orders(&impasse, "commerce", 5, false).await.ok();
        let (leaving, staying, head) = (hall.reviewer("commerce"), hall.reviewer2("commerce"), hall.head("commerce"));
        leaving.acknowledges_order(&impasse, 1, leaving.code()).await.ok();
        let due = impasse.at("/orders/0/limit/due");
        ends(&hall, &leaving, yesterday(&hall)).await;
        until_within(30, "it is with its department", async || {
            hall.manager().reads(&impasse).await.ok();
            impasse.at("/orders/0/responsible").is_null().then_some(())
        })
        .await;
        assert_eq!((impasse.text("/orders/0/state").as_str(), impasse.at("/orders/0/limit/due")), ("acknowledged", due));
        assert_eq!(impasse.text("/responsible/code"), "clerk-fallback", "who answers for the impasse is still there");
        for caller in [hall.supervisor(), hall.manager(), hall.head("commerce"), hall.reviewer2("commerce")] {
            assert_eq!(returned(&caller).await, [impasse.id.as_str()]);
        }
        assert_eq!(returned(&hall.head("justice")).await, [""; 0]);
        staying.completes_order(&impasse, 1).await.refused("not_the_responsible_person");
        head.acknowledges_order(&impasse, 1, staying.code()).await.ok();
        assert_eq!(returned(&head).await, [""; 0]);
        staying.completes_order(&impasse, 1).await.ok();
        head.signs_order(&impasse, 1).await.ok();
        ends(&hall, &staying, yesterday(&hall)).await;
        hall.manager().reads(&impasse).await.ok();
        assert_eq!(impasse.text("/orders/0/responsible"), staying.code(), "what they signed stays theirs");
        hall.manager().sends_back_order(&impasse, 1).await.ok();
        assert_eq!(impasse.at("/orders/0/responsible"), Value::Null);
        assert_eq!((times(&hall, &impasse, "order_returned_to_unit").await, returned(&head).await), (2, vec![impasse.id.clone()]));
    }

    /// Clauses D7-1, D8-1: what a follow-up takes up again does not rest on whoever left after it was closed out.
    async fn what_is_reopened_does_not_rest_on_whoever_left(hall: Hall) {
        hall.a_new_morning().await;
        let (impasse, _) = hall.closed_out_impasse().await;
        ends(&hall, &hall.clerk("fallback"), yesterday(&hall)).await;
        let reform = hall.reform();
        reform.reads(&impasse).await.ok();
        reform.follows_up(&impasse, false).await.ok();
        let now = (impasse.text("/responsible/kind"), impasse.text("/responsible/code"));
        assert_eq!(now, ("window".to_owned(), "fallback".to_owned()));
        assert_eq!(returned(&hall.manager()).await, [impasse.id.as_str()]);
    }

    /// Clauses D7-1, D8-1: whoever answers as an official keeps it when a posting ends that they had before, then and when it is
    /// taken up again.
    async fn what_an_official_answers_for_stays_theirs(hall: Hall) {
        hall.a_new_morning().await;
        let (clerk, official) = (hall.clerk("fallback"), hall.staff(Role::Manager, "clerk-fallback"));
        let first = hall.registered_impasse().await.0;
        // The contact is reminded of at once, between any two steps.
        let contacted = hall.while_duties_wait(async || {
            let theirs = hall.applicant_in(&first).registers(&Grievance::in_person()).await.impasse();
            official.contacts(&theirs, true).await.ok();
            theirs
        });
        let theirs = contacted.await;
        let (as_clerk, _) = hall.registered_impasse().await;
        assert_eq!(theirs.text("/responsible/code"), "clerk-fallback");
        ends(&hall, &clerk, yesterday(&hall)).await;
        // Those before it and after it were looked at.
        for impasse in [&first, &as_clerk] {
            is_back(&hall, impasse).await;
        }
        let manager = hall.manager();
        let is_still_theirs = async || {
            manager.reads(&theirs).await.ok();
            assert_eq!(theirs.text("/responsible/code"), "clerk-fallback");
            assert_eq!(times(&hall, &theirs, "returned_to_unit").await, 0);
        };
        is_still_theirs().await;
        manager.files(&theirs).await.ok();
        manager.triages(&theirs, "general").await;
        manager.reads(&theirs).await.ok();
        manager.answers_impasse(&theirs).await.ok();
        let applicant = hall.applicant_in(&theirs);
        applicant.says(&theirs, false).await.ok();
        assert_eq!(theirs.text("/state"), "in_handling", "another round");
        is_still_theirs().await;
    }

    /// Clauses B5-1, D7-1: an impasse that is damaged keeps neither the others with whoever left nor the posting unsettled.
    async fn a_damaged_impasse_holds_nothing_up(hall: Hall) {
        hall.a_new_morning().await;
        let ((damaged, _), (other, _)) = (hall.registered_impasse().await, hall.registered_impasse().await);
        let damage = "UPDATE impasses SET body = '{\"staff\":\"clerk-fallback\"}'";
        hall.outside().batch_execute(&format!("{damage} WHERE id = '{}'", damaged.id)).unwrap();
        ends(&hall, &hall.clerk("fallback"), yesterday(&hall)).await;
        is_back(&hall, &other).await;
        let settled = "SELECT staff AS line FROM postings WHERE settled_at IS NOT NULL";
        until_within(40, "the posting is settled", async || {
            (texts(&mut hall.outside(), settled) == ["clerk-fallback"]).then_some(())
        })
        .await;
    }
}
