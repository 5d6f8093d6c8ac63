//! 派驻: who is posted where decides who acts.

use chrono::Days;
use kernel::Role;
use tests::*;

fn at_window(staff: &str, window: &str) -> Value {
    json!({
        "staff": staff, "role": "clerk", "department": "justice", "window": window, "zone": "acceptance",
        "from": today() - Days::new(30),
    })
}

tests::on_both_stores! {
    /// Clause A2-3: only staff posted to a window act at it, from the day they are posted.
    async fn a_posting_gives_the_right_to_act(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let newcomer = hall.staff(Role::Clerk, "newcomer");
        newcomer.reads(&case).await.hidden();
        let application = Application::for_item(items::PROMISED).by(&Person::new());
        newcomer.receives(application.clone()).await.denied(403, "not_posted_here");

        let posting = hall.security_admin().post("/v1/postings").json(&at_window("newcomer", "rule-of-law")).await.created();
        assert_eq!(posting["resident"], true);
        let newcomer = newcomer.anew();
        newcomer.reads(&case).await.ok();
        newcomer.checks_scope(&case).await.ok();
        newcomer.receives(application).await.created();
        let finance = Application::for_item("finance-mortgage-registration").by(&Person::new());
        newcomer.receives(finance).await.denied(403, "not_posted_here");
    }

    /// Clause A2-3: a posting that was to last longer can end earlier, and not later again; heads are of a department.
    async fn a_posting_ends_earlier_than_planned(hall: Hall) {
        let admin = hall.security_admin();
        let mut planned = at_window("leaver", "rule-of-law");
        planned["until"] = json!(today() + Days::new(400));
        let posting = admin.post("/v1/postings").json(&planned).await.created().text("/id");
        let ends = async |days: u64| {
            let until = json!({ "until": today() + Days::new(days) });
            admin.post(&format!("/v1/postings/{posting}/end")).json(&until).await
        };
        ends(30).await.ok();
        ends(31).await.refused("posting_ended");
        ends(7).await.ok();
        let head = json!({
            "staff": "head", "role": "department_head", "department": "justice", "window": "rule-of-law", "from": today(),
        });
        admin.post("/v1/postings").json(&head).await.names_field("/window");
    }

    /// Clause A2-3: a posting that has ended gives no right any more, whatever token is held, within seconds.
    async fn a_posting_that_ended_takes_the_right_away(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let admin = hall.security_admin();
        let posting = admin.post("/v1/postings").json(&at_window("newcomer", "rule-of-law")).await.created().text("/id");
        let newcomer = hall.staff(Role::Clerk, "newcomer");
        newcomer.reads(&case).await.ok();
        let path = format!("/v1/postings/{posting}/end");
        let yesterday = json!({ "until": today() - Days::new(1) });
        admin.post(&path).json(&yesterday).await.ok();
        admin.post(&path).json(&yesterday).await.refused("posting_ended");
        newcomer.anew().reads(&case).await.hidden();
        until("the old token has lost its right", async || {
            (newcomer.reads(&case).await.status == 404).then_some(())
        })
        .await;
    }

    /// Clause A2-3: a posting to come gives no right yet, one that ends today still does.
    async fn a_posting_counts_from_its_first_to_its_last_day(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        let admin = hall.security_admin();
        let mut coming = at_window("coming", "rule-of-law");
        coming["from"] = json!(today() + Days::new(1));
        admin.post("/v1/postings").json(&coming).await.created();
        hall.staff(Role::Clerk, "coming").reads(&case).await.hidden();
        let mut going = at_window("going", "rule-of-law");
        going["until"] = json!(today());
        admin.post("/v1/postings").json(&going).await.created();
        hall.staff(Role::Clerk, "going").reads(&case).await.ok();
        let mut gone = at_window("gone", "rule-of-law");
        gone["until"] = json!(today() - Days::new(1));
        admin.post("/v1/postings").json(&gone).await.created();
        hall.staff(Role::Clerk, "gone").reads(&case).await.hidden();
    }

    /// Clause A2-3: nobody is posted twice to the same place on one day; once a posting is over, another may follow.
    async fn nobody_is_posted_twice_to_the_same_place(hall: Hall) {
        let admin = hall.security_admin();
        let posting = at_window("newcomer", "rule-of-law");
        let first = admin.post("/v1/postings").json(&posting).await.created();
        assert_eq!(first.header("location"), "", "there is nothing to read there");
        let mut again = posting.clone();
        (again["from"], again["until"], again["resident"]) = (json!(today()), json!(today()), json!(false));
        admin.post("/v1/postings").json(&posting).await.refused("posting_exists");
        admin.post("/v1/postings").json(&again).await.refused("posting_exists");
        admin.post("/v1/postings").json(&at_window("newcomer", "finance")).await.created();

        let end = format!("/v1/postings/{}/end", first.text("/id"));
        admin.post(&end).json(&json!({ "until": today() - Days::new(1) })).await.ok();
        admin.post("/v1/postings").json(&again).await.created();
        let listed = admin.get("/v1/postings?staff=newcomer").await.ok();
        assert_eq!(listed.data().len(), 3);
    }

    /// Clause A2-3: a role in the token without a posting in that role is worth nothing.
    async fn a_role_without_a_posting_is_worth_nothing(hall: Hall) {
        let case = hall.received(Application::for_item(items::PROMISED).by(&Person::new()), "rule-of-law").await;
        hall.staff(Role::Approver, "clerk-rule-of-law").reads(&case).await.hidden();
        hall.staff(Role::Clerk, "approver-justice").reads(&case).await.hidden();
        assert_eq!(hall.staff(Role::Clerk, "nobody").lists("").await.ok().data().len(), 0);
    }

    /// Clause A2-3: the register refuses what does not exist, names every fault, and only its keeper writes in it.
    async fn the_register_is_the_security_administrators(hall: Hall) {
        let admin = hall.security_admin();
        admin.post("/v1/postings").json(&at_window("x", "no-such-window")).await.names_field("/window");
        let mut odd = at_window("x", "rule-of-law");
        odd["role"] = json!("reviewer");
        admin.post("/v1/postings").json(&odd).await.names_field("/window");
        for other in [hall.manager(), hall.system_admin(), hall.audit_admin(), hall.clerk("project")] {
            let denied = other.post("/v1/postings").json(&at_window("x", "rule-of-law")).await;
            denied.denied(403, "role_not_allowed");
        }
        let listed = hall.audit_admin().get("/v1/postings?staff=clerk-project").await.ok();
        assert_eq!(listed.data().len(), 1);
        assert_eq!(listed.data()[0]["window"], "project");
        let end = format!("/v1/postings/{}/end", listed.data()[0]["id"].as_str().unwrap());
        admin.post(&end).json(&json!({ "until": "2001-01-01" })).await.names_field("/until");
    }
}
