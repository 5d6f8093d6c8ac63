//! 分布式追踪: whoever calls finds in their own trace what became of it (W3C Trace Context, OTLP).

use opentelemetry_proto::tonic::{collector::trace::v1::ExportTraceServiceRequest, trace::v1::Span};
use prost::Message as _;
use tests::*;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A case that was handed in within a trace.
async fn traced(platform: &Caller) -> Case {
    let body = Application::for_item(items::PROMISED).by(&Person::new()).via("web").body(false);
    platform.post("/v1/cases").header("traceparent", GIVEN).json(&body).await.case()
}

/// Everything that a collector was sent.
fn spans(collector: &Receiver) -> Vec<Span> {
    let batches = collector.came().into_iter().map(|came| ExportTraceServiceRequest::decode(&*came.raw).unwrap());
    let resources = batches.flat_map(|batch| batch.resource_spans);
    resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

tests::on_both_stores! {
    /// W3C Trace Context: what a caller caused is told of in the caller's trace, in the feed and to endpoints; a context
    /// that makes no sense is as good as none.
    async fn what_is_told_stays_in_the_trace_of_whoever_caused_it(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let case = traced(&platform).await;
        let told = webhook.has_told(&receiver, &[&case.id], 1).await;
        assert_eq!(told[0]["traceparent"], GIVEN);
        assert_eq!(told, webhook.feed_of(&[&case.id]).await);
        let withdrawal = platform.post(&case.path("withdrawal")).if_match(&case.etag()).header("traceparent", "00-nonsense");
        withdrawal.json(&json!({ "reason": "计划有变。" })).await.ok();
        let told = webhook.has_told(&receiver, &[&case.id], 2).await;
        assert_eq!(told[1].get("traceparent"), None);
        let came = |at: usize| receiver.came().into_iter().find(|came| came.event == told[at]).unwrap();
        assert_eq!((came(0).trace.as_str(), came(1).trace.as_str()), (GIVEN, ""));
    }

    /// W3C Trace Context §3.3: what other systems keep in the caller's trace goes on as it came, and a bad one is left out
    /// without the trace.
    async fn a_trace_state_goes_on_as_it_came(hall: Hall) {
        let (receiver, platform) = (Receiver::start().await, hall.system("zjzwfw").await);
        let webhook = platform.is_told_at(&receiver).await;
        let body = || Application::for_item(items::PROMISED).by(&Person::new()).via("web").body(false);
        let within = async |state: &str| {
            let call = platform.post("/v1/cases").header("traceparent", GIVEN).header("tracestate", state);
            call.json(&body()).await.case()
        };
        let kept = within("zj=00f067aa0ba902b7,gov@irs=a b").await;
        let twice = within("zj=1,zj=2").await;
        let long = within(&format!("zj={}", "x".repeat(510))).await;
        let alone = platform.post("/v1/cases").header("tracestate", "zj=1").json(&body()).await.case();
        for (case, trace, state) in [
            (&kept, GIVEN, "zj=00f067aa0ba902b7,gov@irs=a b"), (&twice, GIVEN, ""), (&long, GIVEN, ""), (&alone, "", ""),
        ] {
            let told = webhook.has_told(&receiver, &[&case.id], 1).await;
            let came = receiver.came().into_iter().find(|came| came.event == told[0]).unwrap();
            assert_eq!((came.trace.as_str(), came.trace_state.as_str()), (trace, state));
            assert_eq!(told[0]["tracestate"].as_str().unwrap_or_default(), state);
            assert_eq!(told, webhook.feed_of(&[&case.id]).await);
        }
    }

    /// W3C Trace Context, OTLP: a request and the letter that it caused are spans of the caller's trace, one below the
    /// other, and nothing in them says of whom or of what they are.
    async fn spans_go_to_a_collector(hall: Hall) {
        let (collector, receiver) = (Receiver::start().await, Receiver::start().await);
        hall.restarts_with(|settings| settings.traces.otlp = collector.url()).await;
        let platform = hall.system("zjzwfw").await;
        let webhook = platform.is_told_at(&receiver).await;
        let case = traced(&platform).await;
        let told = webhook.has_told(&receiver, &[&case.id], 1).await;
        platform.get("/v1/cases/none").await.hidden();
        let delivered = receiver.came().into_iter().find(|came| came.event == told[0]).unwrap();
        hall.close().await;

        let spans = spans(&collector);
        let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name} in {spans:?}"));
        let (request, letter) = (named("POST /v1/cases"), named("deliver cn.gov.yichuang.case.received.v1"));
        assert_eq!((hex(&request.trace_id), hex(&request.parent_span_id)), (TRACE.to_owned(), "b7ad6b7169203331".to_owned()));
        assert_eq!(told[0]["traceparent"], format!("00-{TRACE}-{}-01", hex(&request.span_id)));
        assert_eq!((&letter.trace_id, &letter.parent_span_id), (&request.trace_id, &request.span_id));
        assert_eq!(delivered.trace, format!("00-{TRACE}-{}-01", hex(&letter.span_id)));
        let of = |key: &str| request.attributes.iter().find(|it| it.key == key).map(|it| format!("{:?}", it.value)).unwrap();
        assert!(of("http.response.status_code").contains("201") && of("http.route").contains("/v1/cases"));
        assert!(named("GET /v1/cases/{case}").parent_span_id.is_empty(), "a trace of its own");
        let all = format!("{spans:?}");
        assert!(!all.contains(&case.id) && !all.contains("zjzwfw"), "{all}");
    }
}
