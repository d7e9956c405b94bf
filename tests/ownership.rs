//! Who manages what: each kind of evidence, alone, void, unread and against another.

use std::collections::BTreeSet;

use serde_json::Value;
use sextant::{
    collect::{self, Options, fixture},
    inventory::{Inventory, ownership::Ownership, table},
    object::ObjectRef,
    snapshot::{
        Snapshot,
        retain::{Retain, RetainList},
        slim::Secrets,
    },
};

use crate::harness::{root, shared, text};

fn options(secrets: Secrets) -> Options {
    let list = std::fs::read_to_string(root().join("rules/catalog/retain.yaml")).unwrap();
    let list: RetainList = sextant::yaml::parse(&list).unwrap();
    Options { retain: Retain::new([&list]).unwrap(), secrets, complete: false, time: None }
}

/// A cluster of one Deployment `app/web` with this metadata, and of these other objects.
struct Cluster {
    meta: &'static str,
    others: &'static str,
    unread: &'static str,
    secrets: Secrets,
}

impl Cluster {
    fn of(meta: &'static str) -> Self {
        Self { meta, others: "", unread: "", secrets: Secrets::None }
    }

    fn with(self, others: &'static str) -> Self {
        Self { others, ..self }
    }

    fn unread(self, unread: &'static str) -> Self {
        Self { unread, ..self }
    }

    fn secrets(self) -> Self {
        Self { secrets: Secrets::Metadata, ..self }
    }

    fn told(self) -> Ownership {
        let mark = format!(
            "sextant: fixture/1\ntime: 2026-11-20T09:00:00Z\nversion: v1.37.2\nserved: [argoproj.io/Application, \
             kustomize.toolkit.fluxcd.io/Kustomization, helm.toolkit.fluxcd.io/HelmRelease, \
             operators.coreos.com/ClusterServiceVersion, ceph.rook.io/CephCluster]\n{}",
            self.unread
        );
        let object = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: app, {}}}\n---\n{}",
            self.meta, self.others
        );
        let files = [("cluster.yaml", mark.as_str()), ("objects.yaml", object.as_str())];
        let snapshot = fixture::from_files("test", &files, &options(self.secrets)).unwrap();
        ask(&snapshot)
    }
}

fn ask(snapshot: &Snapshot) -> Ownership {
    let inventory = Inventory::of(snapshot, crate::detected::catalog(), BTreeSet::new());
    inventory.ownership(&ObjectRef::new("apps", "Deployment", "app", "web"))
}

const HELM: &str = "labels: {app.kubernetes.io/managed-by: Helm}, \
    annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: app}";
const DEPLOYED: &str = "apiVersion: v1\nkind: Secret\ntype: helm.sh/release.v1\nmetadata: {name: sh.helm.release.v1.web.v3, \
    namespace: app, labels: {owner: helm, name: web, status: deployed, version: '3'}}\n---\n\
    apiVersion: v1\nkind: Secret\ntype: helm.sh/release.v1\nmetadata: {name: sh.helm.release.v1.web.v2, \
    namespace: app, labels: {owner: helm, name: web, status: superseded, version: '2'}}\n";
const TRACKED: &str = "annotations: {'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:app/web'}";
const SYNCED: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\n\
    spec: {source: {repoURL: 'https://git.bank.example/shop'}}\nstatus: {sync: {status: Synced}}\n";

#[test]
fn a_release_counts_while_it_is_deployed() {
    let told = Cluster::of(HELM).told();
    assert_eq!((told.level, told.may_be, told.manager.as_str()), (Some(2), 2, "helm"), "Secrets were not asked for");
    let told = Cluster::of(HELM).with(DEPLOYED).secrets().told();
    assert_eq!(told.level, Some(2));
    assert_eq!(told.claims[0].owner.as_ref().unwrap().name, "sh.helm.release.v1.web.v3");
    // The labels were copied, or the release is gone: nobody manages it.
    let told = Cluster::of(HELM).secrets().told();
    assert_eq!((told.level, told.manager.as_str()), (Some(0), "manual"));
    assert_eq!(told.claims[0].reason, "there is no Secret app/web");
    let failed = "apiVersion: v1\nkind: Secret\nmetadata: {name: sh.helm.release.v1.web.v1, namespace: app, labels: {owner: helm, status: failed}}\n";
    assert_eq!(Cluster::of(HELM).with(failed).secrets().told().level, Some(0));
    // Forbidden is not gone.
    let told = Cluster::of(HELM).unread("coverage: {core/Secret: {state: forbidden}}").secrets().told();
    assert_eq!((told.level, told.may_be), (None, 2));
}

