//! 公开查询.

use tests::*;

async fn received(hall: &Hall, person: &Person) -> (Case, String) {
    let case = hall.received(Application::for_item(items::PROMISED).by(person), "rule-of-law").await;
    let receipt = hall.clerk("rule-of-law").reads_receipt(&case).await.ok();
    assert_eq!(receipt["number"], case.number.as_str());
    (case, receipt.text("/query_code"))
}

/// The quotas of the query by the header, beside that of every address.
fn quotas_of(answer: &Answer) -> Vec<&str> {
    let all = answer.header("ratelimit-policy").split(", ");
    all.filter(|one| one.starts_with("\"progress")).collect()
}

tests::on_both_stores! {
    /// Clause B5-5: progress and result by number and code, without an account.
    async fn anybody_with_number_and_code_sees_progress(hall: Hall) {
        let (case, code) = received(&hall, &Person::new()).await;
        let answer = hall.stranger().asks_progress(&case.number, &code).await.ok();
        assert_eq!((&answer["stage"], &answer["item"]), (&json!("under_check"), &json!("法律援助申请审查")));
        assert_eq!(answer["due"], case.at("/clocks/0/due"), "the limit of the check");
        hall.grant(&case).await;
        let answer = hall.stranger().asks_progress(&case.number, &code).await.ok();
        assert_eq!((&answer["stage"], &answer["outcome"]), (&json!("decided"), &json!("grant")));
        assert_eq!(answer["accepted_on"], json!(today()));
        assert!(answer["due"].is_string());
    }

    /// Clause B5-5: no personal data, nor anything that leads to a person.
    async fn progress_tells_nothing_of_people(hall: Hall) {
        let person = Person::new();
        let (case, code) = received(&hall, &person).await;
        hall.issue(&case).await;
        let answer = hall.stranger().asks_progress(&case.number, &code).await.ok();
        let text = answer.body.to_string();
        for secret in person.secrets().into_iter().chain([case.party(), case.id.clone(), "clerk-rule-of-law".into()]) {
            assert!(!text.contains(&secret), "{secret} in {text}");
        }
        assert!(!text.contains("reviewer") && !text.contains("approver") && !text.contains('*'), "{text}");
    }

    /// Clause B5-5: a wrong number and a wrong code are one answer.
    async fn a_wrong_number_and_a_wrong_code_are_one_answer(hall: Hall) {
        let (case, code) = received(&hall, &Person::new()).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let nowhere = format!("{}999999", &case.number[..14]);
        let mut answers = Vec::new();
        for (number, code) in [(case.number.as_str(), wrong), (nowhere.as_str(), code.as_str()), (nowhere.as_str(), wrong)] {
            let answer = hall.stranger().asks_progress(number, code).await.problem(404, "not_found");
            let mut body = answer.body.clone();
            body.as_object_mut().unwrap().remove("instance");
            let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
            headers.sort();
            answers.push((body, headers));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
        hall.stranger().asks_progress("33108", &code).await.problem(404, "not_found");
    }

    /// Clause B5-5: a wrong code costs what a wrong number costs, because nothing is looked up for either: with nothing
    /// left to look in, both are the answer that they always were.
    async fn nothing_is_looked_up_until_the_code_is_right(hall: Hall) {
        let (case, code) = received(&hall, &Person::new()).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let nowhere = format!("{}999999", &case.number[..14]);
        let gone = "ALTER TABLE cases RENAME TO gone";
        diesel::connection::SimpleConnection::batch_execute(&mut hall.outside(), gone).unwrap();
        let code = code.as_str();
        for (number, code) in [(case.number.as_str(), wrong), (nowhere.as_str(), code), (nowhere.as_str(), wrong)] {
            hall.stranger().asks_progress(number, code).await.problem(404, "not_found");
        }
        let right = json!({ "number": case.number, "query_code": code });
        let url = format!("http://{}/v1/progress", hall.address());
        let answer = hall.http().post(url).json(&right).send().await.unwrap();
        assert!(answer.status().is_server_error(), "the cases are still there: {}", answer.status());
    }

    /// Clause B5-5: who guesses is slowed down, by number and by address, and told for how long.
    async fn guessing_is_slowed_down(hall: Hall) {
        // So few a minute that none comes back while the test runs.
        hall.restarts_with(|settings| {
            settings.progress.per_minute_and_number = 1;
            settings.progress.per_minute = 4;
        })
        .await;
        let (case, code) = received(&hall, &Person::new()).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        hall.stranger().asks_progress(&case.number, wrong).await.problem(404, "not_found");
        let answer = hall.stranger().asks_progress(&case.number, &code).await.problem(429, "rate_limited");
        assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
        assert_eq!(quotas_of(&answer), ["\"progress\";q=4;w=60", "\"progress-number\";q=1;w=60"]);
        assert!(answer.header("ratelimit").contains("\"progress-number\";r=0;t="), "{answer:?}");
        let (other, code) = received(&hall, &Person::new()).await;
        hall.stranger().asks_progress(&other.number, &code).await.ok();

        let mut asked = 3;
        while hall.stranger().asks_progress(&format!("331081202601019999{asked:02}"), wrong).await.status == 404 {
            asked += 1;
            assert!(asked < 10, "one address asks for as many numbers as it likes");
        }
        assert!(asked >= 4);
        let answer = hall.stranger().asks_progress("33108120260101888888", wrong).await.problem(429, "rate_limited");
        assert!(answer.header("ratelimit").contains("\"progress\";r=0;t="), "{answer:?}");
        assert_eq!(quotas_of(&answer), ["\"progress\";q=4;w=60"], "it was not asked for the number");
    }

    /// Clause B5-5: the code is on the receipt, which is for the applicant's side and the window.
    async fn the_code_is_on_the_receipt(hall: Hall) {
        let person = Person::new();
        let (case, code) = received(&hall, &person).await;
        assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()));
        let receipt = hall.applicant_of(&case).reads_receipt(&case).await.ok();
        assert_eq!(receipt["query_code"], code.as_str());
        assert!(person.secrets().iter().all(|secret| !receipt.body.to_string().contains(secret)));
        hall.reviewer("justice").reads_receipt(&case).await.denied(403, "role_not_allowed");
        hall.manager().reads_receipt(&case).await.denied(403, "role_not_allowed");
        hall.clerk("finance").reads_receipt(&case).await.hidden();
        let (other, other_code) = received(&hall, &Person::new()).await;
        assert_ne!((case.number, code), (other.number, other_code));
    }
}
