//! 10,000 Ingresses: facts and policies must be linear in their number.
//!
//! Prints processor seconds for 5,000, 10,000 and 20,000 and the growth from each to the next; the doubling
//! may cost 2.3 times, which leaves room for sorting and for a busy machine.

#![allow(clippy::print_stdout, reason = "a bench prints")]

use std::{collections::BTreeSet, fmt::Write as _, time::Instant};

use sextant::{
    cli::SourceArgs,
    command,
    engine::{Engine, Limits},
    inventory::{Inventory, catalog::Catalog},
    judge::{Cut, judge},
    policy::Library,
    rules::Rules,
    snapshot::slim::Secrets,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `count` Ingresses in `count / 50` namespaces, each with its Service, endpoints and workload.
fn cluster(count: usize) -> String {
    let mut text = String::new();
    let mut put = |line: String| {
        let _ = writeln!(text, "---\n{line}");
    };
    put(r#"{"apiVersion":"networking.k8s.io/v1","kind":"IngressClass","metadata":{"name":"nginx"},"spec":{"controller":"k8s.io/ingress-nginx"}}"#.into());
    put(r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"nginx","namespace":"edge"},"spec":{"replicas":1,"template":{"metadata":{"labels":{"app":"nginx"}},"spec":{"containers":[{"name":"c","image":"registry.k8s.io/ingress-nginx/controller:v1.15.1"}]}}},"status":{"replicas":1,"readyReplicas":1}}"#.into());
    for index in 0..count {
        let namespace = index / 50;
        if index % 50 == 0 {
            put(format!(r#"{{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"ns{namespace}"}}}}"#));
        }
        let meta = |more: &str| format!(r#""metadata":{{"name":"app{index}","namespace":"ns{namespace}"{more}}}"#);
        // One in twenty shares its host with another namespace.
        let host =
            if index % 20 == 0 { format!("shared{}.example", index % 1000) } else { format!("app{index}.example") };
        put(format!(
            r#"{{"apiVersion":"networking.k8s.io/v1","kind":"Ingress",{},"spec":{{"ingressClassName":"nginx","tls":[{{"hosts":["{host}"],"secretName":"app{index}"}}],"rules":[{{"host":"{host}","http":{{"paths":[{{"path":"/","pathType":"Prefix","backend":{{"service":{{"name":"app{index}","port":{{"number":80}}}}}}}}]}}}}]}}}}"#,
            meta("")
        ));
        put(format!(
            r#"{{"apiVersion":"v1","kind":"Service",{},"spec":{{"selector":{{"app":"app{index}"}},"ports":[{{"port":80}}]}}}}"#,
            meta("")
        ));
        put(format!(
            r#"{{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice",{},"endpoints":[{{"conditions":{{"ready":true}}}}]}}"#,
            meta(&format!(r#","labels":{{"kubernetes.io/service-name":"app{index}"}}"#))
        ));
        put(format!(
            r#"{{"apiVersion":"apps/v1","kind":"Deployment",{},"spec":{{"replicas":1,"template":{{"metadata":{{"labels":{{"app":"app{index}"}}}},"spec":{{"containers":[{{"name":"c","image":"shop:1"}}]}}}}}},"status":{{"readyReplicas":1}}}}"#,
            meta("")
        ));
    }
    text
}

/// Processor seconds of this process, all threads, which other work on the machine does not stretch;
/// wall-clock seconds where the system does not tell.
fn seconds(start: Instant) -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse().ok())
        .collect();
    if ticks.len() == 2 { ticks.iter().sum::<f64>() / 100.0 } else { start.elapsed().as_secs_f64() }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let library = Library::embedded()?;
    let rules = Rules::embedded()?;
    let catalog = Catalog::embedded()?;
    let policies: Vec<_> = library.policies.iter().filter(|policy| policy.aspect == "ingress").collect();
    let epoch = Instant::now();
    let mut before: Option<(f64, f64)> = None;
    println!(
        "{:>10} {:>10} {:>10} {:>9} {:>9} {:>10}",
        "ingresses", "facts s", "policies s", "growth", "growth", "findings"
    );
    for count in [5_000, 10_000, 20_000] {
        let dir = std::env::temp_dir().join(format!("sextant-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        let path = dir.join("cluster.yaml.json");
        std::fs::write(&path, cluster(count))?;
        let arguments = SourceArgs {
            paths: vec![path.display().to_string()],
            sample: false,
            complete: true,
            time: Some("2026-11-20T09:00:00Z".into()),
            secrets: Secrets::None,
        };
        let snapshot = command::snapshot(&arguments).map_err(|_| "no snapshot")?;
        std::fs::remove_dir_all(&dir)?;
        let needed: BTreeSet<_> = policies.iter().flat_map(|policy| policy.kinds().cloned()).collect();
        let inventory = Inventory::of(&snapshot, &catalog, needed);
        let start = seconds(epoch);
        let rows: usize = ["routes", "ingress_classes", "ingress_controllers", "ingress_status", "tls_settings"]
            .iter()
            .map(|table| sextant::inventory::table(&inventory, table).len())
            .sum();
        let facts = seconds(epoch) - start;
        assert!(rows >= count, "{rows} rows of {count} Ingresses");
        let data = command::judged::engine_data(&inventory, &policies, &rules);
        let engine = Engine::new(&library, &data, Limits::default())?;
        let start = seconds(epoch);
        let judgements = judge(&inventory, &policies, &engine, Cut::default());
        let asked = seconds(epoch) - start;
        let findings: usize = judgements.iter().map(|judgement| judgement.findings.len()).sum();
        let growth =
            |now: f64, before: Option<f64>| before.map_or(String::new(), |before| format!("{:.2}", now / before));
        println!(
            "{count:>10} {facts:>10.2} {asked:>10.2} {:>9} {:>9} {findings:>10}",
            growth(facts, before.map(|b| b.0)),
            growth(asked, before.map(|b| b.1)),
        );
        before = Some((facts, asked));
    }
    Ok(())
}
