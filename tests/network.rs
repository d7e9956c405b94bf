//! The network, from objects to verdicts: default-deny semantics kind by kind, the edge cases of
//! enforcement and selection, and the isolation facts against a naive implementation.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};
use sextant::{
    collect::{Options, fixture},
    facts::{
        isolation::{Isolator, Reach, Settings, Target},
        netpol::{Direction, Policies},
    },
    snapshot::Snapshot,
    view::Map,
};

use crate::harness::{audit, root, text};

const CLUSTER: &str = "sextant: fixture/1\ntime: 2026-11-23T09:00:00Z\nversion: v1.37.2\n";

fn options() -> Options {
    let sample = sextant::cli::SourceArgs {
        paths: vec![root().join("fixtures/clusters/empty").display().to_string()],
        sample: false,
        complete: false,
        time: None,
        secrets: sextant::snapshot::slim::Secrets::None,
    };
    sextant::command::options(&sample).unwrap()
}

fn snapshot(objects: &str) -> Snapshot {
    fixture::from_files("test", &[("cluster.yaml", CLUSTER), ("objects.yaml", objects)], &options()).unwrap()
}

/// What NET-004 and NET-005 rest on, for namespace `ns`: pass, fail or neutralised.
fn verdict(objects: &str, direction: Direction) -> &'static str {
    let snapshot = snapshot(objects);
    let policies = Policies::of(&snapshot);
    assert!(policies.malformed.is_empty(), "{:?}", policies.malformed);
    let isolator = Isolator::new(&policies, Settings::default());
    let labels = Map::new();
    let target = Target { namespace: "ns", namespace_labels: &labels, labels: None, service_account: "" };
    let isolation = isolator.isolation(&isolator.selecting(&target), direction);
    let opened = isolation.opened_by.iter().any(|by| matches!(by.reach, Reach::Everything | Reach::Family));
    match (isolation.default_deny_by.is_empty(), opened) {
        (true, _) => "fail",
        (false, true) => "neutralised",
        (false, false) => "pass",
    }
}

fn both(objects: &str) -> (&'static str, &'static str) {
    (verdict(objects, Direction::Ingress), verdict(objects, Direction::Egress))
}

fn np(name: &str, spec: &str) -> String {
    object("networking.k8s.io/v1", "NetworkPolicy", "ns", name, spec)
}

fn cnp(spec: &str) -> String {
    object("cilium.io/v2", "CiliumNetworkPolicy", "ns", "c", spec)
}

fn object(version: &str, kind: &str, namespace: &str, name: &str, spec: &str) -> String {
    let namespace = if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
    format!("---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}{namespace}}}\nspec: {spec}\n")
}

/// The fifteen default-deny fixtures of the reference, one test each.
mod default_deny {
    use super::*;

    #[test]
    fn fixture_01_no_policy_fails_both() {
        assert_eq!(both("apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n"), ("fail", "fail"));
    }

    #[test]
    fn fixture_02_an_empty_policy_without_types_denies_ingress_only() {
        assert_eq!(both(&np("a", "{podSelector: {}}")), ("pass", "fail"));
        assert_eq!(both(&np("a", "{}")), ("pass", "fail"));
    }

    #[test]
    fn fixture_03_both_types_deny_both() {
        assert_eq!(both(&np("a", "{podSelector: {}, policyTypes: [Ingress, Egress]}")), ("pass", "pass"));
    }

    #[test]
    fn fixture_04_an_open_egress_rule_without_types_is_no_egress_deny() {
        assert_eq!(both(&np("a", "{podSelector: {}, egress: [{}]}")), ("pass", "fail"));
    }

    #[test]
    fn fixture_05_an_empty_egress_list_without_types_is_ingress_only() {
        assert_eq!(both(&np("a", "{podSelector: {}, egress: []}")), ("pass", "fail"));
    }

    #[test]
    fn fixture_06_egress_type_alone_denies_egress_only() {
        assert_eq!(both(&np("a", "{podSelector: {}, policyTypes: [Egress]}")), ("fail", "pass"));
    }

    #[test]
    fn fixture_07_an_empty_ingress_rule_allows_all() {
        assert_eq!(verdict(&np("a", "{podSelector: {}, ingress: [{}]}"), Direction::Ingress), "fail");
    }

    #[test]
    fn fixture_08_an_allow_all_neutralises_a_deny() {
        let objects = np("deny", "{podSelector: {}}") + &np("open", "{podSelector: {}, ingress: [{}]}");
        assert_eq!(verdict(&objects, Direction::Ingress), "neutralised");
    }

    #[test]
    fn fixture_09_a_selector_denies_some_pods_only() {
        assert_eq!(verdict(&np("a", "{podSelector: {matchLabels: {app: x}}}"), Direction::Ingress), "fail");
    }

    #[test]
    fn fixture_10_null_rules_deny() {
        assert_eq!(
            verdict(&np("a", "{podSelector: {}, policyTypes: [Ingress], ingress: null}"), Direction::Ingress),
            "pass"
        );
    }

