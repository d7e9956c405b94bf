//! Tier A string by string: what each name of a system's file matched. The detector itself asks by
//! what is there ([`Seen::of_system`]); `tests/explain.rs` holds that both say the same.

use super::evidence::{Hook, Seen, named};
use crate::{inventory::catalog::System, object::Kind};

/// One name of tier A in a system's file.
pub(super) struct Name {
    /// What it is a name of.
    pub kind: &'static str,
    /// As the file writes it.
    pub string: String,
    /// The kinds that would bear it.
    pub reads: Vec<Kind>,
    /// What bears it.
    pub objects: Vec<String>,
}

impl Seen<'_> {
    /// Every name of tier A in a system's file with what bears it: what [`Self::of_system`] finds,
    /// string by string.
    pub(super) fn names(&self, index: usize, system: &System) -> Vec<Name> {
        let identity = &system.identity;
        let mut names: Vec<Name> = Vec::new();
        let mut say = |kind: &'static str, string: &str, reads: [(&str, &str); 1], objects: Vec<String>| {
            let reads = reads.iter().map(|(group, kind)| Kind::new(group, kind)).collect();
            names.push(Name { kind, string: string.to_owned(), reads, objects });
        };
        let crd = [("apiextensions.k8s.io", "CustomResourceDefinition")];
        for group in &identity.crd_groups {
            let count = self.crd_groups.get(group).map(|count| format!("CRD group {group} ({count})"));
            say("crd", group, crd, count.into_iter().collect());
        }
        for name in &identity.crds {
            let own = self.crds.contains_key(name).then(|| format!("CRD {name}"));
            say("crd", name, crd, own.into_iter().collect());
        }
        for pattern in &identity.csi_drivers {
            let own = self.drivers.iter().filter(|driver| named(pattern, driver));
            let objects = own.map(|driver| format!("CSIDriver {driver}")).collect();
            say("csi-driver", pattern, [("storage.k8s.io", "CSIDriver")], objects);
        }
        let classes = [
            ("storage-class", &identity.provisioners, &self.provisioners, "StorageClass", "provisioner"),
            ("ingress-class", &identity.ingress_controllers, &self.ingress, "IngressClass", "controller"),
            ("gateway-class", &identity.gateway_controllers, &self.gateways, "GatewayClass", "controller"),
        ];
        for (kind, patterns, seen, class, field) in classes {
            let group = match class {
                "StorageClass" => "storage.k8s.io",
                "IngressClass" => "networking.k8s.io",
                _ => "gateway.networking.k8s.io",
            };
            for pattern in patterns {
                let own = seen.iter().filter(|(name, _)| named(pattern, name));
                let objects = own.map(|(name, of)| format!("{class} {of} names {field} {name}")).collect();
                say(kind, pattern, [(group, class)], objects);
            }
        }
        for expression in &identity.webhooks {
            let own = self.hooks.iter().filter(|hook| expression.is_match(&hook.name));
            let reads = [("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")];
            say("webhook", expression.as_str(), reads, own.map(Hook::told).collect());
        }
        for pattern in &identity.config_maps {
            let own = self.maps.get(&index).into_iter().flatten().filter(|name| is_glob(pattern, name));
            let objects = own.map(|name| format!("ConfigMap {name}")).collect();
            say("config-map", pattern, [("", "ConfigMap")], objects);
        }
        for kind in &identity.objects {
            let own = self.snapshot.of(&kind.group, &kind.kind).iter();
            let objects = own.map(|object| format!("{} {}", kind.kind, object.name)).collect();
            say("object", &kind.to_string(), [(&*kind.group, &*kind.kind)], objects);
        }
        for (label, values) in &identity.namespace_labels {
            let objects = self.labelled(label, values);
            say("namespace", &format!("{label}={}", values.join("|")), [("", "Namespace")], objects);
        }
        names
    }
}

fn is_glob(pattern: &str, name: &str) -> bool {
    globset::Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}
