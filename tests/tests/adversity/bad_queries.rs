//! Every parameter of every query of the contract, outside its bounds and at them (issue of the spine, "Bad input").

use tests::*;

/// A value, and whether the contract allows it.
type Tried = (String, bool);

fn values(schema: &Value) -> Vec<Tried> {
    let refused = |value: &str| (value.to_owned(), false);
    let allowed = |value: String| (value, true);
    match schema["type"].as_str().unwrap() {
        "integer" => {
            let (least, most) = (schema["minimum"].as_i64().unwrap(), schema["maximum"].as_i64().unwrap());
            let outside = [least - 1, most + 1].map(|number| (number.to_string(), false));
            let inside = [least, most].map(|number| allowed(number.to_string()));
            let odd = ["", "x", "1.5", "1e2", "99999999999999999999"].map(refused);
            [outside.to_vec(), inside.to_vec(), odd.to_vec()].concat()
        }
        "boolean" => [["", "1", "TRUE", "ja"].map(refused).to_vec(), vec![allowed("true".to_owned())]].concat(),
        "string" => string(schema),
        other => panic!("no values for {other}"),
    }
}

fn string(schema: &Value) -> Vec<Tried> {
    let refused = |value: &str| (value.to_owned(), false);
    if let Some(variants) = schema["enum"].as_array() {
        let all = variants.iter().map(|value| (value.as_str().unwrap().to_owned(), true));
        return all.chain(["", "no_such_value", "GENERAL"].map(refused)).collect();
    }
    match schema["format"].as_str() {
        Some("date") => ["", "2026-02-30", "26-01-01", "2026-1-1", "明天"].map(refused).to_vec(),
        Some("uuid") => ["", "1", "01999999-0000-7000-8000-00000000000g"].map(refused).to_vec(),
        Some(other) => panic!("no values for {other}"),
        None => {
            let most = usize::try_from(schema["maxLength"].as_u64().unwrap()).unwrap();
            let too_long = if schema["pattern"].as_str().is_some_and(|it| it.contains("[0-9]{")) { "1" } else { "a" };
            let nothing = schema["minLength"].as_u64().is_some_and(|least| least > 0).then(|| refused(""));
            let unfit = schema["pattern"].is_string().then(|| refused("\u{1}"));
            let words = [Some((too_long.repeat(most + 1), false)), nothing, unfit];
            words.into_iter().flatten().collect()
        }
    }
}

fn encoded(value: &str) -> String {
    let byte =
        |byte: &u8| if byte.is_ascii_alphanumeric() { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    value.as_bytes().iter().map(byte).collect()
}

/// Whoever may ask this at all.
async fn caller(hall: &Hall, path: &str) -> Caller {
    let callers = [
        hall.manager(),
        hall.hotline(hotline::HOTLINE),
        hall.reform(),
        hall.supervisor(),
        hall.security_admin(),
        hall.system_admin(),
        hall.head("justice"),
        hall.adapter("zjzwfw"),
        hall.clerk("project"),
        hall.reviewer("justice"),
        hall.audit_admin(),
        hall.applicant(&uuid::Uuid::now_v7().to_string()),
    ];
    for caller in callers {
        if caller.get(path).await.status != 403 {
            return caller;
        }
    }
    panic!("nobody may ask {path}")
}

on_both_stores! {
    /// What is outside is a 400 that names the parameter; what stands at a bound is not.
    async fn every_parameter_keeps_its_bounds(hall: Hall) {
        let (mut tried, mut complaints) = (0, Vec::new());
        let reads = contract::operations().into_iter().filter(|operation| operation.method == reqwest::Method::GET);
        for operation in reads {
            let parameters = operation.spec["parameters"].as_array().cloned().unwrap_or_default();
            let path = operation.at(|name| match name {
                "week" => "2026-W10".to_owned(),
                "month" => "2026-03".to_owned(),
                "order" | "edition" => "1".to_owned(),
                "external_no" => "GROUND-W1".to_owned(),
                "figure" => "carried".to_owned(),
                "measure" => "urgings".to_owned(),
                "item" | "package" => "no-such-thing".to_owned(),
                _ => uuid::Uuid::now_v7().to_string(),
            });
            let of_query: Vec<_> = parameters.iter().filter(|parameter| parameter["in"] == "query").collect();
            if of_query.is_empty() {
                continue;
            }
            let caller = caller(&hall, &path).await;
            // The others that must be there are there.
            let needed = |but: &Value| {
                let others = of_query.iter().filter(|other| other["required"] == true && other["name"] != *but);
                others.map(|other| match other["schema"]["type"].as_str() {
                    Some("integer") => format!("&{}=1", other["name"].as_str().unwrap()),
                    _ => format!("&{}=2026-03-02", other["name"].as_str().unwrap()),
                }).collect::<String>()
            };
            for parameter in &of_query {
                let name = parameter["name"].as_str().unwrap();
                for (value, is_allowed) in values(&parameter["schema"]) {
                    // A page of the feed that waits for half a minute says no more than one that does not.
                    let waits = name == "wait" && is_allowed && value != "0";
                    let rest = if waits { continue } else { needed(&parameter["name"]) };
                    let asked = format!("{path}?{name}={}{rest}", encoded(&value));
                    let answer = caller.get(&asked).await;
                    let named = answer["errors"].as_array().into_iter().flatten().any(|one| one["parameter"] == name);
                    let is_refused = answer.status == 400 && (named || (name == "cursor" && answer["code"] == "invalid_cursor"));
                    if is_refused == is_allowed {
                        complaints.push(format!("{asked}: {} {}", answer.status, answer.body));
                    }
                    tried += 1;
                }
            }
        }
        assert!(complaints.is_empty(), "{} of {tried}:\n{}", complaints.len(), complaints.join("\n"));
        assert!(tried > 500, "only {tried} values");
    }
}