    #[test]
    fn fixture_11_a_block_of_all_addresses_neutralises() {
        let open = np("open", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}");
        assert_eq!(verdict(&(np("deny", "{podSelector: {}}") + &open), Direction::Ingress), "neutralised");
        let halves = np(
            "open",
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/1}}]}, {from: [{ipBlock: {cidr: 128.0.0.0/1}}]}]}",
        );
        assert_eq!(verdict(&(np("deny", "{podSelector: {}}") + &halves), Direction::Ingress), "neutralised");
    }

    #[test]
    fn fixture_12_an_empty_rule_of_cilium_is_a_default_deny() {
        assert_eq!(verdict(&cnp("{endpointSelector: {}, ingress: [{}]}"), Direction::Ingress), "pass");
    }

    #[test]
    fn fixture_13_an_empty_list_of_cilium_has_no_effect() {
        assert_eq!(both(&cnp("{endpointSelector: {}, ingress: []}")), ("fail", "fail"));
        assert_eq!(both(&cnp("{endpointSelector: {}, ingress: null}")), ("fail", "fail"));
    }

    #[test]
    fn fixture_14_enable_default_deny_false_takes_it_back() {
        let spec = "{endpointSelector: {}, ingress: [{}], enableDefaultDeny: {ingress: false}}";
        assert_eq!(verdict(&cnp(spec), Direction::Ingress), "fail");
    }

    #[test]
    fn fixture_15_egress_deny_alone_denies_by_default() {
        let spec = "{endpointSelector: {}, egressDeny: [{toEntities: [world]}]}";
        assert_eq!(both(&cnp(spec)), ("fail", "pass"));
    }
}

/// The same for the engines with tiers.
mod tiers {
    use super::*;

    const CALICO: &str = "projectcalico.org/v3";
    const ADMIN: &str = "policy.networking.k8s.io/v1alpha1";
    const ANTREA: &str = "crd.antrea.io/v1beta1";

    fn gnp(spec: &str) -> String {
        object(CALICO, "GlobalNetworkPolicy", "", "g", spec)
    }

    #[test]
    fn calico_denies_by_its_last_rule_or_by_its_tier() {
        assert_eq!(both(&gnp("{selector: all(), types: [Ingress, Egress]}")), ("pass", "pass"));
        assert_eq!(
            both(&gnp(
                "{types: [Ingress], ingress: [{action: Allow, protocol: TCP, destination: {ports: [80]}}, {action: Deny}]}"
            )),
            ("pass", "fail")
        );
        assert_eq!(both(&gnp("{egress: [{action: Deny}]}")), ("fail", "pass"));
        assert_eq!(both(&gnp("{selector: \"app == 'x'\", types: [Ingress]}")), ("fail", "fail"));
        assert_eq!(
            both(&gnp("{selector: \"projectcalico.org/namespace == 'ns'\", types: [Ingress]}")),
            ("pass", "fail")
        );
        assert_eq!(
            both(&gnp("{namespaceSelector: \"kubernetes.io/metadata.name == 'other'\", types: [Ingress]}")),
            ("fail", "fail")
        );
    }

    #[test]
    fn calico_passes_on_where_the_tier_says_so() {
        let tier = "---\napiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: soft}\nspec: {order: 100, defaultAction: Pass}\n";
        assert_eq!(both(&format!("{tier}{}", gnp("{tier: soft, types: [Ingress]}"))), ("fail", "fail"));
        let hard = tier.replace("Pass", "Deny");
        assert_eq!(both(&format!("{hard}{}", gnp("{tier: soft, types: [Ingress]}"))), ("pass", "fail"));
        assert_eq!(
            both(&format!("{hard}{}", gnp("{tier: soft, types: [Ingress], ingress: [{action: Pass}]}"))),
            ("fail", "fail")
        );
    }

    #[test]
    fn an_earlier_allow_neutralises_and_a_later_one_does_not() {
        let open = |order: u32| {
            object(
                CALICO,
                "GlobalNetworkPolicy",
                "",
                "open",
                &format!("{{order: {order}, types: [Ingress], ingress: [{{action: Allow}}]}}"),
            )
        };
        let deny = object(
            CALICO,
            "GlobalNetworkPolicy",
            "",
            "deny",
            "{order: 50, types: [Ingress], ingress: [{action: Deny}]}",
        );
        assert_eq!(verdict(&(open(10) + &deny), Direction::Ingress), "neutralised");
        assert_eq!(verdict(&(open(90) + &deny), Direction::Ingress), "pass");
        // A policy of a tenant stands at order 1000 of the default tier.
        let tenant = np("open", "{podSelector: {}, ingress: [{}]}");
        assert_eq!(verdict(&(tenant + &deny), Direction::Ingress), "pass");
    }

    #[test]
    fn staged_and_host_policies_deny_nothing() {
        let staged =
            object(CALICO, "StagedGlobalNetworkPolicy", "", "s", "{selector: all(), types: [Ingress, Egress]}");
        assert_eq!(both(&staged), ("fail", "fail"));
        let kubernetes =
            object(CALICO, "StagedKubernetesNetworkPolicy", "ns", "s", "{podSelector: {}, policyTypes: [Ingress]}");
        assert_eq!(both(&kubernetes), ("fail", "fail"));
        assert_eq!(both(&gnp("{types: [Ingress], preDNAT: true, applyOnForward: true}")), ("fail", "fail"));
    }

