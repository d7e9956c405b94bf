//! Switches that take the check of a certificate away: of builders, of engines, of controllers.

use serde_json::Value;

use super::{Client, each, is_on, list, text};
use crate::{inventory::Inventory, object::ObjectRef};

/// Flags of builders and pushers.
const FLAGS: [&str; 10] = [
    "--insecure",
    "--insecure-registry",
    "--insecure-pull",
    "--skip-tls-verify",
    "--skip-tls-verify-pull",
    "--skip-tls-verify-registry",
    "--tls-verify=false",
    "--allow-insecure-registry",
    "--allowInsecureRegistry",
    "--src-tls-verify=false",
];

pub(super) fn of(inventory: &Inventory<'_>) -> Vec<Client> {
    let mut rows = Vec::new();
    for (r#ref, value) in each(inventory, "config.openshift.io", "Image") {
        for host in list(&value, "/spec/registrySources/insecureRegistries").filter_map(Value::as_str) {
            let row = Client::new(r#ref.clone(), "spec.registrySources.insecureRegistries", host);
            rows.push(Client { insecure: Some(true), ..row });
        }
    }
    for (r#ref, value) in each(inventory, "image.openshift.io", "ImageStream") {
        for tag in list(&value, "/spec/tags").filter(|tag| is_on(tag, "/importPolicy/insecure")) {
            let path = format!("spec.tags[name={}].importPolicy.insecure", text(tag, "/name"));
            rows.push(Client { insecure: Some(true), ..Client::new(r#ref.clone(), &path, text(tag, "/from/name")) });
        }
    }
    for registry in &inventory.registries().registries {
        for copy in registry.facts.iter().flat_map(|facts| &facts.replications) {
            let path = format!("replications[name={}]", copy.name);
            let row = Client::new(ObjectRef::new("", "Registry", "", &registry.name), &path, &copy.remote);
            let insecure = match (copy.insecure, row.insecure) {
                (_, Some(true)) => Some(true),
                (said, _) => said.or(Some(false)),
            };
            rows.push(Client { insecure, ..row });
        }
    }
    for workload in &inventory.workloads.workloads {
        for container in workload.containers() {
            let mut arguments = container.command.iter().chain(&container.args);
            let Some(flag) = arguments.find(|argument| is_insecure(argument)) else { continue };
            let path = format!("spec.containers[name={}].args", container.name);
            rows.push(insecure_by(workload.reference.clone(), &path, flag));
        }
    }
    for kind in ["Task", "ClusterTask", "StepAction"] {
        for (r#ref, value) in each(inventory, "tekton.dev", kind) {
            let steps = list(&value, "/spec/steps").chain((kind == "StepAction").then(|| value.get("spec")).flatten());
            for step in steps {
                let arguments = list(step, "/args").chain(list(step, "/command")).filter_map(Value::as_str);
                if let Some(flag) = arguments.into_iter().find(|argument| is_insecure(argument)) {
                    rows.push(insecure_by(
                        r#ref.clone(),
                        &format!("spec.steps[name={}].args", text(step, "/name")),
                        flag,
                    ));
                }
            }
        }
    }
    rows.extend(kyverno(inventory));
    rows.extend(elsewhere(inventory));
    rows
}

fn is_insecure(argument: &str) -> bool {
    let flag = argument.strip_suffix("=true").unwrap_or(argument);
    FLAGS.contains(&flag)
        || argument.starts_with("--insecure-registry=")
        || argument.starts_with("--skip-tls-verify-registry=")
        || argument.contains("registry.insecure=true")
}

fn insecure_by(r#ref: ObjectRef, path: &str, flag: &str) -> Client {
    let host = flag.split_once('=').map_or("", |(_, host)| host);
    let host = if host.contains('.') && !host.contains(',') { host } else { "" };
    Client { insecure: Some(true), ..Client::new(r#ref, path, host) }
}

/// Policies that fetch signatures or descriptions of images.
fn kyverno(inventory: &Inventory<'_>) -> Vec<Client> {
    let mut rows = Vec::new();
    let mut push = |r#ref: &ObjectRef, path: String| {
        rows.push(Client { insecure: Some(true), ..Client::new(r#ref.clone(), &path, "") });
    };
    for kind in ["ClusterPolicy", "Policy"] {
        for (r#ref, value) in each(inventory, "kyverno.io", kind) {
            for rule in list(&value, "/spec/rules") {
                let verified = list(rule, "/verifyImages");
                let asked = list(rule, "/context").filter_map(|one| one.get("imageRegistry"));
                if verified.chain(asked).any(|one| is_on(one, "/imageRegistryCredentials/allowInsecureRegistry")) {
                    push(&r#ref, format!("spec.rules[name={}]", text(rule, "/name")));
                }
            }
        }
    }
    for (r#ref, value) in each(inventory, "policies.kyverno.io", "ImageValidatingPolicy") {
        if is_on(&value, "/spec/credentials/allowInsecureRegistry") {
            push(&r#ref, "spec.credentials.allowInsecureRegistry".into());
        }
    }
    rows
}

/// What is set where a snapshot does not look: Argo CD's repositories, which are Secrets, and the
/// runtime of the nodes.
fn elsewhere(inventory: &Inventory<'_>) -> Vec<Client> {
    let mut rows = Vec::new();
    for object in inventory.snapshot.of("", "Secret") {
        if !object.json.contains("argocd.argoproj.io/secret-type") {
            continue;
        }
        let Ok(value) = object.parse::<Value>() else { continue };
        let kind = value.pointer("/metadata/labels/argocd.argoproj.io~1secret-type").and_then(Value::as_str);
        if matches!(kind, Some("repository" | "repo-creds")) {
            rows.push(Client { insecure: None, ..Client::new(object.reference(), "data.insecure", "") });
        }
    }
    rows.push(Client { insecure: None, ..Client::new(ObjectRef::cluster(), "nodes", "") });
    rows
}