#[test]
fn a_rendered_chart_that_was_applied_by_hand_is_no_release() {
    let told = Cluster::of(
        "labels: {app.kubernetes.io/managed-by: Helm}, managedFields: [{manager: kubectl, operation: Apply, \
         time: '2026-11-01T00:00:00Z', fieldsV1: {'f:spec': {}}}, {manager: kube-controller-manager, operation: Update}]",
    )
    .told();
    assert_eq!((told.level, told.manager.as_str()), (Some(0), "manual"));
    assert_eq!((told.hands.len(), told.hands[0].time.as_deref()), (1, Some("2026-11-01T00:00:00Z")));
    let told = Cluster::of("annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}'}").told();
    assert_eq!((told.level, told.reason.as_str()), (Some(0), "applied with kubectl"));
}

#[test]
fn an_application_counts_while_it_is_in_sync() {
    let told = Cluster::of(TRACKED).with(SYNCED).told();
    assert_eq!((told.level, told.manager.as_str()), (Some(4), "argo-cd"));
    assert_eq!(told.claims[0].source.as_deref(), Some("https://git.bank.example/shop"));
    let apart = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nstatus: {sync: {status: OutOfSync}}\n";
    let told = Cluster::of(TRACKED).with(apart).told();
    assert_eq!((told.level, told.may_be), (Some(0), 0));
    assert_eq!(told.claims[0].reason, "Application argocd/shop: status.sync.status is OutOfSync");
    let silent =
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec: {}\n";
    assert_eq!(Cluster::of(TRACKED).with(silent).told().level, None);
    assert_eq!(Cluster::of(TRACKED).told().level, Some(0), "the Application is gone");
    let told = Cluster::of(TRACKED).unread("coverage: {argoproj.io/Application: {state: forbidden}}").told();
    assert_eq!((told.level, told.may_be), (None, 4));
}

#[test]
fn the_label_that_everybody_writes_counts_where_an_application_answers_to_it() {
    let labelled = "labels: {app.kubernetes.io/instance: shop, app.kubernetes.io/managed-by: Helm}, \
        annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: app}";
    let told = Cluster::of(labelled).told();
    assert_eq!((told.level, told.claims.len()), (Some(2), 1), "Helm charts write it too");
    let told = Cluster::of("labels: {app.kubernetes.io/instance: shop}").with(SYNCED).told();
    assert_eq!(told.level, Some(4));
    // The key is a setting.
    let custom = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm, namespace: argocd}\n\
        data: {application.instanceLabelKey: gitops.bank.example/app}\n---\n\
        apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nstatus: {sync: {status: Synced}}\n";
    assert_eq!(Cluster::of("labels: {gitops.bank.example/app: shop}").with(custom).told().level, Some(4));
    assert_eq!(Cluster::of("labels: {app.kubernetes.io/instance: shop}").with(custom).told().level, None);
}

#[test]
fn a_suspended_kustomization_looks_away() {
    let meta = "labels: {kustomize.toolkit.fluxcd.io/name: infra, kustomize.toolkit.fluxcd.io/namespace: flux-system}";
    let ready = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: infra, namespace: flux-system}\n\
        spec: {sourceRef: {name: fleet}}\nstatus: {conditions: [{type: Ready, status: 'True'}]}\n";
    assert_eq!(Cluster::of(meta).with(ready).told().level, Some(4));
    let suspended = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: infra, namespace: flux-system}\n\
        spec: {suspend: true}\nstatus: {conditions: [{type: Ready, status: 'True'}]}\n";
    let told = Cluster::of(meta).with(suspended).told();
    assert_eq!(told.level, Some(0));
    assert_eq!(told.claims[0].reason, "Kustomization flux-system/infra is suspended");
    let elsewhere = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: infra, namespace: other}\n\
        status: {conditions: [{type: Ready, status: 'True'}]}\n";
    assert_eq!(Cluster::of(meta).with(elsewhere).told().level, Some(0), "a namesake in another namespace");
}

#[test]
fn two_managers_are_a_conflict_unless_one_drives_the_other() {
    let argo = "labels: {app.kubernetes.io/managed-by: Helm}, annotations: {meta.helm.sh/release-name: web, \
        meta.helm.sh/release-namespace: app, 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:app/web'}";
    let told = Cluster::of(argo).with(SYNCED).told();
    assert_eq!((told.level, told.conflicts), (Some(4), vec!["argo-cd and helm".to_owned()]));
    let flux = "labels: {app.kubernetes.io/managed-by: Helm, helm.toolkit.fluxcd.io/name: web, helm.toolkit.fluxcd.io/namespace: app}, \
        annotations: {meta.helm.sh/release-name: web, meta.helm.sh/release-namespace: app}";
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: app}\n\
        status: {conditions: [{type: Ready, status: 'True'}]}\n";
    let told = Cluster::of(flux).with(release).told();
    assert_eq!((told.level, told.conflicts.len()), (Some(4), 0));
}

const OWNED: &str =
    "ownerReferences: [{apiVersion: ceph.rook.io/v1, kind: CephCluster, name: main, uid: x, controller: true}]";