    #[test]
    fn the_same_policy_through_both_apis_is_one() {
        let twice = gnp("{types: [Ingress]}")
            + &object("crd.projectcalico.org/v1", "GlobalNetworkPolicy", "", "default.g", "{types: [Ingress]}");
        let snapshot = snapshot(&twice);
        assert_eq!(Policies::of(&snapshot).policies.len(), 1);
    }

    #[test]
    fn admin_policies_deny_by_a_rule_and_stand_before_tenants() {
        let subject = "subject: {namespaces: {}}";
        let deny = |kind: &str, more: &str| {
            object(
                ADMIN,
                kind,
                "",
                "x",
                &format!("{{{more}{subject}, ingress: [{{action: Deny, from: [{{namespaces: {{}}}}]}}]}}"),
            )
        };
        assert_eq!(both(&deny("AdminNetworkPolicy", "priority: 10, ")), ("pass", "fail"));
        let open = np("open", "{podSelector: {}, ingress: [{}]}");
        assert_eq!(
            verdict(&(open.clone() + &deny("AdminNetworkPolicy", "priority: 10, ")), Direction::Ingress),
            "pass"
        );
        // A baseline is not asked where a NetworkPolicy selects the pod.
        assert_eq!(verdict(&deny("BaselineAdminNetworkPolicy", ""), Direction::Ingress), "pass");
        assert_eq!(verdict(&(open + &deny("BaselineAdminNetworkPolicy", "")), Direction::Ingress), "neutralised");
        let egress = format!("{{priority: 1, {subject}, egress: [{{action: Deny, to: [{{networks: [0.0.0.0/0]}}]}}]}}");
        assert_eq!(both(&object(ADMIN, "AdminNetworkPolicy", "", "x", &egress)), ("fail", "pass"));
        let cluster = format!(
            "{{tier: Baseline, priority: 1, {subject}, ingress: [{{action: Deny, from: [{{namespaces: {{}}}}]}}]}}"
        );
        assert_eq!(
            verdict(
                &object("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", "", "x", &cluster),
                Direction::Ingress
            ),
            "pass"
        );
    }

    #[test]
    fn antrea_denies_by_a_rule_in_the_order_of_its_tiers() {
        let acnp = |tier: &str, action: &str| {
            let spec = format!(
                "{{tier: {tier}, priority: 1, appliedTo: [{{namespaceSelector: {{}}}}], ingress: [{{action: {action}}}]}}"
            );
            object(ANTREA, "ClusterNetworkPolicy", "", &format!("{tier}-{}", action.to_lowercase()), &spec)
        };
        assert_eq!(verdict(&acnp("baseline", "Drop"), Direction::Ingress), "pass");
        assert_eq!(
            verdict(&(acnp("emergency", "Allow") + &acnp("application", "Drop")), Direction::Ingress),
            "neutralised"
        );
        assert_eq!(
            verdict(&(acnp("application", "Drop") + &np("open", "{ingress: [{}]}")), Direction::Ingress),
            "pass"
        );
        assert_eq!(
            verdict(&(acnp("baseline", "Drop") + &np("open", "{ingress: [{}]}")), Direction::Ingress),
            "neutralised"
        );
        let per_rule = "{priority: 1, ingress: [{action: Drop, appliedTo: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ns}}}]}]}";
        assert_eq!(verdict(&object(ANTREA, "ClusterNetworkPolicy", "", "p", per_rule), Direction::Ingress), "pass");
    }
}

/// A cluster in a folder, audited.
struct World {
    dir: tempfile::TempDir,
}

impl World {
    fn new(cluster: &str, objects: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("cluster.yaml"), format!("{CLUSTER}{cluster}")).unwrap();
        std::fs::write(dir.path().join("objects.yaml"), objects).unwrap();
        Self { dir }
    }

    fn rules(self, rules: &str) -> Self {
        std::fs::create_dir_all(self.dir.path().join("rules")).unwrap();
        std::fs::write(self.dir.path().join("rules/network.yaml"), rules).unwrap();
        self
    }

    /// Findings of one policy, as `verdict namespace/name: message`.
    fn told(&self, id: &str) -> Vec<String> {
        let (path, rules) = (text(self.dir.path()), self.dir.path().join("rules"));
        let mut arguments = vec!["--select", id, &path];
        let rules_path = text(&rules);
        if rules.exists() {
            arguments.extend(["--rules", &rules_path]);
        }
        let (_, report) = audit(&arguments);
        let mut told: Vec<String> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| {
                let part = |value: &Value| value.as_str().unwrap().to_owned();
                format!(
                    "{} {}/{}: {}",
                    part(&f["verdict"]),
                    part(&f["subject"]["namespace"]),
                    part(&f["subject"]["name"]),
                    part(&f["message"])
                )
            })
            .collect();
        told.sort();
        told
    }
}

