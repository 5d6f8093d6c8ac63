//! 记录表、交办单和统计: the annexes and the figures.

use tests::*;

/// As the annex has them.
const HEADER: &str = "\"序号\",\"时间\",\"涉及部门\",\"基本情况\",\"受理过程\",\"处理结果\"\r\n";

/// 解释挂账
async fn carried(hall: &Hall) -> Impasse {
    let (impasse, _) = hall.graded_impasse("general").await;
    hall.manager().explains(&impasse).await.ok();
    hall.manager().proposes_carrying(&impasse, "not_allowed_by_law").await.ok();
    hall.reform().rules_on_carrying(&impasse, true, 20).await.ok();
    impasse
}

fn sum(row: &Value, figures: &[&str]) -> u64 {
    figures.iter().map(|figure| row[figure].as_u64().unwrap()).sum()
}

tests::on_both_stores! {
    /// Clauses D6-1, D12-1: a line for each, in the annex's columns, numbered through the period.
    async fn the_register_has_the_columns_of_the_annex(hall: Hall) {
        let day = hall.a_new_morning().await;
        let (closed, _) = hall.closed_out_impasse().await;
        let carried = carried(&hall).await;
        let (open, _) = hall.registered_impasse().await;
        let register = hall.manager().reads_register(day, day).await.ok();
        let rows = register.data();
        let of = |field: &str| rows.iter().map(|row| row[field].clone()).collect::<Vec<_>>();
        assert_eq!(of("sequence"), [1, 2, 3]);
        assert_eq!(of("impasse"), [closed.id.clone(), carried.id.clone(), open.id.clone()]);
        let columns: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
        assert_eq!(columns.len(), 7, "the six, and which impasse it is: {columns:?}");
        let text = |row: usize, field: &str| rows[row][field].as_str().unwrap().to_owned();
        assert!(text(0, "process").starts_with(&format!("{day}登记（兜底窗口）；{day}备案登记（331081备〔")));
        assert!(text(0, "process").ends_with(&format!("{day}申请人满意；{day}销号")), "{}", text(0, "process"));
        assert!(text(0, "result").ends_with(&format!("已解决、满意；{day}销号")));
        assert!(text(1, "result").starts_with("未销号，解释挂账（依法不能办理，已书面解释）："), "carried is not closed");
        assert_eq!(text(2, "result"), "已登记，待备案");
        assert!(text(2, "facts").starts_with("露营基地备案无处受理。"));

        let first = hall.reform().get(&format!("/v1/impasse-register?from={day}&to={day}&limit=2")).await.ok();
        let next = format!("/v1/impasse-register?from={day}&to={day}&limit=2&cursor={}", first.text("/page/next_cursor"));
        let second = hall.reform().get(&next).await.ok();
        assert_eq!((second.at("/data/0/sequence"), second.data().len()), (&json!(3), 1), "the number goes on");
        let before = day.pred_opt().unwrap();
        assert!(hall.manager().reads_register(before, before).await.ok().data().is_empty());
        hall.manager().reads_register(day, before).await.problem(400, "invalid_parameter");
        hall.manager().get(&format!("/v1/impasse-register?from={day}")).await.problem(400, "invalid_parameter");
        hall.clerk("fallback").reads_register(day, day).await.denied(403, "role_not_allowed");
    }

    /// Clauses D1-2, D2-3, D4-3, D12-1: 涉及部门 are also those that said no, passed it on or met over it, each once and by code,
    /// in the register, its export and the list alike; whoever was asked to the meeting and stayed away did not meet.
    async fn the_register_names_every_department(hall: Hall) {
        let day = hall.a_new_morning().await;
        let person = Person::new();
        let case = hall.received(Application::for_item(items::PROMISED).by(&person), "rule-of-law").await;
        let no = json!({ "asked": "露营基地备案", "case": case.id });
        let reply = hall.clerk("opening").gives_negative_reply(&person, no).await.created().text("/id");
        let impasse = hall.clerk("fallback").turns_for(&reply, &person).await.impasse();
        let (manager, reform) = (hall.manager(), hall.reform());
        manager.files(&impasse).await.ok();
        manager.triages(&impasse, "difficult").await;
        let call = json!({
            "at": hall.now(), "place": "中心三楼会议室", "agenda": [impasse.id],
            "invited": ["natural-resources", "commerce", "housing-construction"],
        });
        let meeting = reform.post("/v1/coordination-meetings").json(&call).await.created().text("/id");
        let attendance = ["natural-resources", "commerce", "housing-construction"].map(|department| {
            let presence = match department {
                "housing-construction" => json!({ "kind": "absent", "reason": "另有会议。" }),
                _ => json!({ "kind": "present", "staff": format!("department_head-{department}"), "title": "副局长" }),
            };
            json!({ "department": department, "presence": presence })
        });
        let assignment = json!({ "department": "taxation", "matter": "牵头办理备案。", "days": 10 });
        let minutes = json!({
            "text": "会议议定如下。", "attendance": attendance,
            "resolutions": [{ "impasse": impasse.id, "resolved": { "kind": "assign", "assignment": assignment } }],
        });
        reform.post(&format!("/v1/coordination-meetings/{meeting}/holding")).if_match("*").json(&minutes).await.ok();
        let passed_on = hall.reviewer("commerce").registers(&Grievance::new(&Person::new())).await.impasse();

        let rows = manager.reads_register(day, day).await.ok().data().clone();
        let whole = ["温岭市商务局", "温岭市司法局", "温岭市自然资源和规划局", "国家税务总局温岭市税务局"];
        assert_eq!(rows[0]["departments"], json!(whole));
        assert_eq!((&rows[1]["impasse"], &rows[1]["departments"]), (&json!(passed_on.id), &json!(["温岭市商务局"])));
        assert!(manager.exports_register(day, day).await.contains(&format!("\"{}\"", whole.join("、"))));
        let listed = manager.get("/v1/impasses").await.ok();
        assert_eq!(listed.at("/data/1/departments"), &json!(["commerce", "justice", "natural-resources", "taxation"]));
    }

    /// Clause D12-1: the export has exactly the annex's columns, for a spreadsheet that reads UTF-8 by its mark.
    async fn the_export_is_the_annex(hall: Hall) {
        let day = hall.a_new_morning().await;
        hall.closed_out_impasse().await;
        let answer = hall.manager().get(&format!("/v1/impasse-register.csv?from={day}&to={day}")).await.ok();
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
        assert!(answer.header("content-disposition").starts_with("attachment; filename=\"impasse-register-"));
        assert_eq!(&answer.bytes[..3], b"\xef\xbb\xbf");
        let text = String::from_utf8(answer.bytes[3..].to_vec()).unwrap();
        let line = text.strip_prefix(HEADER).unwrap();
        assert!(line.starts_with(&format!("\"1\",\"{day} ")), "{line}");
        assert!(line.ends_with(&format!("；{day}销号\"\r\n")), "{line}");
        assert_eq!(line.matches("\",\"").count(), 5, "six cells: {line}");
        let longer = format!("/v1/impasse-register.csv?from={}&to={day}", day - chrono::Days::new(31));
        hall.manager().get(&longer).await.problem(400, "invalid_parameter");
        hall.manager().get(&format!("/v1/impasse-register.csv?from={}&to={day}", day - chrono::Days::new(30))).await.ok();
    }

    /// Clause D12-1: what an applicant writes does nothing in a spreadsheet, and stays in its cell.
    async fn a_formula_is_not_exported(hall: Hall) {
        let day = hall.a_new_morning().await;
        for subject in ["=1+1", "+cmd", "-1", "@SUM(A1)", " =1"] {
            let grievance = Grievance::new(&Person::new()).with("subject", json!(subject));
            hall.clerk("fallback").registers(&grievance).await.created();
        }
        let quoting = Grievance::new(&Person::new()).with("facts", json!("他说\"不行\",\n=HYPERLINK(1)"));
        hall.clerk("fallback").registers(&quoting).await.created();
        let text = hall.manager().exports_register(day, day).await;
        for cell in ["\"'=1+1。", "\"'+cmd。", "\"'-1。", "\"'@SUM(A1)。"] {
            assert!(text.contains(cell), "{cell} in {text}");
        }
        for formula in ["\"=", "\"+", "\"-", "\"@", "\" ="] {
            assert!(!text.contains(formula), "{formula} in {text}");
        }
        assert!(text.contains("他说\"\"不行\"\",\n=HYPERLINK(1)。"), "quoted (RFC 4180), and no cell of its own: {text}");
    }

    /// Clause D13-1: an order as annex 2 has it, from the number to the applicant's own word.
    async fn an_order_has_the_fields_of_the_annex(hall: Hall) {
        let day = hall.a_new_morning().await;
        let (impasse, person) = hall.graded_impasse("general").await;
        let manager = hall.manager();
        manager.orders(&impasse, "justice", 5, false).await.ok();
        manager.reads(&impasse).await.ok();
        let sheet = manager.reads_order(&impasse, 1).await.ok();
        let label = |field: &str| sheet[field]["label"].as_str().unwrap().to_owned();
        let fields = [
            ("number", "编号"),
            ("issued_at", "交办时间"),
            ("department", "承办部门"),
            ("limit", "完成时限"),
            ("responsible", "责任人"),
            ("matter", "交办事项"),
            ("leader_signature", "主管领导(签字)"),
            ("completion", "完成情况"),
            ("responsible_signature", "责任人(签字)"),
            ("applicant_feedback", "申请人意见反馈"),
            ("applicant_signature", "申请人(签字)"),
        ];
        for (field, expected) in fields {
            assert_eq!(label(field), expected);
        }
        assert_eq!(sheet.body.as_object().unwrap().len(), fields.len() + 2, "these, and which order of which impasse");
        assert_eq!(sheet.at("/limit/value"), &json!(hall.after(day, 5)));
        assert!(!sheet.text("/department/value").is_ascii(), "by its name");
        for empty in ["responsible", "completion", "leader_signature", "applicant_feedback", "applicant_signature"] {
            assert_eq!(sheet[empty]["value"], Value::Null, "{empty}");
        }

        hall.carries_out(&impasse, 1, "justice").await;
        manager.reads(&impasse).await.ok();
        manager.answers_impasse(&impasse).await.ok();
        hall.clerk("fallback").records_word_of(&impasse, &person, true).await.ok();
        let sheet = hall.reviewer("justice").reads_order(&impasse, 1).await.ok();
        assert_eq!(sheet.text("/responsible/value"), "reviewer-justice");
        assert_eq!(sheet.text("/completion/value"), "已完成备案。");
        assert_eq!(sheet.text("/responsible_signature/value/by"), "reviewer-justice");
        assert_eq!(sheet.text("/leader_signature/value/by"), "department_head-justice");
        assert_eq!(sheet.text("/leader_signature/value/digest").len(), 64);
        let feedback = sheet.at("/applicant_feedback/value");
        assert_eq!((&feedback["responded"], &feedback["solved"], &feedback["satisfied"]), (&json!(true), &json!(true), &json!(true)));
        assert_eq!(sheet.text("/applicant_signature/value/applicant"), impasse.party());
        assert_eq!(sheet.text("/applicant_signature/value/source"), "at_the_window");
        assert_eq!(sheet.text("/applicant_signature/value/recorded_by"), "clerk-fallback");
        assert_eq!(sheet.at("/applicant_signature/value")["speaker"], Value::Null, "a person speaks for themself");
        manager.reads_order(&impasse, 2).await.hidden();
        hall.reviewer("commerce").reads_order(&impasse, 1).await.hidden();
    }

    /// Clauses D5-2, D13-1: for an enterprise the annex says who spoke and in what capacity, masked as elsewhere; solved and
    /// satisfied are two answers in it.
    async fn an_order_says_who_spoke_for_an_enterprise(hall: Hall) {
        hall.a_new_morning().await;
        let (manager, clerk, person) = (hall.manager(), hall.clerk("fallback"), Person::new());
        let impasse = clerk.registers(&Grievance::new(&Enterprise::new())).await.impasse();
        manager.files(&impasse).await.ok();
        manager.triages(&impasse, "general").await;
        manager.reads(&impasse).await.ok();
        manager.orders(&impasse, "justice", 5, false).await.ok();
        hall.carries_out(&impasse, 1, "justice").await;
        manager.reads(&impasse).await.ok();
        manager.answers_impasse(&impasse).await.ok();
        let said = json!({
            "responded": true, "solved": false, "satisfied": true, "identity": person.identity(),
            "speaker": { "name": person.name, "capacity": "agent", "mandate": "WT-7" },
        });
        clerk.reads(&impasse).await.ok();
        clerk.posts(&impasse, "satisfaction", said).await.ok();
        let sheet = hall.reviewer("justice").reads_order(&impasse, 1).await.ok();
        let feedback = sheet.at("/applicant_feedback/value");
        assert_eq!((&feedback["responded"], &feedback["solved"], &feedback["satisfied"]), (&json!(true), &json!(false), &json!(true)));
        let speaker = sheet.at("/applicant_signature/value/speaker");
        assert_eq!((&speaker["capacity"], &speaker["mandate"]), (&json!("agent"), &json!("WT-7")), "{speaker}");
        assert!(speaker["name"].as_str().unwrap().contains('*'), "{speaker}");
        let text = sheet.body.to_string();
        assert!(person.secrets().iter().all(|secret| !text.contains(secret)), "{text}");
    }

    /// Clauses D5-1, D5-2, D9-1: what came in is what went out and what is left, with what is carried in a column of its
    /// own, and each figure is a list.
    async fn the_figures_reconcile_to_lists(hall: Hall) {
        let first = hall.a_new_morning().await;
        let (old, person) = hall.answered_impasse().await;
        let (reopened, _) = hall.closed_out_impasse().await;
        let second = hall.working_days(1).await;
        hall.clerk("fallback").reads(&old).await.ok();
        hall.clerk("fallback").records_word_of(&old, &person, false).await.ok();
        hall.reform().reads(&reopened).await.ok();
        hall.reform().follows_up(&reopened, false).await.ok();
        hall.closed_out_impasse().await;
        carried(&hall).await;
        hall.registered_impasse().await;
        let (ordered, _) = hall.graded_impasse("general").await;
        hall.manager().orders(&ordered, "justice", 5, false).await.ok();
        hall.manager().raises(&ordered, "difficult").await.ok();
        hall.working_days(1).await;
        // What happens after a period changes nothing of it.
        hall.reform().reads(&old).await.ok();
        hall.manager().answers_impasse(&old).await.ok();
        hall.clerk("fallback").records_word_of(&old, &person, true).await.ok();

        let manager = hall.manager();
        let figures = manager.reads_figures(second, second).await.ok();
        let total = &figures["total"];
        let expected = [
            ("carried_over", 1), ("received", 4), ("reopened", 1), ("closed_out", 1), ("carried", 1), ("open_at_end", 4),
            ("filed", 3), ("rounds", 5), ("dissatisfied_rounds", 1), ("orders_issued", 1), ("orders_returned", 0),
            ("orders_extended", 0), ("orders_overdue", 0), ("overdue", 0), ("criticisms", 0), ("supervision_pending", 0),
        ];
        for (figure, count) in expected {
            assert_eq!(total[figure], count, "{figure}: {}", figures.body);
            let list = manager.lists_figure(figure, second, second, "").await;
            let listed: u64 = list.iter().map(|row| row["count"].as_u64().unwrap()).sum();
            assert_eq!(listed, count, "what stands behind {figure}");
        }
        let balanced = |row: &Value| {
            let came = sum(row, &["carried_over", "received", "reopened"]);
            assert_eq!(came, sum(row, &["closed_out", "carried", "open_at_end"]), "{row}");
            came
        };
        let came = balanced(total);
        for by in ["by_level", "by_category", "by_channel"] {
            let rows = figures[by].as_array().unwrap();
            assert_eq!(rows.iter().map(balanced).sum::<u64>(), came, "{by} adds up");
            let narrowed = by.strip_prefix("by_").unwrap();
            for row in rows {
                let narrowed = format!("&{narrowed}={}", row["key"].as_str().unwrap());
                let list = manager.lists_figure("received", second, second, &narrowed).await;
                assert_eq!(u64::try_from(list.len()).unwrap(), row["received"].as_u64().unwrap(), "{narrowed}");
            }
        }
        let grounds = figures["carried_by_ground"].as_array().unwrap();
        assert_eq!(sum(&grounds.iter().find(|row| row["ground"] == "not_allowed_by_law").unwrap().clone(), &["count"]), 1);
        assert_eq!(grounds.iter().map(|row| sum(row, &["count"])).sum::<u64>(), 1);
        assert_eq!(manager.lists_figure("carried", second, second, "&ground=not_allowed_by_law").await.len(), 1);
        assert!(manager.lists_figure("carried", second, second, "&ground=unreachable").await.is_empty());

        let both = manager.reads_figures(first, second).await.ok();
        assert_eq!(both["total"]["received"], 6);
        balanced(&both["total"]);
        manager.get(&format!("/v1/impasse-figures/no_such?from={first}&to={second}")).await.hidden();
        hall.clerk("fallback").reads_figures(first, second).await.denied(403, "role_not_allowed");
    }

    /// Clauses D9-1, D10-1: a bulletin is drafted from the figures, with who did well and what was taken against whom.
    async fn a_bulletin_is_drafted_from_the_figures(hall: Hall) {
        let first = hall.a_new_morning().await;
        let (closed, _) = hall.closed_out_impasse().await;
        let (late, _) = hall.graded_impasse("general").await;
        hall.manager().orders(&late, "justice", 1, false).await.ok();
        let last = hall.working_days(12).await;
        let reform = hall.reform();
        reform.reads(&late).await.ok();
        reform.supervises_order(&late, 1, "criticism", false).await.ok();
        reform.supervises_order(&late, 1, "listing", true).await.ok();

        let draft = reform.get(&format!("/v1/impasse-bulletin?from={first}&to={last}")).await.ok();
        assert_eq!(draft.at("/praised/0/number"), &closed.at("/number"));
        assert_eq!(draft["praised"].as_array().unwrap().len(), 1, "what is late is no good example");
        let censured = json!([{
            "number": late.at("/number"), "order": late.at("/orders/0/number"), "department": "温岭市司法局",
            "step": "listing", "step_label": "挂牌警示",
        }]);
        assert_eq!(draft["censured"], censured, "what was waived is not held against anybody");
        assert_eq!(draft.at("/figures/total/listings"), &json!(1));
        assert_eq!(draft.at("/figures/total/criticisms"), &json!(0));
        assert!(draft.text("/summary/3").contains("挂牌警示1次"), "{}", draft.body);
        for figure in ["listings", "orders_overdue"] {
            assert_eq!(reform.lists_figure(figure, first, last, "").await[0]["impasse"]["id"], late.id.as_str());
        }
        let before = reform.get(&format!("/v1/impasse-bulletin?from={first}&to={first}")).await.ok();
        assert_eq!(before["censured"], json!([]), "it was taken later");
        hall.clerk("fallback").get(&format!("/v1/impasse-bulletin?from={first}&to={last}")).await.denied(403, "role_not_allowed");
    }

    /// Clauses D9-1, D10-1: a step of the ladder that waits after the close-out is counted as waiting, and taken, it counts when
    /// it is taken and is in the bulletin; nothing else of what was closed out before counts again.
    async fn a_step_taken_after_the_close_out_counts(hall: Hall) {
        let first = hall.a_new_morning().await;
        let (impasse, person) = hall.graded_impasse("general").await;
        let (manager, reform) = (hall.manager(), hall.reform());
        manager.orders(&impasse, "justice", 1, false).await.ok();
        let closed = hall.working_days(8).await;
        hall.carries_out(&impasse, 1, "justice").await;
        manager.reads(&impasse).await.ok();
        manager.answers_impasse(&impasse).await.ok();
        hall.clerk("fallback").records_word_of(&impasse, &person, true).await.ok();
        let taken = hall.working_days(1).await;
        let count = async |figure: &str, from, to| {
            let total = manager.reads_figures(from, to).await.ok()["total"][figure].as_u64().unwrap();
            let list = manager.lists_figure(figure, from, to, "").await;
            assert!(list.iter().all(|row| row["impasse"]["id"] == impasse.id.as_str()), "{figure}: {list:?}");
            assert_eq!(list.iter().map(|row| row["count"].as_u64().unwrap()).sum::<u64>(), total, "{figure}");
            total
        };
        assert_eq!(count("supervision_pending", taken, taken).await, 1, "as in the list of what waits");
        reform.reads(&impasse).await.ok();
        reform.supervises_order(&impasse, 1, "criticism", true).await.ok();
        let after = hall.working_days(1).await;
        assert_eq!((count("criticisms", taken, taken).await, count("supervision_pending", taken, taken).await), (1, 0));
        assert_eq!((count("criticisms", first, closed).await, count("supervision_pending", first, closed).await), (0, 1));
        assert_eq!((count("criticisms", after, after).await, count("supervision_pending", after, after).await), (0, 0));
        assert_eq!((count("received", first, closed).await, count("closed_out", first, closed).await), (1, 1));
        let others = [
            "carried_over", "received", "reopened", "closed_out", "carried", "open_at_end", "filed", "overdue", "rounds",
            "dissatisfied_rounds", "orders_issued", "orders_returned", "orders_extended", "orders_overdue", "listings",
        ];
        for figure in others {
            assert_eq!(count(figure, taken, taken).await, 0, "{figure}");
        }
        let draft = reform.get(&format!("/v1/impasse-bulletin?from={taken}&to={taken}")).await.ok();
        assert_eq!((draft.at("/censured/0/step"), &draft["praised"]), (&json!("criticism"), &json!([])));
    }

    /// Clause D10-1: what is late at the end of a period is shown so.
    async fn what_is_late_is_counted(hall: Hall) {
        let day = hall.a_new_morning().await;
        let (impasse, _) = hall.graded_impasse("general").await;
        hall.manager().orders(&impasse, "justice", 1, false).await.ok();
        let later = hall.working_days(8).await;
        let figures = hall.manager().reads_figures(later, later).await.ok();
        assert_eq!((&figures["total"]["overdue"], &figures["total"]["orders_overdue"]), (&json!(1), &json!(1)));
        let late = hall.manager().lists_figure("orders_overdue", later, later, "").await;
        assert_eq!(late[0]["impasse"]["id"], impasse.id.as_str());
        let then = hall.manager().reads_figures(day, day).await.ok();
        assert_eq!(then["total"]["overdue"], 0, "it was not late then");
    }
}