/// Rook's operator, ready or not, and a CephCluster with this metadata.
fn rook(ready: u8, meta: &str) -> &'static str {
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: rook-ceph-operator, namespace: app}}\n\
         spec: {{replicas: 1, template: {{spec: {{containers: [{{name: op, image: 'rook/ceph:v1.20.6'}}]}}}}}}\n\
         status: {{replicas: 1, readyReplicas: {ready}}}\n---\n\
         apiVersion: ceph.rook.io/v1\nkind: CephCluster\nmetadata: {{name: main, namespace: app, {meta}}}\n"
    );
    text.leak()
}

#[test]
fn what_an_operator_makes_is_worth_what_asked_for_it() {
    let told = Cluster::of(OWNED).with(rook(1, HELM)).told();
    assert_eq!((told.level, told.manager.as_str(), told.top.kind.as_str()), (Some(3), "operator", "CephCluster"));
    let by_hand = "managedFields: [{manager: kubectl-create, operation: Update}]";
    let told = Cluster::of(OWNED).with(rook(1, by_hand)).told();
    assert_eq!((told.level, told.may_be, told.manager.as_str()), (Some(0), 0, "manual"));
    let told = Cluster::of(OWNED).with(rook(0, HELM)).told();
    assert_eq!(told.level, Some(2), "the operator does not work");
    let synced = format!("{}---\n{SYNCED}", rook(1, TRACKED)).leak();
    assert_eq!(Cluster::of(OWNED).with(synced).told().level, Some(4));
    // The owner is gone, or was not read.
    let gone = Cluster::of(OWNED).told();
    assert_eq!(gone.level, None, "nothing on the object itself tells");
    assert_eq!(gone.claims[0].reason, "the owner is gone");
    let told = Cluster::of(OWNED).unread("coverage: {ceph.rook.io/CephCluster: {state: forbidden}}").told();
    assert_eq!((told.level, told.may_be), (None, 4));
}

#[test]
fn a_bundle_of_an_operator_manager_must_have_succeeded() {
    let meta = "labels: {olm.owner: thing.v1, olm.owner.namespace: app}";
    let csv = |phase: &str| -> &'static str {
        format!("apiVersion: operators.coreos.com/v1alpha1\nkind: ClusterServiceVersion\nmetadata: {{name: thing.v1, namespace: app}}\nstatus: {{phase: {phase}}}\n").leak()
    };
    assert_eq!(Cluster::of(meta).with(csv("Succeeded")).told().level, Some(3));
    assert_eq!(Cluster::of(meta).with(csv("Failed")).told().level, Some(0));
}

#[test]
fn what_comes_with_the_distribution() {
    let told = Cluster::of("labels: {addonmanager.kubernetes.io/mode: Reconcile}").told();
    assert_eq!((told.level, told.manager.as_str()), (Some(1), "addon-manager"));
    let told = Cluster::of("managedFields: [{manager: kubeadm, operation: Update}]").told();
    assert_eq!((told.level, told.manager.as_str()), (Some(1), "kubeadm"));
    let node = "ownerReferences: [{apiVersion: v1, kind: Node, name: n1, uid: x, controller: true}]";
    let told = Cluster::of(node).with("apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n").told();
    assert_eq!((told.level, told.manager.as_str()), (Some(1), "static-pod"));
}

#[test]
fn silence_is_unknown() {
    let told = Cluster::of("labels: {app: web}").told();
    assert_eq!((told.level, told.may_be, told.manager.as_str()), (None, 4, "unknown"));
    let told = Cluster::of("managedFields: [{manager: deployer, operation: Apply}]").told();
    assert_eq!((told.level, told.manager.as_str()), (Some(0), "other"));
    assert_eq!(told.field_managers, ["deployer"]);
    // A status that a controller wrote says nothing of who applied the object.
    let told = Cluster::of("managedFields: [{manager: kubectl-edit, operation: Update, subresource: status}]").told();
    assert_eq!(told.level, None);
}

#[test]
fn real_clusters_were_applied_by_hand() {
    let Some(data) = shared("data/clusters") else { return };
    for name in ["bank", "edge"] {
        let folder = text(&data.join(name));
        let snapshot = collect::read(&[folder], &options(Secrets::None)).unwrap();
        let inventory = Inventory::of(&snapshot, crate::detected::catalog(), BTreeSet::new());
        let rows = table(&inventory, "ownership");
        assert!(rows.len() > 8, "{name}: {}", rows.len());
        for row in rows {
            let value: Value = serde_json::from_str(&row.json).unwrap();
            // Rendered charts, applied with kubectl on the server's side: no release, whatever labels say.
            assert_eq!(value["level"], 0, "{name}: {}", row.json);
            assert_eq!(value["workloads"][0]["hands"][0]["manager"], "kubectl", "{name}: {}", row.json);
        }
    }
}