const NODE: &str = "---\napiVersion: v1\nkind: Node\nmetadata: {name: n1, creationTimestamp: 2026-06-01T08:00:00Z}\nstatus: {conditions: [{type: Ready, status: \"True\"}], addresses: [{type: InternalIP, address: 10.0.0.1}]}\n";

fn agent(name: &str, containers: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: {name}, namespace: kube-system}}\n\
         spec: {{selector: {{matchLabels: {{k: {name}}}}}, template: {{metadata: {{labels: {{k: {name}}}}}, spec: {{hostNetwork: true, containers: {containers}}}}}}}\n\
         status: {{desiredNumberScheduled: 1, numberReady: 1}}\n\
         ---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}-1, namespace: kube-system, labels: {{k: {name}}}, ownerReferences: [{{apiVersion: apps/v1, kind: DaemonSet, name: {name}, uid: u, controller: true}}]}}\n\
         spec: {{nodeName: n1, hostNetwork: true, containers: {containers}}}\nstatus: {{phase: Running, conditions: [{{type: Ready, status: \"True\"}}]}}\n"
    )
}

fn namespace(name: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{kubernetes.io/metadata.name: {name}}}}}\n"
    )
}

fn deployment(namespace: &str, name: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: c, image: example.com/{name}:1}}]}}}}}}\n"
    )
}

const FLANNEL: &str = "[{name: kube-flannel, image: ghcr.io/flannel-io/flannel:v0.28.9}]";
const CALICO_NODE: &str =
    "[{name: calico-node, image: quay.io/calico/node:v3.32.1, env: [{name: CALICO_NETWORKING_BACKEND, value: bird}]}]";
const DENY: &str = "{podSelector: {}, policyTypes: [Ingress, Egress]}";

#[test]
fn case_02_flannel_enforces_only_with_netpol() {
    let objects = |containers: &str| {
        NODE.to_owned() + &agent("kube-flannel-ds", containers) + &namespace("ns") + &np("deny", DENY)
    };
    let alone = World::new("", &objects(FLANNEL));
    assert_eq!(alone.told("NET-003").len(), 1);
    assert_eq!(
        alone.told("NET-004"),
        ["fail /ns: not enforced: it has a default deny, but nothing in the cluster enforces network policies"]
    );
    let with = FLANNEL.replace(
        "}]",
        "}, {name: netpol, image: registry.k8s.io/networking/kube-network-policies:v1.0.0, command: [/bin/netpol]}]",
    );
    let guarded = World::new("", &objects(&with));
    assert_eq!(guarded.told("NET-003"), Vec::<String>::new());
    assert_eq!(guarded.told("NET-004"), Vec::<String>::new());
    // Or with an enforcer of another system beside it.
    let pair = objects(FLANNEL)
        + &agent("guard", "[{name: npc, image: registry.k8s.io/networking/kube-network-policies:v1.0.0}]");
    let rules = "enforcers: {extra: [{daemonset: kube-system/guard, container_regex: kube-network-policies}]}\ndefault_deny: {ingress: required, egress: required}\n";
    assert_eq!(World::new("", &pair).rules(rules).told("NET-003,NET-004"), Vec::<String>::new());
}

#[test]
fn case_03_kube_router_without_its_firewall_enforces_nothing() {
    let with = |firewall: &str| {
        let containers = format!(
            "[{{name: kube-router, image: docker.io/cloudnativelabs/kube-router:v2.11.1, args: [--run-router=true, --run-firewall={firewall}]}}]"
        );
        World::new("", &(NODE.to_owned() + &agent("kube-router", &containers)))
    };
    assert_eq!(with("false").told("NET-003").len(), 1);
    assert_eq!(with("true").told("NET-003"), Vec::<String>::new());
}

#[test]
fn case_04_audit_mode_of_cilium_is_no_enforcement() {
    let config = |data: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: cilium-config, namespace: kube-system}}\ndata: {{{data}}}\n"
        )
    };
    let objects = |data: &str| {
        NODE.to_owned()
            + &agent("cilium", "[{name: cilium-agent, image: quay.io/cilium/cilium:v1.19.6}]")
            + &config(data)
            + &namespace("ns")
            + &np("deny", DENY)
    };
    let audited = World::new("", &objects("policy-audit-mode: \"true\""));
    assert_eq!(audited.told("NET-003"), ["fail /: network policies are audited and not enforced"]);
    assert_eq!(audited.told("NET-010"), ["fail ns/deny: the plug-in audits policies and does not enforce them"]);
    assert_eq!(World::new("", &objects("enable-policy: default")).told("NET-003,NET-010"), Vec::<String>::new());
    assert_eq!(World::new("", &objects("enable-policy: never")).told("NET-003").len(), 1);
    // Everything is isolated without a policy, and the namespace needs none.
    let always = objects("enable-policy: always")
        .replace("name: deny", "name: other")
        .replace(DENY, "{podSelector: {matchLabels: {a: b}}}");
    assert_eq!(World::new("", &always).told("NET-004,NET-005"), Vec::<String>::new());
    // What was not read is not assumed.
    let unread = objects("").replace("kind: ConfigMap", "kind: Skipped");
    let world = World::new("coverage: {core/ConfigMap: {state: forbidden, reason: no}}\n", &unread);
    assert!(world.told("NET-003")[0].starts_with("unknown /: "), "{:?}", world.told("NET-003"));
}

