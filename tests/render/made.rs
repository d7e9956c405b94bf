//! Reports that are made, not found: a big one, and one whose every text is hostile.

use serde_json::{Value, json};
use sextant::report::Report;

/// What an attacker may write into names, labels and messages: something for every format.
pub const HOSTILE: [&str; 15] = [
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!-- --><svg/onload=alert(1)>\"'><b>",
    "[click](javascript:alert(1)) ![x](https://evil.example/x.png) **bold** | cell | `tick` ```fence",
    "# heading\n## another\n\n- item\n<details open>",
    "=cmd|' /C calc'!A0",
    "+1+1,\"quoted\",@SUM(A1)",
    "  @everyone https://evil.example www.evil.example evil@evil.example",
    "-2+3\t=1\r\n=2",
    "\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}\u{9b}2J",
    "\u{0}\u{1}\u{8}\u{b}\u{c}\u{fffe}\u{ffff}\u{7f}\u{85}",
    "x\n::error file=a.rs,line=1::owned\n::set-output name=a::b\n##[error]owned",
    "quiet ##[add-mask]a ##vso[task.setvariable variable=x]y ##teamcity[x] and ::stop-commands::x",
    "a: &b {c: *d}\n---\nkind: Secret\n!!python/object:os.system x",
    "\u{202e}reversed\u{202c} zero\u{200b}width \u{2028}line\u{feff} \u{e0041}tag",
    "back\\slash \"quote\" new\nline} 1\n# EOF\n]]> &amp; &#x3c; %0A::error::x ${{ secrets.X }} {{ 7*7 }}",
];

/// A report of `findings` findings over `policies` policies and their namespaces.
pub fn big(findings: usize, policies: usize) -> Report {
    let severities = ["critical", "high", "medium", "low", "info"];
    let aspects = ["network", "storage", "cicd", "security", "ingress", "runtime", "registry", "observability"];
    let policy = |index: usize| {
        json!({
            "id": format!("POL-{index:03}"),
            "title": format!("Requirement {index} holds for every workload of the cluster"),
            "aspect": aspects[index % aspects.len()],
            "severity": severities[index % 5],
            "counts": {"fail": 0, "unknown": 0, "waived": 0, "pass": 40 + index, "not_applicable": 3},
            "error": null,
            "description": "Why it matters, in a sentence or two, as policies tell it to those who ask.",
            "remediation": "Set the field in the workload's template, and roll it out.",
            "links": ["https://kubernetes.io/docs/concepts/"],
            "controls": {"cis-1.11": [format!("5.{}.{}", index % 7 + 1, index)], "nist-800-53": ["AC-6"]},
        })
    };
    let finding = |index: usize| {
        let policy = index % policies;
        let (verdict, reason, waiver) = match index % 20 {
            7 | 13 => ("unknown", "coverage", Value::Null),
            11 => ("waived", "", json!("W-2026-001")),
            _ => ("fail", "", Value::Null),
        };
        let state = ["new", "unchanged", "unchanged", "regressed"][index / 7 % 4];
        json!({
            "policy": format!("POL-{policy:03}"),
            "verdict": verdict,
            "severity": severities[policy % 5],
            "aspect": aspects[policy % aspects.len()],
            "subject": {
                "group": "apps", "kind": "Deployment",
                "namespace": format!("team-{:02}", index % 47), "name": format!("service-{index}"),
            },
            "path": "spec.template.spec.containers[name=app].securityContext.privileged",
            "message": format!("container app of {index} asks for more than the rules of its namespace allow"),
            "evidence": {"privileged": true, "image": format!("registry.example/team/app:{index}")},
            "fingerprint": format!("{:032x}", (index as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)),
            "reason": reason,
            "file": if index.is_multiple_of(3) { json!(format!("deploy/app {}.yaml", index % 9)) } else { Value::Null },
            "line": if index.is_multiple_of(3) { json!(index % 200 + 1) } else { Value::Null },
            "waiver": waiver,
            "state": state,
        })
    };
    let extension = |index: usize| {
        json!({
            "id": format!("system-{index}"), "name": format!("System {index}"), "aspect": aspects[index % aspects.len()],
            "state": "installed", "health": if index.is_multiple_of(4) { "degraded" } else { "healthy" }, "version": "v1.2.3",
            "version_source": "image tag", "instances": [],
            "capabilities": {"network-policy": {"value": "yes", "evidence": "its agent runs"}},
            "evidence": [{"tier": "B", "what": format!("Deployment system-{index}/controller 1/1 runs registry.example/s:{index}")}],
        })
    };
    let mut report: Report = serde_json::from_value(json!({
        "format": 1,
        "tool": {"name": "sextant", "version": "0.1.0"},
        "snapshot": {
            "time": "2026-11-20T09:00:00Z", "source": "made",
            "cluster": {"uid": "00000005-0000-4000-8000-000000000000", "version": "v1.37.2", "context": "prod"},
        },
        "gate": {"exit_code": 5, "failed": true, "incomplete": true, "fail_on": "high"},
        "counts": {"fail": 0, "unknown": 0, "waived": 0, "pass": 0, "not_applicable": 0},
        "aspects": [],
        "policies": (0..policies).map(policy).collect::<Vec<_>>(),
        "findings": (0..findings).map(finding).collect::<Vec<_>>(),
        "extensions": (0..24).map(extension).collect::<Vec<_>>(),
        "coverage": [
            {"kind": "core/Pod", "state": "complete", "objects": 812, "reason": ""},
            {"kind": "core/Secret", "state": "forbidden", "objects": 0, "reason": "secrets is forbidden: cannot list resource"},
            {"kind": "cilium.io/CiliumNetworkPolicy", "state": "absent", "objects": 0, "reason": "not served"},
        ],
        "waivers": [{
            "id": "W-2026-001", "owner": "platform@bank.example", "approver": "security@bank.example",
            "reason": "migration to payments-v2", "ticket": "SEC-1234", "expires": "2027-01-31",
        }],
    }))
    .unwrap();
    report.settle();
    report
}

/// Every text that may come from outside says something hostile, in turn.
pub fn hostile() -> Report {
    let mut report = big(60, 5);
    let texts = || HOSTILE.iter().map(|text| (*text).to_owned()).cycle();
    let mut next = texts();
    let mut say = || next.next().unwrap();
    for finding in &mut report.findings {
        finding.message = say();
        finding.path = say();
        finding.subject.name = say();
        finding.subject.namespace = say();
        finding.subject.kind = say();
        finding.evidence = json!({say(): say(), "list": [say()]});
        finding.file = finding.file.as_ref().map(|_| say());
        say();
    }
    for extension in &mut report.extensions {
        extension["evidence"] = json!([{"tier": "B", "what": say()}]);
        extension["version"] = json!(say());
        extension["name"] = json!(say());
    }
    for coverage in &mut report.coverage {
        coverage.reason = say();
        coverage.kind = Some(say());
    }
    report.waivers[0]["reason"] = json!(say());
    report.waivers[0]["owner"] = json!(HOSTILE[0]);
    report.snapshot.cluster.context = Some(HOSTILE[0].into());
    report.snapshot.source = HOSTILE[10].into();
    report.policies[0].error = Some(say());
    report.settle();
    report
}