#[test]
fn case_05_staged_policies_alone_protect_nothing() {
    let staged = object(
        "projectcalico.org/v3",
        "StagedNetworkPolicy",
        "ns",
        "soon",
        "{selector: all(), types: [Ingress, Egress]}",
    );
    let objects =
        NODE.to_owned() + &agent("calico-node", CALICO_NODE) + &namespace("ns") + &deployment("ns", "web") + &staged;
    let world = World::new("", &objects);
    assert_eq!(world.told("NET-004"), ["fail /ns: a default deny of ingress is only staged: soon"]);
    assert_eq!(world.told("NET-006"), ["fail ns/web: only a staged policy would isolate its pods for ingress: soon"]);
    assert_eq!(
        world.told("NET-010"),
        ["fail ns/soon: it is staged, and nothing else isolates what it selects (2 subjects)"]
    );
}

#[test]
fn case_06_a_cron_job_is_judged_by_its_template() {
    let job = "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly, namespace: ns}\n\
        spec: {schedule: '0 1 * * *', jobTemplate: {spec: {template: {metadata: {labels: {app: nightly}}, spec: {containers: [{name: c, image: example.com/x:1}]}}}}}\n";
    let objects = NODE.to_owned()
        + &agent("calico-node", CALICO_NODE)
        + &namespace("ns")
        + job
        + &np("web", "{podSelector: {matchLabels: {app: web}}}");
    assert_eq!(
        World::new("", &objects).told("NET-006"),
        ["fail ns/nightly: no network policy selects its pods for ingress"]
    );
    let selected = objects.replace("{matchLabels: {app: web}}", "{matchLabels: {app: nightly}}");
    assert_eq!(World::new("", &selected).told("NET-006,NET-009"), Vec::<String>::new());
}

#[test]
fn case_07_not_in_selects_a_pod_without_the_key() {
    let policy = np("not-db", "{podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [db]}]}}");
    let objects =
        NODE.to_owned() + &agent("calico-node", CALICO_NODE) + &namespace("ns") + &deployment("ns", "web") + &policy;
    assert_eq!(World::new("", &objects).told("NET-006"), Vec::<String>::new());
}

#[test]
fn case_08_all_of_ipv6_is_everything_too() {
    let six = np("six", "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]}");
    let objects = NODE.to_owned() + &agent("calico-node", CALICO_NODE) + &namespace("ns") + &np("deny", DENY) + &six;
    let world = World::new("", &objects);
    assert_eq!(world.told("NET-008"), ["fail ns/six: a rule admits all ingress on all ports"]);
    assert_eq!(world.told("NET-004"), ["fail /ns: its default deny of ingress is undone: six opens everything"]);
}

#[test]
fn case_09_halves_of_all_addresses_reach_the_metadata_endpoint() {
    let node = NODE.replace("status: {cond", "spec: {providerID: 'aws:///eu-west-1a/i-1'}\nstatus: {cond");
    let with = |blocks: &str| {
        let rule = np("net", &format!("{{podSelector: {{}}, policyTypes: [Egress], egress: [{{to: [{blocks}]}}]}}"));
        World::new(
            "",
            &(node.clone() + &agent("calico-node", CALICO_NODE) + &namespace("ns") + &deployment("ns", "web") + &rule),
        )
    };
    let halves = with("{ipBlock: {cidr: 0.0.0.0/1}}, {ipBlock: {cidr: 128.0.0.0/1}}");
    assert_eq!(
        halves.told("NET-012"),
        [
            "fail ns/web: it may reach the metadata endpoint 100.100.100.200: its policies admit the address",
            "fail ns/web: it may reach the metadata endpoint 169.254.169.254: its policies admit the address",
        ]
    );
    assert_eq!(halves.told("NET-008").len(), 1);
    let cut = with(
        "{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16, 100.64.0.0/10, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]}}",
    );
    assert_eq!(cut.told("NET-012,NET-008"), Vec::<String>::new());
    // On bare metal there is no such endpoint.
    let bare = NODE.to_owned() + &agent("calico-node", CALICO_NODE) + &namespace("ns") + &deployment("ns", "web");
    assert_eq!(World::new("", &bare).told("NET-012"), Vec::<String>::new());
}

#[test]
fn case_10_labels_of_namespaces_that_anyone_may_set_are_not_trusted() {
    let by = |label: &str| {
        np(
            "in",
            &format!(
                "{{podSelector: {{}}, ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{{label}}}}}}}]}}]}}"
            ),
        )
    };
    let objects = |label: &str| NODE.to_owned() + &agent("calico-node", CALICO_NODE) + &namespace("ns") + &by(label);
    let rules = "extends: strict\nguardrails: []\n";
    assert_eq!(
        World::new("", &objects("team: pay")).rules(rules).told("NET-021"),
        ["fail ns/in: a rule admits namespaces by labels that are not protected: team"]
    );
    assert_eq!(
        World::new("", &objects("kubernetes.io/metadata.name: ns")).rules(rules).told("NET-021"),
        Vec::<String>::new()
    );
}

#[test]
fn case_11_a_taint_that_the_agent_does_not_tolerate_is_named() {
    let gpu = NODE
        .replace("name: n1,", "name: gpu,")
        .replace("status: {cond", "spec: {taints: [{key: gpu, value: 'yes', effect: NoSchedule}]}\nstatus: {cond");
    let world = World::new("", &(NODE.to_owned() + &gpu + &agent("calico-node", CALICO_NODE)));
    assert_eq!(
        world.told("NET-002"),
        [
            "fail /gpu: the agent of calico is not ready here: DaemonSet calico-node is not scheduled there: it lacks a toleration for gpu=yes:NoSchedule"
        ]
    );
    assert_eq!(world.told("NET-003"), ["fail /: no enforcer of network policies is ready on 1 linux nodes"]);
}

#[test]
fn case_12_a_policy_kind_that_is_served_and_forbidden_is_unknown() {
    let objects = NODE.to_owned() + &agent("calico-node", CALICO_NODE) + &namespace("ns") + &np("deny", DENY);
    let world = World::new(
        "served: [cilium.io/CiliumNetworkPolicy]\ncoverage: {cilium.io/CiliumNetworkPolicy: {state: forbidden, reason: '403'}}\n",
        &objects,
    );
    assert_eq!(world.told("NET-004"), ["unknown /ns: cannot be judged: cilium.io/CiliumNetworkPolicy forbidden (403)"]);
}

#[test]
fn under_cilium_a_block_of_all_addresses_is_the_world_outside() {
    let agent = agent("cilium", "[{name: cilium-agent, image: quay.io/cilium/cilium:v1.19.6}]");
    let config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata: {enable-policy: default}\n";
    let open =
        np("open", "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}");
    let objects = NODE.to_owned() + &agent + config + &namespace("ns") + &np("deny", DENY) + &open;
    let world = World::new("", &objects);
    assert_eq!(world.told("NET-004"), ["fail /ns: its default deny of ingress is opened to the world outside by open"]);
    assert_eq!(
        world.told("NET-008"),
        ["fail ns/open: a rule admits all ingress from outside the cluster on all ports"]
    );
}

#[test]
fn policies_of_an_engine_that_does_not_run_are_dead_letters() {
    let left = object("projectcalico.org/v3", "GlobalNetworkPolicy", "", "deny", "{types: [Ingress, Egress]}");
    let with =
        FLANNEL.replace("}]", "}, {name: netpol, image: registry.k8s.io/networking/kube-network-policies:v1.0.0}]");
    let world = World::new("", &(NODE.to_owned() + &agent("kube-flannel-ds", &with) + &namespace("ns") + &left));
    assert_eq!(
        world.told("NET-004"),
        ["fail /ns: no default deny of ingress: its policies are of an engine that does not run here: deny"]
    );
    assert_eq!(world.told("NET-010"), ["fail /deny: nothing that runs here reads this kind of policy"]);
}

#[test]
fn a_policy_that_cannot_be_read_makes_its_kind_partial() {
    let broken = np("odd", "{podSelector: [not, a, selector]}");
    let world = World::new(
        "",
        &(NODE.to_owned() + &agent("calico-node", CALICO_NODE) + &namespace("ns") + &np("deny", DENY) + &broken),
    );
    let told = world.told("NET-004");
    assert!(told[0].starts_with("unknown /ns: cannot be judged: networking.k8s.io/NetworkPolicy partial"), "{told:?}");
    // So does a selector of another language that is broken.
    let opaque =
        object("projectcalico.org/v3", "GlobalNetworkPolicy", "", "g", "{selector: \"app = 'x'\", types: [Ingress]}");
    let world = World::new("", &(NODE.to_owned() + &agent("calico-node", CALICO_NODE) + &namespace("ns") + &opaque));
    assert!(
        world.told("NET-004")[0].starts_with("unknown /ns: a policy cannot be read"),
        "{:?}",
        world.told("NET-004")
    );
}

#[test]
fn a_hidden_network_is_unknown_and_not_missing() {
    let node = NODE.replace("status: {cond", "status: {nodeInfo: {kubeletVersion: v1.33.1+k3s1}, cond");
    let world = World::new("", &(node + &namespace("ns") + &np("deny", DENY)));
    for (id, count) in [("NET-001", 1), ("NET-002", 1), ("NET-003", 1), ("NET-004", 1)] {
        let told = world.told(id);
        assert_eq!(told.len(), count, "{id}: {told:?}");
        assert!(told[0].starts_with("unknown "), "{id}: {told:?}");
    }
}

#[test]
fn encryption_is_proven_by_the_keys_of_nodes() {
    let agent = agent("cilium", "[{name: cilium-agent, image: quay.io/cilium/cilium:v1.19.6}]");
    let config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata: {enable-wireguard: \"true\"}\n";
    let rules = "encryption: {level: required, accept: [wireguard], attested: false, crypto: intl, ipv6: false, hosts: false}\n";
    let objects = NODE.to_owned() + &agent + config;
    assert_eq!(
        World::new("", &objects).rules(rules).told("NET-017"),
        ["fail /: encryption by cilium is on, but 1 nodes show no key"]
    );
    let key = "---\napiVersion: cilium.io/v2\nkind: CiliumNode\nmetadata: {name: n1, annotations: {network.cilium.io/wg-pub-key: k}}\nspec: {}\n";
    assert_eq!(World::new("", &(objects + key)).rules(rules).told("NET-017"), Vec::<String>::new());
}

/// `fires` of every check fires, `silent` is silent and judges something.
#[test]
fn every_check_has_cases_that_fire_and_that_are_silent() {
    for number in 1..=23 {
        let id = format!("NET-{number:03}");
        for (name, fires) in [("fires", true), ("silent", false)] {
            let case = root().join("fixtures/cases").join(&id).join(name);
            assert!(case.join("cluster.yaml").exists(), "{} is not there", case.display());
            let (path, rules) = (text(&case), text(&case.join("rules")));
            let mut arguments = vec!["--select", id.as_str(), &path];
            if case.join("rules").exists() {
                arguments.extend(["--rules", &rules]);
            }
            let (_, report) = audit(&arguments);
            let counts = &report["policies"][0]["counts"];
            let told = report["findings"].to_string();
            assert_eq!(counts["fail"].as_u64().unwrap() > 0, fires, "{id} {name}: {counts} {told}");
            if !fires {
                assert_eq!(counts["unknown"], 0, "{id} {name}: {told}");
                assert!(counts["pass"].as_u64().unwrap() > 0, "{id} {name} judges nothing: {counts}");
            }
        }
    }
}

/// NetworkPolicies as their API reference words them, without any index: the other implementation.
mod naive {
    use super::*;

    fn selects(selector: &Value, labels: &BTreeMap<String, String>) -> bool {
        let object = |field: &str| selector.get(field).filter(|v| !v.is_null());
        let exact = object("matchLabels").and_then(Value::as_object).is_none_or(|wanted| {
            wanted.iter().all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str())
        });
        let needs = object("matchExpressions").and_then(Value::as_array).cloned().unwrap_or_default();
        exact
            && needs.iter().all(|need| {
                let found = labels.get(need["key"].as_str().unwrap());
                let values: Vec<&str> =
                    need["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                match need["operator"].as_str().unwrap() {
                    "In" => found.is_some_and(|v| values.contains(&v.as_str())),
                    "NotIn" => !found.is_some_and(|v| values.contains(&v.as_str())),
                    "Exists" => found.is_some(),
                    "DoesNotExist" => found.is_none(),
                    other => panic!("{other}"),
                }
            })
    }

    fn is_in(spec: &Value, direction: &str) -> bool {
        match spec["policyTypes"].as_array() {
            Some(types) if !types.is_empty() => types.iter().any(|t| t == direction),
            _ => direction == "Ingress" || spec["egress"].as_array().is_some_and(|rules| !rules.is_empty()),
        }
    }

    fn rules<'v>(spec: &'v Value, direction: &str) -> Vec<&'v Value> {
        spec[direction.to_lowercase().as_str()].as_array().into_iter().flatten().collect()
    }

    fn is_open(rule: &Value, direction: &str) -> bool {
        let none = |field: &str| rule.get(field).and_then(Value::as_array).is_none_or(Vec::is_empty);
        none(if direction == "Ingress" { "from" } else { "to" }) && none("ports")
    }

    /// (isolated, opened again) of a pod.
    pub fn pod(
        policies: &[(String, Value)],
        namespace: &str,
        labels: &BTreeMap<String, String>,
        direction: &str,
    ) -> (bool, bool) {
        let selecting: Vec<&Value> = policies
            .iter()
            .filter(|(ns, spec)| ns == namespace && selects(&spec["podSelector"], labels) && is_in(spec, direction))
            .map(|(_, spec)| spec)
            .collect();
        let open = selecting.iter().any(|spec| rules(spec, direction).iter().any(|rule| is_open(rule, direction)));
        (!selecting.is_empty(), open)
    }

    /// Denied by default, strictly, and opened again by a policy of the whole namespace.
    pub fn namespace(policies: &[(String, Value)], namespace: &str, direction: &str) -> (bool, bool) {
        let whole: Vec<&Value> = policies
            .iter()
            .filter(|(ns, spec)| ns == namespace && is_everything(&spec["podSelector"]) && is_in(spec, direction))
            .map(|(_, spec)| spec)
            .collect();
        let deny = whole.iter().any(|spec| rules(spec, direction).is_empty());
        let open = whole.iter().any(|spec| rules(spec, direction).iter().any(|rule| is_open(rule, direction)));
        (deny, open)
    }

    fn is_everything(selector: &Value) -> bool {
        let labels = selector["matchLabels"].as_object().is_none_or(serde_json::Map::is_empty);
        labels && selector["matchExpressions"].as_array().is_none_or(Vec::is_empty)
    }
}

/// A small generator: the same sets in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.roll(words.len() as u64)).unwrap()]
    }

    fn labels(&mut self) -> BTreeMap<String, String> {
        (0..self.roll(4))
            .map(|_| (self.pick(&["a", "b", "c"]).to_owned(), self.pick(&["1", "2", ""]).to_owned()))
            .collect()
    }

    fn selector(&mut self) -> Value {
        match self.roll(6) {
            0 => json!({}),
            1 => json!({"matchLabels": null, "matchExpressions": []}),
            2 | 3 => json!({"matchLabels": self.labels()}),
            _ => {
                let operator = self.pick(&["In", "NotIn", "Exists", "DoesNotExist"]);
                let mut need = json!({"key": self.pick(&["a", "b", "c"]), "operator": operator});
                if operator.ends_with("In") {
                    need["values"] = json!([self.pick(&["1", "2"]), self.pick(&["2", ""])]);
                }
                json!({"matchExpressions": [need], "matchLabels": if self.roll(3) == 0 { json!(self.labels()) } else { json!({}) }})
            }
        }
    }

    fn rules(&mut self, peers: &str) -> Value {
        match self.roll(5) {
            0 => Value::Null,
            1 => json!([]),
            _ => {
                let rule = |dice: &mut Self| match dice.roll(7) {
                    0 => json!({}),
                    1 => json!({peers: [], "ports": null}),
                    2 => json!({"ports": [{"port": 80, "protocol": "TCP"}]}),
                    3 => json!({peers: [{"podSelector": dice.selector()}]}),
                    4 => json!({peers: [{"namespaceSelector": {}}], "ports": []}),
                    5 => json!({peers: [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}),
                    _ => json!({peers: [], "ports": [{"port": "web"}]}),
                };
                let many = 1 + self.roll(2);
                Value::Array((0..many).map(|_| rule(self)).collect())
            }
        }
    }

    fn policy(&mut self) -> Value {
        let mut spec = json!({});
        if self.roll(8) > 0 {
            spec["podSelector"] = self.selector();
        }
        match self.roll(6) {
            0 => spec["policyTypes"] = json!(["Ingress"]),
            1 => spec["policyTypes"] = json!(["Egress"]),
            2 => spec["policyTypes"] = json!(["Ingress", "Egress"]),
            3 => spec["policyTypes"] = json!([]),
            _ => {}
        }
        if self.roll(3) > 0 {
            spec["ingress"] = self.rules("from");
        }
        if self.roll(3) > 0 {
            spec["egress"] = self.rules("to");
        }
        spec
    }
}

#[test]
fn isolation_equals_a_naive_implementation_over_2000_random_sets() {
    let options = options();
    let mut dice = Dice(20_261_123);
    let mut compared = 0;
    for set in 0..2000 {
        let namespaces = ["x", "y", "z"];
        let many = dice.roll(7);
        let policies: Vec<(String, Value)> =
            (0..many).map(|_| (dice.pick(&namespaces).to_owned(), dice.policy())).collect();
        let many = 1 + dice.roll(6);
        let pods: Vec<(String, BTreeMap<String, String>)> =
            (0..many).map(|_| (dice.pick(&namespaces).to_owned(), dice.labels())).collect();
        let mut objects = String::new();
        for (index, (namespace, spec)) in policies.iter().enumerate() {
            write!(
                objects,
                "---\n{}\n",
                json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                    "metadata": {"name": format!("p{index}"), "namespace": namespace}, "spec": spec})
            )
            .unwrap();
        }
        objects.push_str("---\n{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"x\"}}\n");
        let snapshot =
            fixture::from_files("set", &[("cluster.yaml", CLUSTER), ("o.yaml", &objects)], &options).unwrap();
        let read = Policies::of(&snapshot);
        assert!(read.malformed.is_empty(), "set {set}: {:?}", read.malformed);
        let isolator = Isolator::new(&read, Settings::default());
        let none = Map::new();
        for (direction, word) in [(Direction::Ingress, "Ingress"), (Direction::Egress, "Egress")] {
            for (namespace, labels) in &pods {
                let target = Target { namespace, namespace_labels: &none, labels: Some(labels), service_account: "" };
                let fact = isolator.isolation(&isolator.selecting(&target), direction);
                let told = (
                    fact.isolated == "yes",
                    fact.opened_by.iter().any(|by| matches!(by.reach, Reach::Everything | Reach::Family)),
                );
                assert_eq!(
                    told,
                    naive::pod(&policies, namespace, labels, word),
                    "set {set}: {namespace} {labels:?} {word}\n{objects}"
                );
                assert_eq!(fact.neutralised, told.0 && told.1);
                compared += 1;
            }
            for namespace in namespaces {
                let target = Target { namespace, namespace_labels: &none, labels: None, service_account: "" };
                let fact = isolator.isolation(&isolator.selecting(&target), direction);
                let told = (
                    !fact.default_deny_by.is_empty(),
                    fact.opened_by.iter().any(|by| matches!(by.reach, Reach::Everything | Reach::Family)),
                );
                assert_eq!(
                    told,
                    naive::namespace(&policies, namespace, word),
                    "set {set}: {namespace} {word}\n{objects}"
                );
                compared += 1;
            }
        }
    }
    println!("{compared} answers compared");
}
